package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/channel/webchat"
	"recado/agent/clinic"
	"recado/agent/clinic/library"
	"recado/agent/clinic/secrets"
	"recado/agent/telemetry/red"
)

// accounts finds the clinics behind the numbers that patients write to, and
// what is secret of them: a clinic's own, else the settings of this process.
type accounts struct {
	clinics  *servedClinics
	whatsApp whatsAppFlags
	sms      smsFlags
	only     string // clinic of the numbers that the settings name; empty for none
	unknown  metric.Int64Counter

	mu   sync.Mutex
	told map[string]string // what warn told last
}

// newAccounts checks that it is clear whose the numbers of the settings are.
func newAccounts(clinics *servedClinics, w whatsAppFlags, s smsFlags, meters metric.MeterProvider) (*accounts, error) {
	a := &accounts{clinics: clinics, whatsApp: w, sms: s}
	if meters == nil {
		meters = noop.NewMeterProvider()
	}
	var err error
	a.unknown, err = meters.Meter(red.Scope).Int64Counter("recado.gateway.unknown.accounts", metric.WithUnit("{look-up}"),
		metric.WithDescription("Signed messages and statuses for a number that no clinic has; they are kept for the operator."))
	if err != nil {
		return nil, fmt.Errorf("set up the figure of unknown accounts: %w", err)
	}
	for _, c := range []agent.Channel{agent.WhatsApp, agent.SMS} {
		a.unknown.Add(context.Background(), 0, onChannel(c))
	}
	now := clinics.Now()
	for name, number := range map[string]string{"--whatsapp-number-id": w.WhatsAppNumberID, "--sms-number": s.SMSNumber} {
		if number != "" && now.Len() != 1 {
			return nil, exit{2, fmt.Errorf("%s says which number is the only clinic's, and there are %d clinics: enter each one's in its profile, under channels", name, now.Len())}
		}
	}
	if now.Len() == 1 {
		a.only = now.IDs()[0]
	}
	return a, a.check()
}

func onChannel(c agent.Channel) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attribute.String("channel", string(c))))
}

// hasWhatsApp reports whether this process can serve any WhatsApp number, now
// or once clinics' secrets name it.
func (a *accounts) hasWhatsApp() bool {
	return a.whatsApp.WhatsAppToken != "" && a.whatsApp.WhatsAppAppSecret != "" || a.clinics.secretsFile != nil
}

// hasSMS reports so of SMS numbers. Twilio signs the public address, so that
// none can come without it.
func (a *accounts) hasSMS() bool {
	return a.sms.SMSAccountSID != "" || a.clinics.secretsFile != nil && a.sms.SMSPublicURL != ""
}

// named says whether numbers are to be served that the settings do not name:
// those of profiles, of now or of later.
func (a *accounts) named() (by struct{ whatsApp, sms bool }) {
	now := a.clinics.Now()
	by.whatsApp = now.Len() > 1 || a.clinics.folder == nil
	by.sms = by.whatsApp
	for _, p := range now.Profiles() {
		by.whatsApp = by.whatsApp || p.Channels.WhatsApp.NumberID != ""
		by.sms = by.sms || p.Channels.SMS.Number != ""
	}
	return by
}

// check returns what of the settings is there by half. A number of a profile
// for which there is no secret is logged: the other clinics are served.
func (a *accounts) check() error {
	named := a.named()
	if err := a.whatsApp.checkFor(a.whatsApp.WhatsAppNumberID != "" || named.whatsApp && !a.whatsApp.none()); err != nil {
		return err
	}
	common := a.sms.common(a.clinics.secretsFile != nil)
	if err := common.checkFor(a.sms.SMSNumber != "" || named.sms && !a.sms.none()); err != nil {
		return err
	}
	if a.hasSMS() {
		return a.sms.checkPublic()
	}
	return a.checkOwn(a.clinics.book())
}

// checkOwn returns what clinics' own secrets need and the settings have not.
func (a *accounts) checkOwn(book secrets.Book) error {
	for _, id := range book.IDs() {
		if book[id].SMS.AccountSID != "" && !a.hasSMS() {
			return exit{2, fmt.Errorf("%s has a Twilio account of its own, which needs --sms-public-url: set it and start this gateway again", id)}
		}
	}
	return nil
}

// unserved are the clinics with a number that nobody has a secret for, and
// which.
func (a *accounts) unserved(now *library.Snapshot) map[string]string {
	all := map[string]string{}
	for _, p := range now.Profiles() {
		if id := p.Channels.WhatsApp.NumberID; id != "" && (a.whatsAppToken(id) == "" || len(a.whatsAppSecrets(id)) == 0) {
			all[p.ID] = "a WhatsApp number"
		}
		if number := p.Channels.SMS.Number; number != "" {
			if sid, _ := a.smsAccount(number); sid == "" {
				all[p.ID] = "an SMS number"
			}
		}
	}
	return all
}

// warn logs which numbers of the clinics cannot be served, each once until it
// can be.
func (a *accounts) warn(now *library.Snapshot) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.told
	a.told = a.unserved(now)
	for id, what := range a.told {
		if before[id] == what {
			continue
		}
		a.clinics.log.Error("a clinic is not served on a channel: there is no token for "+what+" that its profile names", zap.String("clinic", id))
	}
}

// byWhatsApp is channel.Accounts by phone number id.
type byWhatsApp struct{ *accounts }

// Clinic implements channel.Accounts.
func (a byWhatsApp) Clinic(account string) (string, bool) {
	id, ok := a.ofWhatsApp(account)
	if !ok {
		a.unknown.Add(context.Background(), 1, onChannel(agent.WhatsApp))
	}
	return id, ok
}

// bySMS is channel.Accounts by the digits of a number.
type bySMS struct{ *accounts }

// Clinic implements channel.Accounts.
func (a bySMS) Clinic(account string) (string, bool) {
	id, ok := a.ofSMS(account)
	if !ok {
		a.unknown.Add(context.Background(), 1, onChannel(agent.SMS))
	}
	return id, ok
}

func (a *accounts) ofWhatsApp(numberID string) (string, bool) {
	own := numberID != "" && numberID == a.whatsApp.WhatsAppNumberID
	if own && a.clinics.current(a.only) != nil {
		return a.only, true // no profile takes it by naming it
	}
	if p, ok := a.clinics.Now().WhatsApp(numberID); ok {
		return p.ID, true
	}
	return a.only, own
}

func (a *accounts) ofSMS(number string) (string, bool) {
	own := number != "" && strings.TrimPrefix(number, "+") == strings.TrimPrefix(a.sms.SMSNumber, "+")
	if own && a.clinics.current(a.only) != nil {
		return a.only, true
	}
	if p, ok := a.clinics.Now().SMS(number); ok {
		return p.ID, true
	}
	return a.only, own
}

// whatsAppSecrets are the app secrets that sign for an account. What is for an
// account that nobody has may be signed with any: it goes to no clinic.
func (a *accounts) whatsAppSecrets(numberID string) []string {
	id, known := a.ofWhatsApp(numberID)
	book := a.clinics.book()
	var all []string
	if known {
		all = book[id].WhatsApp.AppSecrets
	} else {
		for _, id := range book.IDs() {
			all = append(all, book[id].WhatsApp.AppSecrets...)
		}
	}
	if (len(all) == 0 || !known) && a.whatsApp.WhatsAppAppSecret != "" {
		all = append(slices.Clip(all), a.whatsApp.WhatsAppAppSecret)
	}
	return all
}

func (a *accounts) whatsAppToken(numberID string) string {
	if id, ok := a.ofWhatsApp(numberID); ok {
		if own := a.clinics.book()[id].WhatsApp.Token; own != "" {
			return own
		}
	}
	return a.whatsApp.WhatsAppToken
}

// verifyTokens are those that Meta may show for any of the clinics' apps.
func (a *accounts) verifyTokens() []string {
	book := a.clinics.book()
	var all []string
	for _, id := range book.IDs() {
		if token := book[id].WhatsApp.VerifyToken; token != "" {
			all = append(all, token)
		}
	}
	return all
}

// smsTokens are the auth tokens that sign for a number, as whatsAppSecrets.
func (a *accounts) smsTokens(number string) []string {
	id, known := a.ofSMS(number)
	book := a.clinics.book()
	var all []string
	if known {
		all = book[id].SMS.AuthTokens
	} else {
		for _, id := range book.IDs() {
			all = append(all, book[id].SMS.AuthTokens...)
		}
	}
	if len(all) == 0 || !known {
		all = append(slices.Clip(all), a.sms.SMSAuthToken...)
	}
	return all
}

// smsAccount is what sends for a number.
func (a *accounts) smsAccount(number string) (sid, token string) {
	if id, ok := a.ofSMS(number); ok {
		if own := a.clinics.book()[id].SMS; own.AccountSID != "" {
			return own.AccountSID, own.AuthTokens[0]
		}
	}
	if len(a.sms.SMSAuthToken) == 0 {
		return "", ""
	}
	return a.sms.SMSAccountSID, a.sms.SMSAuthToken[0]
}

// web finds the clinic with a widget key, or with an id.
func (a *accounts) web(key string) (webchat.Clinic, bool) {
	p, ok := a.clinics.Now().Web(key)
	if !ok {
		return webchat.Clinic{}, false
	}
	return chatOf(p), true
}

func chatOf(p *clinic.Profile) webchat.Clinic {
	return webchat.Clinic{ID: p.ID, Name: p.Name, Phone: p.Phone, Key: p.Channels.Web.Key, Origins: p.Channels.Web.Origins}
}
