package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"recado/agent"
	"recado/agent/channel"
	"recado/agent/channel/sms"
	"recado/agent/channel/sms/twiliotest"
	"recado/agent/channel/whatsapp"
	"recado/agent/clinic/library"
)

// smsPath is where Twilio posts messages; statuses come below it.
const smsPath = "/webhooks/sms"

// smsFlags join a Twilio number. Without a number there is no SMS.
type smsFlags struct {
	SMSAccountSID string   `name:"sms-account-sid" env:"RECADO_SMS_ACCOUNT_SID" help:"Account SID of the Twilio account." placeholder:"ID"`
	SMSAuthToken  []string `name:"sms-auth-token" env:"RECADO_SMS_AUTH_TOKEN" help:"Its auth token, which webhooks are signed with. While it is being replaced both, comma-separated; the first one sends." placeholder:"SECRET"`
	SMSNumber     string   `name:"sms-number" env:"RECADO_SMS_NUMBER" help:"The clinic's number at Twilio, such as +17135550100." placeholder:"NUMBER"`
	SMSPublicURL  string   `name:"sms-public-url" env:"RECADO_SMS_PUBLIC_URL" help:"Address under which Twilio reaches this gateway, such as https://sms.example.org; Twilio signs it." placeholder:"URL"`
	SMSRate       float64  `name:"sms-rate" env:"RECADO_SMS_RATE" default:"1" help:"Segments a second that the number may send; with several gateways, each one's share."`
	SMSBaseURL    string   `name:"sms-base-url" env:"RECADO_SMS_BASE_URL" help:"Twilio's API. Defaults to Twilio's." placeholder:"URL"`
}

var smsNumber = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[1-9][0-9]{4,5})$`)

// none reports whether nothing is set.
func (f smsFlags) none() bool {
	return f.SMSAccountSID+strings.Join(f.SMSAuthToken, "")+f.SMSNumber == ""
}

// common is f without the public address where nothing else is set and clinics
// may have accounts of their own, which need it as well.
func (f smsFlags) common(own bool) smsFlags {
	if own && f.none() {
		f.SMSPublicURL = ""
	}
	return f
}

// check returns what is missing or wrong.
func (f smsFlags) check() error { return f.checkFor(f.SMSNumber != "") }

// checkFor does so; needed is true where numbers are named, here or in
// profiles.
func (f smsFlags) checkFor(needed bool) error {
	if !needed {
		if f.SMSAccountSID != "" || len(f.SMSAuthToken) > 0 || f.SMSPublicURL != "" {
			return exit{2, errors.New("SMS is half configured: set --sms-number as well, or none of its settings")}
		}
		return nil
	}
	for _, setting := range []struct {
		name    string
		missing bool
	}{
		{"--sms-account-sid", f.SMSAccountSID == ""}, {"--sms-auth-token", strings.Join(f.SMSAuthToken, "") == ""}, {"--sms-public-url", f.SMSPublicURL == ""},
	} {
		if setting.missing {
			return exit{2, fmt.Errorf("SMS is half configured: %s is missing", setting.name)}
		}
	}
	if f.SMSNumber != "" && !smsNumber.MatchString(f.SMSNumber) {
		return exit{2, errors.New("--sms-number is not a number as Twilio writes it: a plus, the country and the number without spaces, such as +17135550100")}
	}
	return f.checkPublic()
}

// checkPublic checks what clinics with accounts of their own need as well.
func (f smsFlags) checkPublic() error {
	if f.SMSPublicURL == "" {
		return exit{2, errors.New("SMS is half configured: --sms-public-url is missing")}
	}
	if f.SMSRate <= 0 {
		return exit{2, errors.New("--sms-rate is not above zero: nothing could be sent")}
	}
	u, err := url.Parse(f.SMSPublicURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		return exit{2, errors.New("--sms-public-url is not an address: write it as https://sms.example.org, without the webhook's path")}
	}
	return nil
}

// webhook is the address that is entered at Twilio.
func (f smsFlags) webhook() string { return strings.TrimSuffix(f.SMSPublicURL, "/") + smsPath }

func joinSMS(c gatewayConfig, j joined, mux *http.ServeMux) (channel.Sender, error) {
	address := c.sms.webhook()
	hook, err := sms.NewWebhook(sms.WebhookConfig{
		URL: address, TokensOf: j.accounts.smsTokens, Accounts: bySMS{j.accounts},
		Intake: j.intake, Box: j.box, ConversationKey: j.key,
		Statuses: j.deliveries, Consents: j.consents, Blocks: j.blocks, Strays: j.strays, Log: c.log,
	})
	if err != nil {
		return nil, err
	}
	mux.Handle(smsPath, hook)
	mux.Handle(smsPath+sms.StatusPath, hook)
	return sms.NewSender(sms.SenderConfig{
		AccountOf: j.accounts.smsAccount, BaseURL: c.sms.SMSBaseURL,
		StatusURL: address + sms.StatusPath, SegmentsPerSecond: c.sms.SMSRate,
		Blocks: j.blocks, Meters: j.meters,
	})
}

// sameAddress finds the conversations of an address on both channels that have
// one.
func sameAddress(aliases whatsapp.Aliases, key []byte) channel.Siblings {
	return func(ctx context.Context, clinic string, to channel.Address) ([]agent.Conversation, error) {
		all, err := whatsapp.ConversationsOf(ctx, aliases, key, clinic, to.Phone, to.User)
		if err != nil {
			return nil, err
		}
		if to.Phone != "" {
			all = append(all, sms.Conversation(key, clinic, to.Phone))
		}
		return all, nil
	}
}

// smsStandIn starts a stand-in for Twilio for a gateway at base, and makes f
// the flags for it. The number is the only clinic's, unless clinics have numbers
// of their own.
func (f *smsFlags) smsStandIn(base string, now *library.Snapshot) *twiliotest.Server {
	*f = smsFlags{
		SMSAccountSID: "AC" + strings.Repeat("0", 32), SMSAuthToken: []string{secretText()},
		SMSNumber: "+17135550100", SMSPublicURL: base, SMSRate: 100,
	}
	number := f.SMSNumber
	if now.Len() != 1 {
		f.SMSNumber = ""
		for _, p := range now.Profiles() {
			if p.Channels.SMS.Number != "" {
				number = p.Channels.SMS.Number
				break
			}
		}
	}
	s := twiliotest.New(twiliotest.Config{Token: f.SMSAuthToken[0], Number: number, Webhook: f.webhook(), Deliver: true})
	f.SMSBaseURL = s.URL()
	return s
}
