package main

import (
	"net/http"

	"recado/agent/channel"
	"recado/agent/channel/whatsapp"
	"recado/agent/clinic"
	"recado/agent/language"
	"recado/locales"
)

// joinWhatsApp serves the webhook and returns what sends; end stops its read
// marks.
func joinWhatsApp(c gatewayConfig, j joined, mux *http.ServeMux) (sender channel.Sender, end func(), err error) {
	out, err := whatsapp.NewSender(whatsapp.SenderConfig{
		TokenOf: j.accounts.whatsAppToken, BaseURL: c.whatsApp.WhatsAppBaseURL, MessagesPerSecond: c.whatsApp.WhatsAppRate,
	})
	if err != nil {
		return nil, nil, err
	}
	receipts, err := whatsapp.NewReceipts(whatsapp.ReceiptsConfig{
		Sender: out, Consents: j.consents, Owners: j.owners, Log: c.log,
		Wanted: func(id string) bool {
			p, ok := c.profile(id)
			return ok && !p.Channels.WhatsApp.NoTyping
		},
	})
	if err != nil {
		return nil, nil, err
	}
	hook, err := whatsapp.NewWebhook(whatsapp.WebhookConfig{
		VerifyToken: c.whatsApp.WhatsAppVerifyToken, VerifyTokens: j.accounts.verifyTokens,
		SecretsOf: j.accounts.whatsAppSecrets, Accounts: byWhatsApp{j.accounts},
		Intake: j.intake, Aliases: j.aliases, Box: j.box, ConversationKey: j.key,
		Statuses: j.deliveries, Consents: j.consents, Windows: j.windows, Receipts: receipts, Strays: j.strays, Log: c.log,
	})
	if err != nil {
		receipts.Close()
		return nil, nil, err
	}
	mux.Handle("/webhooks/whatsapp", hook)
	return out, receipts.Close, nil
}

// profile finds a clinic's facts as they are now.
func (c gatewayConfig) profile(id string) (*clinic.Profile, bool) { return c.clinics.Now().Profile(id) }

// menu is what the button reads that opens a list of choices; empty for the
// catalogue's own words.
func (c gatewayConfig) menu(id string, lang language.Language) string {
	p, ok := c.profile(id)
	if !ok {
		return ""
	}
	if _, own := p.Own(whatsapp.MenuKey, lang); !own {
		return ""
	}
	catalogue, err := locales.Default()
	if err != nil {
		return ""
	}
	text, err := catalogue.Render(lang, p, locales.Message{Key: whatsapp.MenuKey})
	if err != nil {
		return ""
	}
	return text
}
