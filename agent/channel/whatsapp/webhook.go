package whatsapp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"go.uber.org/zap"

	"recado/agent/channel"
	"recado/agent/channel/webhook"
	"recado/agent/vault"
)

// WebhookConfig is what a webhook needs. Fields without a default are
// required.
type WebhookConfig struct {
	// VerifyToken is what Meta sends when the webhook is registered; it is
	// chosen by who registers it.
	VerifyToken string
	// AppSecrets sign the notifications: the app's secret, and the old one
	// beside it while it is being replaced.
	AppSecrets []string
	// SecretsOf returns the secrets that sign the notifications of an account,
	// where clinics have apps of their own; of an account that no clinic has,
	// those of any. Nothing of a notification is looked at but the accounts that
	// it names until the secrets of every one of them have signed it. Defaults
	// to AppSecrets for all.
	SecretsOf func(account string) []string
	// VerifyTokens returns more of them, for clinics with apps of their own.
	// Defaults to none.
	VerifyTokens func() []string
	// Accounts finds the clinic of a notification.
	Accounts Accounts
	// Intake takes the events in; see NewIntake.
	Intake Intake
	// Aliases joins phone numbers and user ids; see NewAliases.
	Aliases Aliases
	// Box seals the sender's address into events.
	Box *vault.Box
	// ConversationKey makes conversation ids. All gateways need the same.
	ConversationKey []byte
	// Statuses is told what became of sent messages. Defaults to none.
	Statuses Statuses
	// Consents records that WhatsApp reported a message as refused because the
	// patient stopped there. Defaults to none.
	Consents channel.AddressConsent
	// Windows is told when patients write. Defaults to none.
	Windows channel.Windows
	// Receipts is told of each message once it is stored. Defaults to none:
	// nothing is marked as read.
	Receipts *Receipts
	// Strays keeps signed messages that cannot become an event: for an account
	// that no clinic has, without an id, without a sender. Defaults to none:
	// then nothing but a log line remains of them.
	Strays Strays
	// Log gets account ids, kinds and counts; never a message or an address.
	// Defaults to none.
	Log *zap.Logger
	// MaxBody is the largest notification in bytes. Meta sends up to 3 MB.
	// Defaults to 3 MiB.
	MaxBody int64
	// Bodies reads notifications in bounded memory. Defaults to one of its own.
	Bodies *webhook.Bodies
	// Timeout is how long storing a notification may take before Meta is
	// told to deliver it again. Defaults to 10 s.
	Timeout time.Duration
	// Now is the clock for messages without a usable time. Defaults to
	// time.Now.
	Now func() time.Time
}

func (c *WebhookConfig) complete() error {
	switch {
	case c.VerifyToken == "" && c.VerifyTokens == nil:
		return errors.New("whatsapp webhook: VerifyToken is missing: choose one and enter it at Meta as well")
	case len(c.AppSecrets) == 0 && c.SecretsOf == nil:
		return errors.New("whatsapp webhook: AppSecrets is empty: copy the app secret from Meta's app dashboard")
	case c.Accounts == nil:
		return errors.New("whatsapp webhook: Accounts is missing")
	case c.Intake == nil:
		return errors.New("whatsapp webhook: Intake is missing")
	case c.Aliases == nil:
		return errors.New("whatsapp webhook: Aliases is missing")
	case c.Box == nil:
		return errors.New("whatsapp webhook: Box is missing")
	case len(c.ConversationKey) < 16:
		return errors.New("whatsapp webhook: ConversationKey has less than 16 bytes")
	}
	for _, secret := range c.AppSecrets {
		if secret == "" {
			return errors.New("whatsapp webhook: an app secret is empty: anybody could sign with it")
		}
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.MaxBody == 0 {
		c.MaxBody = 3 << 20
	}
	if c.Bodies == nil {
		c.Bodies = webhook.NewBodies(webhook.Budget, webhook.Wait)
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

// NewWebhook returns the handler that Meta calls. It answers
//
//	200  everything in the notification is stored
//	400  signed, and not JSON
//	401  the signature is missing or wrong
//	403  a verification with another token
//	413  too long
//	503  not all of it could be stored, or too many long ones came at once:
//	     Meta delivers it again
func NewWebhook(cfg WebhookConfig) (http.Handler, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	return &handler{cfg: cfg, log: cfg.Log, refusals: webhook.Sampled(cfg.Log), people: conversations{aliases: cfg.Aliases, key: cfg.ConversationKey}}, nil
}

type handler struct {
	cfg      WebhookConfig
	log      *zap.Logger
	refusals *zap.Logger // of what anybody can send
	people   conversations
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
	switch r.Method {
	case http.MethodGet:
		h.verify(w, r)
	case http.MethodPost:
		h.notify(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

func (h *handler) verify(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	// Hashed, so that the comparison does not tell the token's length.
	got, known := sha256.Sum256([]byte(q.Get("hub.verify_token"))), 0
	tokens := []string{h.cfg.VerifyToken}
	if h.cfg.VerifyTokens != nil {
		tokens = append(tokens, h.cfg.VerifyTokens()...)
	}
	for _, token := range tokens {
		if want := sha256.Sum256([]byte(token)); token != "" {
			known |= subtle.ConstantTimeCompare(got[:], want[:])
		}
	}
	if known != 1 || q.Get("hub.mode") != "subscribe" {
		http.Error(w, "verification refused: the verify token is another one than this gateway's", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, q.Get("hub.challenge"))
}

func (h *handler) notify(w http.ResponseWriter, r *http.Request) {
	data, done, err := h.cfg.Bodies.Read(w, r, h.cfg.MaxBody)
	defer done()
	if err != nil {
		webhook.Refuse(w, err)
		return
	}
	if !h.signed(data, r.Header.Get("X-Hub-Signature-256")) {
		h.refusals.Warn("notification without a valid signature: nothing taken in; is it Meta's, and is the app secret right?")
		http.Error(w, "signature is missing or wrong", http.StatusUnauthorized)
		return
	}
	var n notification
	whole, err := read(data, &n)
	if err != nil {
		h.log.Error("signed notification is not JSON: Meta will deliver it again", zap.Int("bytes", len(data)))
		http.Error(w, "notification is not JSON", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.cfg.Timeout)
	defer cancel()
	if err = h.take(ctx, &n, h.routes(data, r.Header.Get("X-Hub-Signature-256"))); err == nil && !whole {
		h.log.Error("signed notification has parts of an unknown form; took in what has a known one")
		err = h.stray(ctx, "", RuleForm, data)
	}
	if err != nil {
		h.log.Error("notification not stored: Meta will deliver it again", zap.Error(err))
		w.Header().Set("Retry-After", "5")
		http.Error(w, "not stored, deliver it again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}
