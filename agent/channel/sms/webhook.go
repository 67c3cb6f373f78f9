package sms

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"

	"recado/agent/channel"
	"recado/agent/channel/webhook"
	"recado/agent/vault"
)

// StatusPath follows the webhook's path in the address of status callbacks.
const StatusPath = "/status"

// replyQuery names the reply in the address of a status callback.
const replyQuery = "reply"

// WebhookConfig is what a webhook needs. Fields without a default are
// required.
type WebhookConfig struct {
	// URL is the webhook's address as it is entered at Twilio, which signs it:
	// behind a proxy it is not what this process sees of a request.
	URL string
	// AuthTokens sign the requests: the account's token, and the other one
	// beside it while it is being replaced.
	AuthTokens []string
	// TokensOf returns the tokens that sign what concerns a number, in digits,
	// where clinics have accounts of their own; of a number that no clinic has,
	// those of any. Nothing of a request is looked at but the number until its
	// signature is right. Defaults to AuthTokens for all.
	TokensOf func(number string) []string
	// Accounts finds the clinic of a message by the digits of its number.
	Accounts channel.Accounts
	// Intake takes the events in; see channel.NewIntake.
	Intake channel.Intake
	// Box seals the sender's address into events.
	Box *vault.Box
	// ConversationKey makes conversation ids. All gateways need the same.
	ConversationKey []byte
	// Statuses is told what became of sent messages. Defaults to none.
	Statuses channel.Statuses
	// Consents records that Twilio refused a message because the patient
	// stopped. Defaults to none.
	Consents channel.AddressConsent
	// Blocks tells which words end a block at Twilio. Defaults to none: such a
	// word is confirmed by Twilio and by Recado.
	Blocks Blocks
	// Strays keeps signed messages that cannot become an event. Defaults to
	// none: then nothing but a log line remains of them.
	Strays channel.Strays
	// Log gets kinds and counts; never a message or an address. Defaults to
	// none.
	Log *zap.Logger
	// MaxBody is the longest form in bytes. Defaults to 64 KiB.
	MaxBody int64
	// Bodies reads forms in bounded memory. Defaults to one of its own.
	Bodies *webhook.Bodies
	// Timeout is how long storing a message is tried; Twilio waits 15 s for an
	// answer. Defaults to 10 s.
	Timeout time.Duration
	// RetryPause is the time between two tries. Defaults to 250 ms.
	RetryPause time.Duration
	// Now is the clock: Twilio tells no time. Defaults to time.Now.
	Now func() time.Time
}

func (c *WebhookConfig) complete() (*url.URL, error) {
	switch {
	case len(c.AuthTokens) == 0 && c.TokensOf == nil:
		return nil, errors.New("sms webhook: AuthTokens is empty: copy the auth token from Twilio's console")
	case c.Accounts == nil:
		return nil, errors.New("sms webhook: Accounts is missing")
	case c.Intake == nil:
		return nil, errors.New("sms webhook: Intake is missing")
	case c.Box == nil:
		return nil, errors.New("sms webhook: Box is missing")
	case len(c.ConversationKey) < 16:
		return nil, errors.New("sms webhook: ConversationKey has less than 16 bytes")
	}
	for _, token := range c.AuthTokens {
		if token == "" {
			return nil, errors.New("sms webhook: an auth token is empty: anybody could sign with it")
		}
	}
	public, err := url.Parse(c.URL)
	if err != nil || public.Host == "" || public.Scheme != "https" && public.Scheme != "http" || public.RawQuery != "" || public.Fragment != "" {
		return nil, errors.New("sms webhook: URL is not an http(s) address without a query: write it as it is entered at Twilio")
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.MaxBody == 0 {
		c.MaxBody = 64 << 10
	}
	if c.Bodies == nil {
		c.Bodies = webhook.NewBodies(webhook.Budget, webhook.Wait)
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.RetryPause == 0 {
		c.RetryPause = 250 * time.Millisecond
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return public, nil
}

// NewWebhook returns the handler that Twilio calls: for messages, and for
// delivery statuses where the path ends in StatusPath. It answers
//
//	200  everything is stored; to a message with an empty <Response/>
//	400  signed or not, it is no form
//	403  the signature is missing or wrong
//	413  too long
//	503  not stored
func NewWebhook(cfg WebhookConfig) (http.Handler, error) {
	public, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	return &handler{cfg: cfg, log: cfg.Log, refusals: webhook.Sampled(cfg.Log), public: public}, nil
}

type handler struct {
	cfg      WebhookConfig
	log      *zap.Logger
	refusals *zap.Logger // of what anybody can send
	public   *url.URL
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			// Its value may quote the message: the type has to do.
			h.log.Error("webhook panicked", zap.String("type", fmt.Sprintf("%T", v)), zap.Stack("stack"))
			http.Error(w, "internal error", http.StatusInternalServerError)
		}
	}()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		http.Error(w, "method not allowed: choose HTTP POST for the webhook at Twilio", http.StatusMethodNotAllowed)
		return
	}
	data, done, err := h.cfg.Bodies.Read(w, r, h.cfg.MaxBody)
	defer done()
	if err != nil {
		webhook.Refuse(w, err)
		return
	}
	form, status, reason := form(r, data)
	if form == nil {
		http.Error(w, reason, status)
		return
	}
	statuses := strings.HasSuffix(r.URL.Path, StatusPath)
	path := h.public.EscapedPath()
	if statuses {
		path += StatusPath
	}
	if !signed(h.tokens(form, statuses), spellings(h.public, path, r.URL.RawQuery), form, r.Header.Get("X-Twilio-Signature")) {
		h.refusals.Warn("request without a valid signature: nothing taken in; is it Twilio's, and are the auth token and the public URL right?")
		http.Error(w, "signature is missing or wrong", http.StatusForbidden)
		return
	}
	if statuses {
		h.answer(w, h.persist(r.Context(), h.status(form, r.URL.Query().Get(replyQuery))), "")
		return
	}
	h.answer(w, h.persist(r.Context(), h.message(form)), `<?xml version="1.0" encoding="UTF-8"?><Response/>`)
}

// tokens are those of the account of the clinic's own number.
func (h *handler) tokens(form url.Values, statuses bool) []string {
	if h.cfg.TokensOf == nil {
		return h.cfg.AuthTokens
	}
	own := form.Get("To")
	if statuses {
		own = form.Get("From")
	}
	var all []string
	for _, token := range h.cfg.TokensOf(number(own)) {
		if token != "" { // anybody could sign with an empty one
			all = append(all, token)
		}
	}
	return all
}

// form parses the body, or says what to answer.
func form(r *http.Request, data []byte) (form url.Values, status int, reason string) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, http.StatusBadRequest, "not a form"
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, http.StatusBadRequest, "form is malformed"
	}
	return form, 0, ""
}

func (h *handler) answer(w http.ResponseWriter, err error, body string) {
	if err != nil {
		h.log.Error("webhook not stored", zap.Error(err))
		w.Header().Set("Retry-After", "5")
		http.Error(w, "not stored, deliver it again", http.StatusServiceUnavailable)
		return
	}
	if body == "" {
		w.WriteHeader(http.StatusOK)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	io.WriteString(w, body)
}
