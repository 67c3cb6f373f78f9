package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/clinic/library"
	"recado/agent/clinic/secrets"
	"recado/agent/doctor"
)

// clinics reads the profiles; served is nil where there are none to look at.
func (c doctorCheckCommand) clinics(ctx context.Context) (found doctor.Clinics, served *accounts) {
	found = doctor.Clinics{Path: c.Clinic, Private: c.PrivateURL != ""}
	if c.Clinic == "" {
		return found, nil
	}
	all, err := c.documents(ctx)
	if errors.Is(err, errNoLogin) {
		found.Unread = err.Error()
		return found, nil
	}
	if err != nil {
		found.Err = err
		return found, nil
	}
	checks, err := profileChecks()
	if err != nil {
		found.Err = err
		return found, nil
	}
	l, err := library.New(library.Config{Options: checks})
	if err != nil {
		found.Err = err
		return found, nil
	}
	found.Refused = l.Update(all)
	found.Profiles = l.Now().Profiles()
	s := &servedClinics{Library: l, log: zap.NewNop()}
	if c.Clinic != profilesInKV {
		s.folder = library.NewFolder(c.Clinic)
	}
	if c.ClinicSecrets != "" {
		book, _ := secrets.Load(c.ClinicSecrets) // secretsFile tells what is wrong
		s.own.Store(&ownSecrets{book: book})
	}
	served = &accounts{clinics: s, whatsApp: c.whatsAppFlags, sms: c.smsFlags}
	if l.Now().Len() == 1 {
		served.only = l.Now().IDs()[0]
	}
	if c.gatewaysOwn() {
		found.Unserved = served.unserved(l.Now())
	}
	return found, served
}

// gatewaysOwn reports whether the settings are a gateway's: only then a missing
// token means anything.
func (c doctorCheckCommand) gatewaysOwn() bool {
	return !c.whatsAppFlags.none() || !c.smsFlags.none() || c.ClinicSecrets != ""
}

var errNoLogin = errors.New("the profiles are in NATS, and no user is given that could read them")

// documents reads the profiles from where --clinic says.
func (c doctorCheckCommand) documents(ctx context.Context) ([]library.Document, error) {
	if c.Clinic != profilesInKV {
		return documents(c.Clinic)
	}
	logins := c.nats().Logins
	if len(logins) == 0 {
		return nil, errNoLogin
	}
	options := logins[0].Options
	if c.NATSCA != "" {
		options = append(options, nats.RootCAs(c.NATSCA))
	}
	nc, err := bus.Connect(c.NATSURL, logins[0].Role, append(options, nats.RetryOnFailedConnect(false))...)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	bucket, err := openProfiles(ctx, nc)
	if err != nil {
		return nil, err
	}
	return bucket.All(ctx)
}

// secretsFile looks at the file of clinics' own secrets.
func (c doctorCheckCommand) secretsFile() doctor.Setting {
	s := doctor.Setting{
		Part: "clinic", Name: "secrets", Given: c.ClinicSecrets != "", Do: "run recado clinic secrets check " + c.ClinicSecrets,
		Ask: "none is needed: all clinics use the settings; recado clinic secrets sample prints one",
	}
	if !s.Given {
		return s
	}
	book, err := secrets.Load(c.ClinicSecrets)
	if err == nil {
		if wrong := checkKeys(book); len(wrong) > 0 {
			err = errors.New(strings.Join(wrong, "; "))
		}
	}
	s.Err, s.Found = err, fmt.Sprintf("%d clinic(s) have their own", len(book))
	return s
}

// whatsApp looks at the settings of WhatsApp numbers.
func (c doctorCheckCommand) whatsApp(served *accounts) doctor.Setting {
	s := doctor.Setting{
		Part: "channels", Name: "WhatsApp", Given: !c.whatsAppFlags.none(), Err: c.whatsAppFlags.check(),
		Do:  "Meta's dashboard shows them all: WhatsApp > API Setup, and App settings > Basic",
		Ask: "for WhatsApp set --whatsapp-number-id and what belongs to it",
	}
	if served != nil && served.named().whatsApp {
		s.Err = c.whatsAppFlags.checkFor(s.Given)
	}
	if s.Err != nil || !s.Given {
		return s
	}
	s.Found = "token, app secret and verify token are set"
	for name, value := range map[string]string{
		"--whatsapp-number-id": c.WhatsAppNumberID, "--whatsapp-token": c.WhatsAppToken, "--whatsapp-app-secret": c.WhatsAppAppSecret, "--whatsapp-verify-token": c.WhatsAppVerifyToken,
	} {
		if strings.TrimSpace(value) != value || strings.ContainsAny(value, " \t\n\"'") {
			s.Err = fmt.Errorf("%s holds a space or a quotation mark: it was copied with something beside it", name)
		}
	}
	if strings.Trim(c.WhatsAppNumberID, "0123456789") != "" {
		s.Err = errors.New("--whatsapp-number-id is no number: it is the phone number id, not the telephone number")
	}
	if c.WhatsAppBaseURL != "" {
		s.Warnings = append(s.Warnings, "--whatsapp-base-url is set: replies do not go to Meta but to "+redacted(c.WhatsAppBaseURL))
	}
	return s
}

// sms looks at the settings of SMS numbers.
func (c doctorCheckCommand) sms(served *accounts) doctor.Setting {
	common := c.smsFlags.common(c.ClinicSecrets != "")
	s := doctor.Setting{
		Part: "channels", Name: "SMS", Given: !c.smsFlags.none(), Err: common.check(), Found: "account, auth token and public address are set",
		Do:  "Twilio's console shows account SID and auth token; --sms-public-url is the address that is entered there",
		Ask: "for SMS set --sms-number and what belongs to it",
	}
	if served != nil && served.named().sms {
		s.Err = common.checkFor(s.Given)
	}
	if c.SMSBaseURL != "" {
		s.Warnings = append(s.Warnings, "--sms-base-url is set: replies do not go to Twilio but to "+redacted(c.SMSBaseURL))
	}
	return s
}
