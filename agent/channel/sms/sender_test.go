package sms_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"recado/agent/channel"
	"recado/agent/channel/channeltest/sendertest"
	"recado/agent/channel/sms"
	"recado/agent/channel/sms/twiliotest"
)

const (
	account      = "AC0123456789abcdef0123456789abcdef"
	token        = "secret-token"
	clinicNumber = "17135550100"
)

// standIn is twiliotest under the suite's control.
type standIn struct{ *twiliotest.Server }

func (s standIn) Calls() int { return len(s.Server.Calls()) }

func (s standIn) Answer(a sendertest.Answer) {
	header := map[string]string{"Location": "/elsewhere"}
	if a.RetryAfter != "" {
		header["Retry-After"] = a.RetryAfter
	}
	s.Script(func(int, twiliotest.Call) twiliotest.Answer {
		return twiliotest.Answer{Status: a.Status, Code: a.Code, Body: a.Body, Drop: a.Drop, Wait: a.Wait, Header: header}
	})
}

func (s standIn) Taken() []sendertest.Taken {
	var all []sendertest.Taken
	for _, c := range s.Sent() {
		all = append(all, sendertest.Taken{ID: c.ID, Reply: c.Reply, Phone: c.To, Text: c.Text})
	}
	return all
}

func newSender(t testing.TB, s *twiliotest.Server, change ...func(*sms.SenderConfig)) *sms.Sender {
	t.Helper()
	cfg := sms.SenderConfig{
		AccountSID: account, AuthToken: token, BaseURL: s.URL(), StatusURL: "https://gateway.example/webhooks/sms/status", Timeout: 3 * time.Second,
	}
	for _, f := range change {
		f(&cfg)
	}
	sender, err := sms.NewSender(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

var to = channel.Address{Account: clinicNumber, Phone: "17135550001"}

func TestTheSenderIsWhatTheDispatcherReliesOn(t *testing.T) {
	sendertest.Run(t, sendertest.Rig{
		New: func(t *testing.T) (sendertest.StandIn, channel.Sender) {
			s := twiliotest.New(twiliotest.Config{})
			return standIn{s}, newSender(t, s)
		},
		To: to, MaxText: sms.MaxText, Secrets: []string{token, account},
		Codes: map[channel.Advice][]int{
			channel.Retry:   {20429, 20500, 20503, 21611, 30001, 30022},
			channel.Stopped: {21610},
			channel.GiveUp:  {21211, 21614, 21612, 21617, 30003, 30004, 30005, 30006, 30007, 30008, 424242},
			channel.Repair:  {20003, 20005, 21212, 21408, 21606, 21608, 21609, 21659, 30002, 30034},
		},
		Unsendable: map[string]channel.Message{
			"blank":        {ID: "t", To: to, Text: " \n"},
			"not a number": {ID: "t", To: channel.Address{Account: clinicNumber, Phone: "ACME"}, Text: "x"},
		},
	})
}

func TestWhatGoesOutIsFoldedNamedAndBounded(t *testing.T) {
	s := twiliotest.New(twiliotest.Config{})
	defer s.Close()
	sender := newSender(t, s)
	for _, m := range []channel.Message{
		{ID: "t01", To: to, Text: "Sí, mañana está abierto"},
		{ID: "t02", To: to, Text: "Está bien 👍"},
		{ID: "t03", To: channel.Address{Account: "72345", Phone: "447700900123"}, Text: "x"},
	} {
		if _, err := sender.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	calls := s.Sent()
	if calls[0].Text != "Si, mañana esta abierto" || calls[1].Text != "Está bien 👍" {
		t.Errorf("sent %q and %q", calls[0].Text, calls[1].Text)
	}
	if c := calls[0]; c.To != "+17135550001" || c.From != "+17135550100" || c.Account != account || c.Token != token ||
		c.Callback != "https://gateway.example/webhooks/sms/status?reply=t01" {
		t.Errorf("call is %+v", c)
	}
	if c := calls[2]; c.To != "+447700900123" || c.From != "72345" {
		t.Errorf("a short code sends from %q to %q", c.From, c.To)
	}
}

func TestAMessageThatTwilioFailsAtOnceIsRefused(t *testing.T) {
	s := twiliotest.New(twiliotest.Config{})
	defer s.Close()
	s.Script(func(int, twiliotest.Call) twiliotest.Answer {
		return twiliotest.Answer{Status: http.StatusCreated, Body: `{"sid":"SM1","status":"failed","error_code":30006}`}
	})
	_, err := newSender(t, s).Send(t.Context(), channel.Message{ID: "t", To: to, Text: "x"})
	if e, ok := err.(*channel.SendError); !ok || e.Advice != channel.GiveUp || e.Code != 30006 {
		t.Errorf("%v", err)
	}
}

func TestPaceCountsSegments(t *testing.T) {
	s := twiliotest.New(twiliotest.Config{})
	defer s.Close()
	sender := newSender(t, s, func(c *sms.SenderConfig) { c.SegmentsPerSecond = 2 })
	for text, want := range map[string]time.Duration{
		"hola":                     500 * time.Millisecond,
		strings.Repeat("á", 160):   500 * time.Millisecond, // folded
		strings.Repeat("a", 161):   time.Second,
		strings.Repeat("👍", 36):    time.Second,
		strings.Repeat("hola", 77): 3 * 500 * time.Millisecond,
	} {
		if takes := sender.Pace(channel.Message{To: to, Text: text}).Number.Takes; takes != want {
			t.Errorf("%d characters take %s, want %s", len([]rune(text)), takes, want)
		}
	}
}

func TestASenderThatCouldNotWorkIsRefused(t *testing.T) {
	good := sms.SenderConfig{AccountSID: account, AuthToken: token, StatusURL: "https://gateway.example/s"}
	for name, change := range map[string]func(*sms.SenderConfig){
		"no token":         func(c *sms.SenderConfig) { c.AuthToken = "" },
		"an API key's SID": func(c *sms.SenderConfig) { c.AccountSID = "SK0123456789abcdef0123456789abcdef" },
		"a path as SID":    func(c *sms.SenderConfig) { c.AccountSID = "../x" },
		"no status URL":    func(c *sms.SenderConfig) { c.StatusURL = "" },
		"another scheme":   func(c *sms.SenderConfig) { c.BaseURL = "ftp://twilio" },
		"a rate below 0":   func(c *sms.SenderConfig) { c.SegmentsPerSecond = -1 },
	} {
		cfg := good
		change(&cfg)
		if _, err := sms.NewSender(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), token) {
			t.Errorf("%s: the error shows the token", name)
		}
	}
	if _, err := sms.NewSender(good); err != nil {
		t.Error(err)
	}
}
