package main

import (
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent/clinic/library"
	"recado/agent/clinic/secrets"
)

func served(t *testing.T, documents ...library.Document) (*servedClinics, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.WarnLevel)
	l, err := library.New(library.Config{})
	must(t, err)
	if refused := l.Update(documents); len(refused) > 0 {
		t.Fatal(refused)
	}
	return &servedClinics{Library: l, log: zap.New(core)}, logs
}

// The settings' numbers are the only clinic's of the start. A profile that comes
// later must not take its patients by naming them.
func TestAProfileThatComesLaterCannotTakeTheNumberOfTheSettings(t *testing.T) {
	harbor := library.Document{Name: "harbor.yaml", Raw: profileOf("harbor")}
	clinics, _ := served(t, harbor)
	a, err := newAccounts(clinics,
		whatsAppFlags{WhatsAppNumberID: harborNumber, WhatsAppToken: "t", WhatsAppAppSecret: "s", WhatsAppVerifyToken: "v"},
		smsFlags{SMSAccountSID: oakAccount, SMSAuthToken: []string{"t"}, SMSNumber: harborSMS, SMSPublicURL: "https://sms.example", SMSRate: 1}, nil)
	must(t, err)
	oak := library.Document{Name: "oak.yaml", Raw: profileOf("oak", `whatsapp: {number_id: "`+harborNumber+`"}`, `sms: {number: "`+harborSMS+`"}`)}
	clinics.Update([]library.Document{harbor, oak})
	whose := func() [2]string {
		w, _ := byWhatsApp{a}.Clinic(harborNumber)
		s, _ := bySMS{a}.Clinic(strings.TrimPrefix(harborSMS, "+"))
		return [2]string{w, s}
	}
	if got := whose(); got != [2]string{"harbor", "harbor"} {
		t.Errorf("the numbers of the settings are %v's", got)
	}
	clinics.Update([]library.Document{oak}) // its number is free
	if got := whose(); got != [2]string{"oak", "oak"} {
		t.Errorf("with the clinic gone they are %v's", got)
	}
}

// A slip in an id would seal a clinic's records with everybody's key, in
// silence.
func TestSecretsOfAClinicThatNobodyHasAreToldOf(t *testing.T) {
	clinics, logs := served(t, library.Document{Name: "harbor.yaml", Raw: profileOf("harbor")})
	clinics.own.Store(&ownSecrets{book: secrets.Book{"harbor": {}, "habror": {SealPublicKey: "hush"}}})
	must(t, clinics.some(nil))
	if logs.Len() != 1 || logs.All()[0].ContextMap()["clinic"] != "habror" {
		t.Errorf("the log is %v", logs.All())
	}
}
