package whatsapp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"recado/agent/channel"
)

// MaxText is the longest text that WhatsApp delivers, in characters.
const MaxText = 4096

// SenderConfig is what a sender needs. Fields without a default are required.
type SenderConfig struct {
	// Token is a system user's access token with whatsapp_business_messaging.
	Token string
	// BaseURL is the Graph API. Defaults to https://graph.facebook.com.
	BaseURL string
	// Version is the API's version. Defaults to v23.0.
	Version string
	// Timeout bounds one call. Defaults to 8 s.
	Timeout time.Duration
	// Client makes the calls. Defaults to one of its own, with connections
	// kept for reuse.
	Client *http.Client
}

var (
	digits  = regexp.MustCompile(`^[0-9]{1,32}$`)
	version = regexp.MustCompile(`^v[0-9]+\.[0-9]+$`)
)

// NewSender returns a channel.Sender for the Cloud API. It follows no
// redirect, since its requests carry the token.
func NewSender(cfg SenderConfig) (channel.Sender, error) {
	if cfg.Token == "" {
		return nil, errors.New("whatsapp sender: Token is missing: create one for a system user in Meta's business settings")
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = "https://graph.facebook.com"
	}
	if cfg.Version == "" {
		cfg.Version = "v23.0"
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 8 * time.Second
	}
	base, err := url.Parse(strings.TrimSuffix(cfg.BaseURL, "/"))
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return nil, errors.New("whatsapp sender: BaseURL is not an http(s) address")
	}
	if !version.MatchString(cfg.Version) {
		return nil, errors.New("whatsapp sender: Version is not one, write it like v23.0")
	}
	client := http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		MaxIdleConns: 64, MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 5 * time.Second,
	}}
	if cfg.Client != nil {
		client = *cfg.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &sender{cfg: cfg, base: base.String() + "/" + cfg.Version + "/", client: &client}, nil
}

type sender struct {
	cfg    SenderConfig
	base   string
	client *http.Client
}

type outgoing struct {
	Product   string  `json:"messaging_product"`
	Kind      string  `json:"recipient_type"`
	To        string  `json:"to,omitempty"`
	Recipient string  `json:"recipient,omitempty"`
	Type      string  `json:"type"`
	Text      outText `json:"text"`
	Callback  string  `json:"biz_opaque_callback_data,omitempty"`
}

type outText struct {
	PreviewURL bool   `json:"preview_url"`
	Body       string `json:"body"`
}

// Send implements channel.Sender. An error that is no *channel.SendError
// leaves open whether the message was taken: the connection broke after the
// request was written.
func (s *sender) Send(ctx context.Context, m channel.Message) (string, error) {
	payload, err := encode(m)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { written.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+m.To.Account+"/messages", bytes.NewReader(payload))
	if err != nil {
		return "", refuse("the request could not be made")
	}
	req.GetBody = nil // no silent second try of a message by the transport
	req.Header.Set("Authorization", "Bearer "+s.cfg.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		if !written.Load() {
			return "", &channel.SendError{Advice: channel.Retry, Reason: "no connection to the Graph API"}
		}
		return "", fmt.Errorf("send a WhatsApp message: no answer: %w", plain(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return "", fmt.Errorf("send a WhatsApp message: answer broke off: %w", plain(err))
	}
	return outcome(resp, answer)
}

func encode(m channel.Message) ([]byte, error) {
	switch {
	case m.Text == "":
		return nil, refuse("the text is empty")
	case utf8.RuneCountInString(m.Text) > MaxText:
		return nil, refuse(fmt.Sprintf("the text is longer than %d characters", MaxText))
	case !digits.MatchString(m.To.Account):
		return nil, refuse("the address names no phone number id of the clinic")
	case m.To.Phone == "" && m.To.User == "":
		return nil, refuse("the address has neither a phone number nor a user id")
	}
	out := outgoing{
		Product: "whatsapp", Kind: "individual", Type: "text",
		Text: outText{Body: m.Text}, Callback: m.ID,
	}
	// A user id in "to" is answered with 200 and goes nowhere.
	if out.To = m.To.Phone; out.To == "" {
		out.Recipient = m.To.User
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return nil, refuse("the message cannot be written as JSON")
	}
	return b.Bytes(), nil
}

func refuse(reason string) error {
	return &channel.SendError{Advice: channel.GiveUp, Reason: reason}
}

// plain drops the URL from a client's error: it holds the account, and
// errors are logged.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
