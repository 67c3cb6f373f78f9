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
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/metric"

	"recado/agent/channel"
)

// validity is how long Twilio may keep a message in its queue: later, what it
// says of opening hours is wrong.
const validity = 4 * time.Hour

// SenderConfig is what a sender needs. Fields without a default are required.
type SenderConfig struct {
	// AccountSID and AuthToken are the account's, from Twilio's console.
	AccountSID, AuthToken string
	// AccountOf returns the account of a number, in digits, where clinics have
	// accounts of their own; "" for none. Defaults to AccountSID for all.
	AccountOf func(number string) (accountSID, authToken string)
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
	// Blocks is told that Twilio refuses a phone because its owner stopped
	// there. Defaults to none.
	Blocks Blocks
	// Meters is where the figure of segments goes. Defaults to nowhere.
	Meters metric.MeterProvider
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
	base   string
	client *http.Client

	segments segments
}

var (
	_ channel.Sender = (*Sender)(nil)
	_ channel.Paced  = (*Sender)(nil)
)

// NewSender returns a sender, or what is wrong with cfg. It follows no
// redirect, since its requests carry the token.
func NewSender(cfg SenderConfig) (*Sender, error) {
	switch {
	case cfg.AccountOf != nil:
	case !accountSID.MatchString(cfg.AccountSID):
		return nil, errors.New("sms sender: AccountSID is not one: AC and 32 hex digits, from Twilio's console")
	case cfg.AuthToken == "":
		return nil, errors.New("sms sender: AuthToken is missing: copy it from Twilio's console")
	}
	if cfg.SegmentsPerSecond < 0 {
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
	counted, err := newSegments(cfg.Meters)
	if err != nil {
		return nil, err
	}
	return &Sender{cfg: cfg, segments: counted, base: base.String() + "/2010-04-01/Accounts/", client: &client}, nil
}

func httpAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("not an http(s) address")
	}
	return u, nil
}

// Pace implements channel.Paced.
func (s *Sender) Pace(m channel.Message) channel.Pace {
	n, _ := Segments(body(m))
	return channel.Pace{Number: channel.Limit{Takes: time.Duration(float64(n) / s.cfg.SegmentsPerSecond * float64(time.Second))}}
}

// body is what goes out: the text with its choices as numbered lines. Where
// that is too long for one message the details of the choices are left out.
func body(m channel.Message) string {
	text := Plain(channel.Numbered(m.Text, m.Choices))
	if utf8.RuneCountInString(text) <= MaxText {
		return text
	}
	short := slices.Clone(m.Choices)
	for i := range short {
		short[i].Detail = ""
	}
	return Plain(channel.Numbered(m.Text, short))
}

// Send implements channel.Sender. An error that is no *channel.SendError
// leaves open whether the message was taken: the connection broke after the
// request was written.
func (s *Sender) Send(ctx context.Context, m channel.Message) (string, error) {
	form, err := s.encode(m)
	if err != nil {
		return "", err
	}
	account, token, err := s.account(number(m.To.Account))
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { written.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+account+"/Messages.json", strings.NewReader(form.Encode()))
	if err != nil {
		return "", refuse("the request could not be made")
	}
	req.GetBody = nil // no silent second try of a message by the transport
	req.SetBasicAuth(account, token)
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
	id, err := outcome(resp, answer)
	if err == nil {
		n, gsm7 := Segments(form.Get("Body"))
		s.segments.count(ctx, n, gsm7)
	}
	var refused *channel.SendError
	if s.cfg.Blocks != nil && errors.As(err, &refused) && refused.Code == codeStopped {
		// The refusal counts either way; without the note a start is confirmed
		// twice at worst.
		_ = s.cfg.Blocks.Set(ctx, number(m.To.Account), number(m.To.Phone), true)
	}
	return id, err
}

// account is what sends for a number.
func (s *Sender) account(number string) (sid, token string, err error) {
	if s.cfg.AccountOf == nil {
		return s.cfg.AccountSID, s.cfg.AuthToken, nil
	}
	sid, token = s.cfg.AccountOf(number)
	if !accountSID.MatchString(sid) || token == "" {
		return "", "", &channel.SendError{Advice: channel.Repair, Reason: "no Twilio account for the clinic's number: enter it where the clinics' secrets are"}
	}
	return sid, token, nil
}

func (s *Sender) encode(m channel.Message) (url.Values, error) {
	text := body(m)
	switch {
	case strings.TrimSpace(m.Text) == "":
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
