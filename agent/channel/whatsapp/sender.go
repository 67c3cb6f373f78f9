package whatsapp

import (
	"bytes"
	"context"
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

	"recado/agent/channel"
	"recado/agent/language"
)

// SenderConfig is what a sender needs. Fields without a default are required.
type SenderConfig struct {
	// Token is a system user's access token with whatsapp_business_messaging.
	Token string
	// TokenOf returns the token of an account, the clinic's phone number id,
	// where clinics have tokens of their own; "" for none. Defaults to Token for
	// all.
	TokenOf func(account string) string
	// BaseURL is the Graph API. Defaults to https://graph.facebook.com.
	BaseURL string
	// Version is the API's version. Defaults to v23.0.
	Version string
	// MessagesPerSecond is what each number of the clinic may send; with several
	// gateways, each one's share. Defaults to 80, Meta's limit for a number.
	MessagesPerSecond float64
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

// Sender is channel.Sender, channel.Paced and channel.Windowed for the Cloud
// API. It is safe for concurrent use.
type Sender struct {
	cfg    SenderConfig
	base   string
	client *http.Client
	menus  map[language.Language]string
	marks  marks
}

var (
	_ channel.Sender   = (*Sender)(nil)
	_ channel.Paced    = (*Sender)(nil)
	_ channel.Windowed = (*Sender)(nil)
)

// NewSender returns a sender, or what is wrong with cfg. It follows no
// redirect, since its requests carry the token.
func NewSender(cfg SenderConfig) (*Sender, error) {
	switch {
	case cfg.Token == "" && cfg.TokenOf == nil:
		return nil, errors.New("whatsapp sender: Token is missing: create one for a system user in Meta's business settings")
	case cfg.MessagesPerSecond < 0:
		return nil, errors.New("whatsapp sender: MessagesPerSecond is below zero")
	}
	if cfg.MessagesPerSecond == 0 {
		cfg.MessagesPerSecond = 80
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
	menus, err := menusOf()
	if err != nil {
		return nil, fmt.Errorf("whatsapp sender: %w", err)
	}
	return &Sender{cfg: cfg, base: base.String() + "/" + cfg.Version + "/", client: &client, menus: menus}, nil
}

// pairBurst is how many messages one patient may get at once.
const pairBurst = 45

// Pace implements channel.Paced. A tenth of a number's second may go at once,
// and the rest one by one, so that no second holds more than all of it.
func (s *Sender) Pace(channel.Message) channel.Pace {
	burst := max(1, int(s.cfg.MessagesPerSecond/10))
	one := max(s.cfg.MessagesPerSecond-float64(burst), s.cfg.MessagesPerSecond/2)
	return channel.Pace{
		Number:  channel.Limit{Takes: time.Duration(float64(time.Second) / one), Burst: burst},
		Patient: channel.Limit{Takes: pairLimit, Burst: pairBurst},
	}
}

// Window implements channel.Windowed.
func (s *Sender) Window() (open time.Duration, code int) { return 24 * time.Hour, codeWindow }

// Send implements channel.Sender. An error that is no *channel.SendError
// leaves open whether the message was taken: the connection broke after the
// request was written. Choices that Meta does not take as buttons or as a list
// go as numbered lines.
func (s *Sender) Send(ctx context.Context, m channel.Message) (string, error) {
	forms, err := s.forms(m)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	s.marks.answer(ctx, m.To)
	for {
		payload, err := compact(forms[0])
		if err != nil {
			return "", err
		}
		resp, answer, err := s.call(ctx, m.To.Account, payload)
		if err != nil {
			return "", err
		}
		id, err := outcome(resp, answer)
		var refused *channel.SendError
		if forms = forms[1:]; len(forms) == 0 || !errors.As(err, &refused) || !malformed(refused) {
			return id, err
		}
	}
}

// call posts payload to the number's messages. An error that is no
// *channel.SendError leaves open whether it was taken.
func (s *Sender) call(ctx context.Context, account string, payload []byte) (*http.Response, []byte, error) {
	token := s.token(account)
	if token == "" {
		return nil, nil, &channel.SendError{Advice: channel.Repair, Reason: "this gateway has no token for the clinic's number", Scope: channel.ScopeNumber}
	}
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { written.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+account+"/messages", bytes.NewReader(payload))
	if err != nil {
		return nil, nil, refuse("the request could not be made")
	}
	req.GetBody = nil // no silent second try of a message by the transport
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		if !written.Load() {
			return nil, nil, &channel.SendError{Advice: channel.Retry, Reason: "no connection to the Graph API"}
		}
		return nil, nil, fmt.Errorf("send a WhatsApp message: no answer: %w", plain(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return nil, nil, fmt.Errorf("send a WhatsApp message: answer broke off: %w", plain(err))
	}
	return resp, answer, nil
}

// token is what an account's calls carry; "" where there is none.
func (s *Sender) token(account string) string {
	if s.cfg.TokenOf == nil {
		return s.cfg.Token
	}
	return s.cfg.TokenOf(account)
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
