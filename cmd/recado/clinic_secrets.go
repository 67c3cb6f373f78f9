package main

import (
	"errors"
	"fmt"

	"recado/agent/clinic/secrets"
	"recado/agent/vault"
)

type clinicSecretsCommand struct {
	Sample clinicSecretsSampleCommand `cmd:"" help:"Print a file to start from."`
	Check  clinicSecretsCheckCommand  `cmd:"" help:"Report every problem of a file with its line, and never a value. Exit code 1 when there is one."`
}

type clinicSecretsSampleCommand struct{}

// Run prints the sample.
func (clinicSecretsSampleCommand) Run(std streams) error {
	_, err := std.out.Write(secrets.Sample())
	return err
}

type clinicSecretsCheckCommand struct {
	File string `arg:"" type:"path" help:"File to check (YAML)."`
}

// Run checks a file and tells what each clinic has.
func (c clinicSecretsCheckCommand) Run(std streams) error {
	book, err := secrets.Load(c.File)
	var problems *secrets.ProblemsError
	if errors.As(err, &problems) {
		for _, line := range problems.Problems {
			fmt.Fprintln(std.out, line)
		}
		return fmt.Errorf("%s has %d problem(s), each with its line above", c.File, len(problems.Problems))
	}
	if err != nil {
		return err
	}
	wrong := checkKeys(book)
	for _, line := range wrong {
		fmt.Fprintln(std.out, line)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s has %d key(s) that cannot be read", c.File, len(wrong))
	}
	for _, id := range book.IDs() {
		fmt.Fprintf(std.out, "%s has its own %s\n", id, ownOf(book[id]))
	}
	if book.Private() {
		fmt.Fprintln(std.out, "It holds private keys: give it to consoles alone.")
	}
	return nil
}

// checkKeys returns what is wrong with the keys of a file, without them.
func checkKeys(book secrets.Book) []string {
	var wrong []string
	note := func(id, field string, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %s: %v", id, field, err))
		}
	}
	for _, id := range book.IDs() {
		one := book[id]
		if one.SealPublicKey != "" {
			_, err := vault.ParsePublicKey(one.SealPublicKey)
			note(id, "seal_public_key", err)
		}
		for _, key := range one.SealPrivateKeys {
			_, err := vault.ParsePrivateKey(key)
			note(id, "seal_private_key", err)
		}
		for _, key := range one.SealVerifyKeys {
			_, err := vault.ParseVerifyKey(key)
			note(id, "seal_verify_key", err)
		}
	}
	return wrong
}

func ownOf(one secrets.Clinic) string {
	var has []string
	for _, thing := range []struct {
		name string
		has  bool
	}{
		{"WhatsApp token and app secret", one.WhatsApp.Token != "" && len(one.WhatsApp.AppSecrets) > 0},
		{"WhatsApp settings in part (the rest is the deployment's)", (one.WhatsApp.Token != "") != (len(one.WhatsApp.AppSecrets) > 0)},
		{"Twilio account", one.SMS.AccountSID != ""},
		{"public key", one.SealPublicKey != ""},
		{"private keys", len(one.SealPrivateKeys) > 0},
	} {
		if thing.has {
			has = append(has, thing.name)
		}
	}
	if len(has) == 0 {
		return "nothing"
	}
	text := has[0]
	for _, more := range has[1:] {
		text += ", " + more
	}
	return text
}
