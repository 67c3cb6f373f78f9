package private

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/vault"
)

func TestPreviewsConsumeNothing(t *testing.T) {
	r := newRoom(t)
	token := r.hand(t, agent.WhatsApp, 1, 1)
	for range 10 {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, path := range []string{"/p", "/p/app.js", "/p?token=" + token, "/p/thread", "/p/events"} {
				if a := r.phone(t).do(method, path, ""); a.header.Get("Set-Cookie") != "" || a.code >= 500 {
					t.Errorf("%s %s: %d with cookie %q", method, path, a.code, a.header.Get("Set-Cookie"))
				}
			}
			if a := r.phone(t).do(method, "/p/open", ""); a.code != http.StatusMethodNotAllowed && a.code != http.StatusNotFound {
				t.Errorf("%s /p/open: %d", method, a.code)
			}
		}
	}
	if got := r.stored(t); len(got) != 0 {
		t.Errorf("stored by previews: %v", got)
	}
	if a := r.phone(t).open(token); a.code != http.StatusOK || a.Step != StepCode || a.Language != "es" || len(r.codes(t, 1)) != 1 {
		t.Errorf("the patient is answered %d %s, codes %v", a.code, a.body, r.codes(t, 1))
	}
}

func TestALinkOpensOnce(t *testing.T) {
	r := newRoom(t)
	token := r.hand(t, agent.WhatsApp, 1, 1)
	var first, again atomic.Int32
	var racing sync.WaitGroup
	for range 100 {
		p := r.phone(t)
		racing.Go(func() {
			a := p.open(token)
			switch {
			case a.code == http.StatusOK && a.Step == StepCode:
				first.Add(1)
			case a.code == http.StatusConflict && (a.Step == StepCode || a.Step == StepAgain):
				again.Add(1)
			default:
				t.Errorf("answered %d %s", a.code, a.body)
			}
			if strings.Contains(a.body, canary) || a.Entries != nil {
				t.Error("an open link shows something")
			}
		})
	}
	racing.Wait()
	if first.Load() != 1 || again.Load() != 99 || len(r.codes(t, 1)) != 1 {
		t.Errorf("%d were first, %d came after, %d codes were sent", first.Load(), again.Load(), len(r.codes(t, 1)))
	}
}

func TestTheCodeGoesOverTheChannelAndBeginsAVisit(t *testing.T) {
	for _, channel := range []agent.Channel{agent.WhatsApp, agent.SMS, agent.Web} {
		r := newRoom(t)
		token := r.hand(t, channel, 1, 1)
		p := r.phone(t)
		p.open(token)
		out := r.outs(t, 1)
		if len(out) != 1 || out[0].Channel != channel || out[0].By != bus.ByPrivate || out[0].ReplyTo != "sealed-address" ||
			out[0].Keys[0] != inbox.KeyCode || out[0].Language != "es" || !strings.Contains(out[0].Text, "código") {
			t.Fatalf("%s: went out: %+v", channel, out)
		}
		if a := p.thread(); a.code != http.StatusUnauthorized || strings.Contains(a.body, canary) {
			t.Errorf("without the code: %d %s", a.code, a.body)
		}
		code := r.lastCode(t, 1)
		if a := p.code(code[:3] + " " + code[3:] + " "); a.code != http.StatusOK || a.Step != StepThread {
			t.Fatalf("the right code is answered %d %s", a.code, a.body)
		}
		if a := p.thread(); a.code != http.StatusOK || a.Entries == nil {
			t.Errorf("the thread is answered %d %s", a.code, a.body)
		}
		if a := p.code(code); a.Error != "code_old" {
			t.Errorf("a code works twice: %d %s", a.code, a.body)
		}
		if got := r.audit.kinds(); got != "private_code_sent private_opened" {
			t.Errorf("the audit has %q", got)
		}
	}
}

func TestWhatIsNoLinkOfOursLeadsNowhere(t *testing.T) {
	r := newRoom(t)
	token := r.hand(t, agent.SMS, 1, 1)
	r.hand(t, agent.SMS, 2, 1)
	p := r.phone(t)
	for what, forged := range map[string]string{
		"another key":               r.token(t, linksOf(t, vault.NewLinkKey()), 1, 1),
		"another conversation":      forge(t, r, convID(2), recordID(1, 1)),
		"a record that is not here": r.token(t, r.links, 3, 1),
		"another clinic":            forgeClinic(t, r, "elsewhere"),
		"a changed letter":          "A" + token[1:],
		"cut off":                   token[:20],
		"nonsense":                  "hello",
	} {
		if a := p.open(forged); a.code != http.StatusNotFound || a.Error != "unknown" || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %s", what, a.code, a.body)
		}
	}
	if a := p.open(""); a.code != http.StatusNotFound || a.Error != "no_link" {
		t.Errorf("no link at all: %d %s", a.code, a.body)
	}
	if got := r.stored(t); len(got) != 0 {
		t.Errorf("stored: %v", got)
	}
	r.clock.add(LinkAge - time.Second)
	if a := p.open(token); a.code != http.StatusOK {
		t.Errorf("just before 14 days: %d %s", a.code, a.body)
	}
	r.clock.add(time.Second)
	for _, a := range []answer{p.open(token), p.open(""), p.another(), p.code("123456")} {
		if a.code != http.StatusGone || a.Error != "expired" {
			t.Errorf("after 14 days: %d %s", a.code, a.body)
		}
	}
}

func forge(t *testing.T, r *room, conversation, record string) string {
	t.Helper()
	_, token, _ := strings.Cut(r.links.Link(r.profile.ID, conversation, record), "#")
	return token
}

func forgeClinic(t *testing.T, r *room, clinic string) string {
	t.Helper()
	_, token, _ := strings.Cut(r.links.Link(clinic, convID(1), recordID(1, 1)), "#")
	return token
}

func TestALinkThatStaffSendAgainWorksAgain(t *testing.T) {
	r := newRoom(t)
	token := r.hand(t, agent.SMS, 1, 1)
	r.clock.add(13 * 24 * time.Hour)
	c := r.caseOf(t, 1)
	r.clock.add(time.Second)
	_, err := r.inbox.Claim(t.Context(), c.Clinic, c.ID, ana)
	must(t, err)
	_, err = r.inbox.Write(t.Context(), c.Clinic, c.ID, ana, uuidOf(1), canary)
	must(t, err)
	r.clock.add(2 * 24 * time.Hour)
	if a := r.phone(t).open(token); a.code != http.StatusOK {
		t.Errorf("after staff wrote: %d %s", a.code, a.body)
	}
}

func TestNobodyGetsInWhileTheAuditIsGone(t *testing.T) {
	r := newRoom(t)
	token := r.hand(t, agent.SMS, 1, 1)
	p := r.phone(t)
	p.open(token)
	r.audit.fail(audit.ErrUnavailable)
	if a := p.code(r.lastCode(t, 1)); a.code != http.StatusServiceUnavailable || a.Error != "unavailable" {
		t.Errorf("answered %d %s", a.code, a.body)
	}
	if p.thread().code != http.StatusUnauthorized {
		t.Error("somebody got in")
	}
	r.audit.fail(nil)
	if a := p.code(r.lastCode(t, 1)); a.Step != StepThread {
		t.Errorf("the same code once the audit is back: %d %s", a.code, a.body)
	}
}

type consents struct{ stopped bool }

func (c *consents) Stopped(context.Context, agent.Conversation) (bool, error) { return c.stopped, nil }

func TestWhoStoppedMessagesIsToldSo(t *testing.T) {
	asked := &consents{stopped: true}
	r := newRoom(t, func(c *Config) { c.Consent = asked })
	p := r.phone(t)
	if a := p.open(r.hand(t, agent.SMS, 1, 1)); a.Error != "stopped" || len(r.codes(t, 1)) != 0 {
		t.Errorf("answered %d %s", a.code, a.body)
	}
	if a := p.another(); a.Error != "stopped" {
		t.Errorf("asking for a code: %d %s", a.code, a.body)
	}
	asked.stopped = false
	if a := p.another(); a.Step != StepCode {
		t.Errorf("after START: %d %s", a.code, a.body)
	}
}

func TestAChannelThatMayHoldACodeBackIsToldOf(t *testing.T) {
	r := newRoom(t)
	token := r.hand(t, agent.WhatsApp, 1, 1)
	p := r.phone(t)
	if a := p.open(token); a.Quiet {
		t.Errorf("right away: %s", a.body)
	}
	r.clock.add(24 * time.Hour)
	if a := p.another(); !a.Quiet {
		t.Errorf("a day later: %s", a.body)
	}
}

// births are a clinic's records of one patient.
type births struct{ broken bool }

func (b births) Known(context.Context, agent.Conversation) (bool, error) {
	if b.broken {
		return false, errors.New("no answer")
	}
	return true, nil
}

func (b births) Matches(_ context.Context, _ agent.Conversation, y int, m time.Month, d int) (bool, error) {
	return y == 1985 && m == time.April && d == 23, nil
}

func TestADateOfBirthTakesThePlaceOfACode(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Birthdates = births{} })
	token := r.hand(t, agent.SMS, 1, 1)
	p := r.phone(t)
	if a := p.open(token); a.code != http.StatusOK || a.Step != StepBirthdate || len(r.codes(t, 1)) != 0 {
		t.Fatalf("answered %d %s", a.code, a.body)
	}
	born := func(y, m, d int) answer { return p.post("/p/code", map[string]any{"year": y, "month": m, "day": d}) }
	for _, slip := range [][3]int{{85, 4, 23}, {1985, 13, 1}, {1985, 2, 30}, {2990, 1, 1}, {}} {
		if a := born(slip[0], slip[1], slip[2]); a.Error != "birthdate_form" {
			t.Errorf("%v: %d %s", slip, a.code, a.body)
		}
	}
	if a := born(1985, 4, 24); a.Error != "code_wrong" || a.Left != 2 {
		t.Errorf("a wrong one: %d %s", a.code, a.body)
	}
	if a := born(1985, 4, 23); a.Step != StepThread || p.thread().code != http.StatusOK {
		t.Errorf("the right one: %d %s", a.code, a.body)
	}
	other := r.phone(t)
	if a := other.open(token); a.code != http.StatusConflict || a.Step != StepBirthdate {
		t.Errorf("on another phone: %d %s", a.code, a.body)
	}
}

func TestRecordsThatDoNotAnswerAreNoReasonToStayOut(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Birthdates = births{broken: true} })
	if a := r.phone(t).open(r.hand(t, agent.SMS, 1, 1)); a.Step != StepCode {
		t.Errorf("answered %d %s", a.code, a.body)
	}
}

func TestAClinicThatIsNotServedHereIsUnknown(t *testing.T) {
	r := newRoom(t)
	token := r.hand(t, agent.SMS, 1, 1)
	other := clinic.Sample()
	other.ID = "elsewhere"
	h, err := New(t.Context(), Config{
		JetStream: r.js, Inbox: r.inbox, Links: r.links, Clinics: clinic.Always(other), Screener: r.handler.cfg.Screener, Audit: r.audit,
	})
	must(t, err)
	r.serve(t, h)
	if a := r.phone(t).open(token); a.Error != "unknown" {
		t.Errorf("answered %d %s", a.code, a.body)
	}
}
