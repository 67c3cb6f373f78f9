package doctor

import (
	"context"
	"strings"

	"recado/agent/vault"
)

// Keys are those that are at hand, as text; what is empty is not given.
type Keys struct {
	Public, Signing           string   // workers' and gateways'
	Session, Address          string   // workers', gateways'
	WorkerLinks, ConsoleLinks []string // the same on both sides
	Private, Verify           []string // consoles', the newest first
	Staff                     string   // consoles'
}

// Check parses what is given and looks whether it fits together.
func (k Keys) Check(context.Context) []Result {
	l := &list{part: "keys"}
	if k.empty() {
		l.skip("keys", "give them as the processes get them, or the staff side's file with --staff", "none are given")
		return l.all
	}
	const redo = "copy it again from what recado keys printed"
	public, haveKey := vault.PublicKey{}, false
	one(l, "RECADO_SEAL_PUBLIC_KEY", k.Public, func(text string) (err error) {
		public, err = vault.ParsePublicKey(text)
		haveKey = err == nil
		return err
	})
	signing, haveSigning := vault.SigningKey{}, false
	one(l, "RECADO_SEAL_SIGNING_KEY", k.Signing, func(text string) (err error) {
		signing, err = vault.ParseSigningKey(text)
		haveSigning = err == nil
		return err
	})
	for name, text := range map[string]string{"RECADO_SESSION_KEY": k.Session, "RECADO_ADDRESS_KEY": k.Address, "RECADO_STAFF_KEY": k.Staff} {
		one(l, name, text, func(text string) error { _, err := vault.ParseBox(text); return err })
	}
	for _, text := range append(append([]string(nil), k.WorkerLinks...), k.ConsoleLinks...) {
		one(l, "RECADO_LINK_KEY", text, func(text string) error { _, err := vault.ParseLinkKey(text); return err })
	}
	var private []vault.PrivateKey
	for _, text := range k.Private {
		one(l, "RECADO_SEAL_PRIVATE_KEY", text, func(text string) error {
			key, err := vault.ParsePrivateKey(text)
			if err == nil {
				private = append(private, key)
			}
			return err
		})
	}
	var verify []string
	for _, text := range k.Verify {
		one(l, "RECADO_SEAL_VERIFY_KEY", text, func(text string) error {
			key, err := vault.ParseVerifyKey(text)
			if err == nil {
				verify = append(verify, key.String())
			}
			return err
		})
	}
	if len(l.all) == 0 {
		l.ok("keys", "all that are given have their form")
	}
	switch {
	case haveKey && len(private) > 0:
		k.fits(l, public, private)
	case haveKey:
		l.skip("sealing", "on the staff side give its file with --staff", "whether the console can open what is sealed is not known here, where the private key should not be")
	}
	switch {
	case haveSigning && len(verify) > 0 && !has(verify, signing.Public().String()):
		l.fail("signatures", "add the verify key that recado keys made beside the signing key", "consoles do not trust what is signed with RECADO_SEAL_SIGNING_KEY: staff cannot open it")
	case haveSigning && len(verify) > 0:
		l.ok("signatures", "consoles trust what workers and gateways sign")
	}
	k.links(l)
	if same := k.twice(); same != "" {
		l.warn("keys", "make a new one for each: "+redo, "%s hold the same key", same)
	}
	return l.all
}

func (k Keys) fits(l *list, public vault.PublicKey, private []vault.PrivateKey) {
	for i, key := range private {
		switch {
		case key.Public().ID() != public.ID():
		case i == 0:
			l.ok("sealing", "consoles can open what workers and gateways seal (key %s)", public.ID())
			return
		default:
			l.warn("sealing", "give workers and gateways the newest public key, once consoles were restarted", "workers and gateways seal for an older key (%s), which consoles can open still", public.ID())
			return
		}
	}
	l.fail("sealing", "add the private key of that public key to the staff side's file, or give workers and gateways the public key of one that is there (recado keys list)",
		"consoles cannot open what workers and gateways seal (key %s)", public.ID())
}

func (k Keys) links(l *list) {
	if len(k.WorkerLinks) == 0 || len(k.ConsoleLinks) == 0 {
		return
	}
	if has(k.ConsoleLinks, k.WorkerLinks[0]) {
		l.ok("links", "consoles know the links that workers make")
		return
	}
	l.fail("links", "give both sides the same RECADO_LINK_KEY, the newest first", "consoles do not know the links that workers make: patients' private pages do not open")
}

// twice names settings that hold the same key.
func (k Keys) twice() string {
	by := map[string][]string{}
	for _, name := range []struct{ name, text string }{
		{"RECADO_SESSION_KEY", k.Session}, {"RECADO_ADDRESS_KEY", k.Address}, {"RECADO_STAFF_KEY", k.Staff},
	} {
		if name.text != "" {
			by[name.text] = append(by[name.text], name.name)
		}
	}
	for _, names := range by {
		if len(names) > 1 {
			return strings.Join(names, " and ")
		}
	}
	return ""
}

func (k Keys) empty() bool {
	return k.Public+k.Signing+k.Session+k.Address+k.Staff == "" && len(k.WorkerLinks)+len(k.ConsoleLinks)+len(k.Private)+len(k.Verify) == 0
}

// one notes a key that has not its form. Errors of parsing quote no key.
func one(l *list, name, text string, parse func(string) error) {
	if text == "" {
		return
	}
	if err := parse(text); err != nil {
		l.fail(name, "copy it again from what recado keys printed", "%v", err)
	}
}

func has(all []string, one string) bool {
	for _, text := range all {
		if text == one {
			return true
		}
	}
	return false
}
