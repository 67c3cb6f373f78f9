package sms

import (
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
	"unicode/utf8"

	"recado/agent/channel"
)

// validity is how long Twilio may keep a message in its queue: later, what it
// says of opening hours is wrong.
const validity = 4 * time.Hour

// SenderConfig is what a sender needs. Fields without a default are required.
type SenderConfig struct {
	// AccountSID and AuthToken are the account's, from Twilio's console.
	AccountSID, AuthToken string
	// StatusURL is the public address for status callbacks: the webhook's with
	// StatusPath. Without callbacks nobody learns of a message that was taken
	// and not delivered.
	StatusURL string
	// BaseURL is the API. Defaults to https://api.twilio.com.
	BaseURL string
	// SegmentsPerSecond is what each number of the clinic may send, by
	// Twilio's rules for its kind and by its registration; with several
	// gateways, each one's share. Defaults to 1, that of a plain US number.
	SegmentsPerSecond float64
	// Timeout bounds one call. Defaults to 8 s.
	Timeout time.Duration
	// Client makes the calls. Defaults to one of its own, with connections
	// kept for reuse.
	Client *http.Client
}

var accountSID = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)

// Sender is channel.Sender and channel.Paced for Twilio's Messages API. It is
// safe for concurrent use.
type Sender struct {
	cfg    SenderConfig
	url    string
	client *http.Client
}

var (
	_ channel.Sender = (*Sender)(nil)
	_ channel.Paced  = (*Sender)(nil)
)

// NewSender returns a sender, or what is wrong with cfg. It follows no
// redirect, since its requests carry the token.
func NewSender(cfg SenderConfig) (*Sender, error) {
	switch {
	case !accountSID.MatchString(cfg.AccountSID):
		return nil, errors.New("sms sender: AccountSID is not one: AC and 32 hex digits, from Twilio's console")
	case cfg.AuthToken == "":
		return nil, errors.New("sms sender: AuthToken is missing: copy it from Twilio's console")
	case cfg.SegmentsPerSecond < 0:
		return nil, errors.New("sms sender: SegmentsPerSecond is below zero")
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = "https://api.twilio.com"
	}
	if cfg.SegmentsPerSecond == 0 {
		cfg.SegmentsPerSecond = 1
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 8 * time.Second
	}
	base, err := httpAddress(strings.TrimSuffix(cfg.BaseURL, "/"))
	if err != nil {
		return nil, errors.New("sms sender: BaseURL is not an http(s) address")
	}
	if _, err := httpAddress(cfg.StatusURL); err != nil {
		return nil, errors.New("sms sender: StatusURL is not an http(s) address: it is the webhook's public one with /status")
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
	return &Sender{cfg: cfg, url: base.String() + "/2010-04-01/Accounts/" + cfg.AccountSID + "/Messages.json", client: &client}, nil
}

func httpAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("not an http(s) address")
	}
	return u, nil
}

// Pace implements channel.Paced.
func (s *Sender) Pace(m channel.Message) (number string, takes time.Duration) {
	n, _ := Segments(Plain(m.Text))
	return m.To.Account, time.Duration(float64(n) / s.cfg.SegmentsPerSecond * float64(time.Second))
}

// Send implements channel.Sender. An error that is no *channel.SendError
// leaves open whether the message was taken: the connection broke after the
// request was written.
func (s *Sender) Send(ctx context.Context, m channel.Message) (string, error) {
	form, err := s.encode(m)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { written.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, strings.NewReader(form.Encode()))
	if err != nil {
		return "", refuse("the request could not be made")
	}
	req.GetBody = nil // no silent second try of a message by the transport
	req.SetBasicAuth(s.cfg.AccountSID, s.cfg.AuthToken)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		if !written.Load() {
			return "", &channel.SendError{Advice: channel.Retry, Reason: "no connection to Twilio"}
		}
		return "", fmt.Errorf("send an SMS: no answer: %w", plain(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return "", fmt.Errorf("send an SMS: answer broke off: %w", plain(err))
	}
	return outcome(resp, answer)
}

func (s *Sender) encode(m channel.Message) (url.Values, error) {
	text := Plain(m.Text)
	switch {
	case strings.TrimSpace(text) == "":
		return nil, refuse("the text is empty")
	case utf8.RuneCountInString(text) > MaxText:
		return nil, refuse(fmt.Sprintf("the text is longer than %d characters", MaxText))
	case number(m.To.Account) == "":
		return nil, refuse("the address names no number of the clinic")
	case number(m.To.Phone) == "":
		return nil, refuse("the address has no phone number")
	}
	return url.Values{
		"To": {dialled(number(m.To.Phone))}, "From": {dialled(number(m.To.Account))}, "Body": {text},
		"StatusCallback": {s.cfg.StatusURL + "?" + url.Values{replyQuery: {m.ID}}.Encode()},
		"ValidityPeriod": {fmt.Sprintf("%d", int(validity.Seconds()))},
	}, nil
}

func refuse(reason string) error {
	return &channel.SendError{Advice: channel.GiveUp, Reason: reason}
}

// plain drops the URL from a client's error: it holds the account, and errors
// are logged.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
