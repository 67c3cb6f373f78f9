package private

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/clinic"
	"recado/agent/inbox"
)

// inside is a phone that is in.
func (r *room) inside(t *testing.T, conversation int) (*phone, string) {
	t.Helper()
	token := r.hand(t, agent.WhatsApp, conversation, 1)
	p := r.phone(t)
	p.enter(conversation, token)
	return p, token
}

func TestPatientAndStaffWriteToEachOther(t *testing.T) {
	r := newRoom(t)
	p, _ := r.inside(t, 1)
	other, _ := r.inside(t, 2)
	a := p.say(uuidOf(1), "  Mi hija tiene una pregunta, "+canary+"  ")
	if a.code != http.StatusAccepted || a.Emergency != nil || !strings.Contains(a.body, `"es":"`) {
		t.Fatalf("answered %d %s", a.code, a.body)
	}
	c := r.caseOf(t, 1)
	if len(c.Arrivals) != 2 || c.Arrivals[1].Kind != inbox.Private || c.Arrivals[1].Priority != agent.PriorityRoutine || len(r.said) != 1 {
		t.Errorf("the case is %+v", c)
	}
	r.clock.add(time.Second)
	_, err := r.inbox.Claim(t.Context(), c.Clinic, c.ID, ana)
	must(t, err)
	r.clock.add(time.Second)
	_, err = r.inbox.Note(t.Context(), c.Clinic, c.ID, ana, uuidOf(2), "a note")
	must(t, err)
	_, err = r.inbox.Write(t.Context(), c.Clinic, c.ID, ana, uuidOf(3), "Con gusto, "+canary)
	must(t, err)
	got := p.thread()
	if len(got.Entries) != 2 || got.Entries[0].From != "patient" || got.Entries[0].Text != "Mi hija tiene una pregunta, "+canary ||
		got.Entries[1].From != "staff" || got.Entries[1].Text != "Con gusto, "+canary {
		t.Errorf("the thread is %+v", got.Entries)
	}
	if strings.Contains(got.body, "ana") && !strings.Contains(canary, "ana") || strings.Contains(got.body, "note") || strings.Contains(got.body, c.ID) {
		t.Errorf("the patient is told more than was written to her: %s", got.body)
	}
	if got := other.thread(); len(got.Entries) != 0 {
		t.Errorf("another patient sees %+v", got.Entries)
	}
	if !strings.HasSuffix(r.audit.kinds(), "wrote_private") {
		t.Errorf("the audit has %q", r.audit.kinds())
	}
}

func TestAMessageThatIsSentAgainIsOneMessage(t *testing.T) {
	r := newRoom(t)
	p, _ := r.inside(t, 1)
	for range 5 {
		if a := p.say(uuidOf(1), canary); a.code != http.StatusAccepted {
			t.Fatalf("answered %d %s", a.code, a.body)
		}
		r.clock.add(3 * time.Second)
	}
	if got := p.thread(); len(got.Entries) != 1 {
		t.Errorf("the thread has %d messages", len(got.Entries))
	}
	if c := r.caseOf(t, 1); len(c.Arrivals) != 2 {
		t.Errorf("the case has %d arrivals", len(c.Arrivals))
	}
}

func TestAnEmergencyIsAnsweredAtOnceAndFiledAsOne(t *testing.T) {
	for _, c := range []struct{ text, want, lang string }{
		{"me duele mucho el pecho y no puedo respirar", "911", "es"},
		{"I want to kill myself", "988", "en"},
		{"my baby swallowed a button battery", "1-800-222-1222", "en"},
	} {
		r := newRoom(t)
		p, _ := r.inside(t, 1)
		a := p.say(uuidOf(1), c.text)
		if a.code != http.StatusAccepted || a.Emergency == nil || !strings.Contains(a.Emergency.Text, c.want) || string(a.Emergency.Language) != c.lang {
			t.Errorf("%s: %d %s", c.text, a.code, a.body)
			continue
		}
		got := r.caseOf(t, 1)
		if got.Round.Priority != agent.PriorityEmergency || !got.Waiting() || r.said[0].Round.Priority != agent.PriorityEmergency {
			t.Errorf("%s: the case is %+v", c.text, got)
		}
	}
}

func TestAnEmergencyIsAnsweredWhateverElseFails(t *testing.T) {
	const text = "no puedo respirar, me duele el pecho"
	r := newRoom(t, func(c *Config) { c.Timeout = 700 * time.Millisecond })
	stranger := r.phone(t)
	if a := stranger.say(uuidOf(1), text); a.code != http.StatusUnauthorized || a.Error != "ended" || a.Emergency == nil {
		t.Errorf("without a visit: %d %s", a.code, a.body)
	}
	if a := stranger.say(uuidOf(2), "buenas noches"); a.code != http.StatusUnauthorized || a.Emergency != nil {
		t.Errorf("without a visit, and no emergency: %d %s", a.code, a.body)
	}
	p, _ := r.inside(t, 1)
	r.audit.fail(audit.ErrUnavailable)
	if a := p.say(uuidOf(3), text); a.code != http.StatusAccepted || a.Emergency == nil {
		t.Errorf("without the audit: %d %s", a.code, a.body)
	}
	r.nats.Stop()
	if a := p.say(uuidOf(4), text); a.code != http.StatusServiceUnavailable || a.Emergency == nil {
		t.Errorf("without NATS: %d %s", a.code, a.body)
	}
}

// broken is a screener at its worst.
type broken struct{ Screener }

func (broken) Decide(context.Context, agent.Turn) (agent.Decision, error) {
	return agent.Decision{}, errors.New("no decision")
}

func TestRulesAloneFindAnEmergency(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Screener = broken{c.Screener} })
	p, _ := r.inside(t, 1)
	if a := p.say(uuidOf(1), "no puedo respirar, me duele el pecho"); a.Emergency == nil || a.code != http.StatusAccepted {
		t.Errorf("answered %d %s", a.code, a.body)
	}
}

// unsure is a classifier that takes everything for an emergency.
type unsure struct{ Screener }

func (unsure) Decide(context.Context, agent.Turn) (agent.Decision, error) {
	return agent.Decision{Disposition: agent.Emergency, Replies: []agent.Reply{{Text: "Call 911."}}}, nil
}

func TestWhatTheClassifierAloneFindsIsUrgent(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Screener = unsure{c.Screener} })
	p, _ := r.inside(t, 1)
	if a := p.say(uuidOf(1), "buenas noches"); a.Emergency == nil || !strings.Contains(a.Emergency.Text, "911") {
		t.Errorf("answered %d %s", a.code, a.body)
	}
	if got := r.caseOf(t, 1); got.Round.Priority != agent.PriorityUrgent {
		t.Errorf("the case is %s", got.Round.Priority)
	}
}

type panicking struct{}

func (panicking) Decide(context.Context, agent.Turn) (agent.Decision, error) { panic(canary) }
func (panicking) EmergencyOnReceipt(agent.Event, *clinic.Profile, time.Time) (agent.Decision, bool) {
	panic(canary)
}

func TestAScreenerThatPanicsLosesNoMessage(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Screener = panicking{} })
	p, _ := r.inside(t, 1)
	if a := p.say(uuidOf(1), canary); a.code != http.StatusAccepted {
		t.Errorf("answered %d %s", a.code, a.body)
	}
	if r.logs.FilterMessageSnippet("panicked").Len() != 2 {
		t.Error("nobody is told")
	}
}

func TestAMessageForAResolvedCaseReturnsToStaff(t *testing.T) {
	r := newRoom(t)
	p, _ := r.inside(t, 1)
	c := r.caseOf(t, 1)
	_, err := r.inbox.Resolve(t.Context(), c.Clinic, c.ID, ana, inbox.Answered)
	must(t, err)
	if a := p.say(uuidOf(1), canary); a.code != http.StatusAccepted {
		t.Fatalf("answered %d %s", a.code, a.body)
	}
	if got := r.caseOf(t, 1); got.State != inbox.Open {
		t.Errorf("the case is %s", got.State)
	}
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	r := newRoom(t)
	p, _ := r.inside(t, 1)
	for what, a := range map[string]answer{
		"no id":         p.say("", canary),
		"an odd id":     p.say("a.b", canary),
		"a braced id":   p.say("{"+uuidOf(1)+"}", canary),
		"nothing":       p.say(uuidOf(1), " \n "),
		"no JSON":       p.do(http.MethodPost, "/p/messages", `{"id":`),
		"a form":        p.do(http.MethodPost, "/p/messages", "id=x", "Content-Type", "application/x-www-form-urlencoded"),
		"too long":      p.say(uuidOf(1), strings.Repeat("ñ", 4001)),
		"far too long":  p.say(uuidOf(1), strings.Repeat("x", 200_000)),
		"pictures only": p.say(uuidOf(1), strings.Repeat("😀", 4001)),
	} {
		if a.code/100 != 4 || a.Error != "invalid" && a.Error != "too_long" {
			t.Errorf("%s: %d %s", what, a.code, a.body)
		}
	}
	if a := p.say(uuidOf(1), strings.Repeat("😀", 4000)); a.code != http.StatusAccepted {
		t.Errorf("a long message: %d %s", a.code, a.body)
	}
	if got := p.thread(); len(got.Entries) != 1 {
		t.Errorf("the thread has %d messages", len(got.Entries))
	}
}

func TestAVisitEndsWhenNobodyUsesIt(t *testing.T) {
	r := newRoom(t)
	p, _ := r.inside(t, 1)
	for range 10 { // a page that polls keeps nothing
		r.clock.add(3 * time.Minute)
		if a := p.thread(); (a.code == http.StatusOK) != r.clock.Now().Before(r.visitBegan(t).Add(30*time.Minute)) {
			t.Fatalf("answered %d %s", a.code, a.body)
		}
	}
	for _, a := range []answer{p.thread(), p.say(uuidOf(1), canary), p.post("/p/stay", nil)} {
		if a.code != http.StatusUnauthorized || a.Error != "ended" {
			t.Errorf("after half an hour: %d %s", a.code, a.body)
		}
	}
	// She comes back with another code.
	if a := p.open(""); a.Step != StepAgain {
		t.Errorf("on the way back: %d %s", a.code, a.body)
	}
	p.another()
	if a := p.code(r.lastCode(t, 1)); a.Step != StepThread {
		t.Fatalf("with another code: %d %s", a.code, a.body)
	}
	for range 10 { // what she does keeps it
		r.clock.add(20 * time.Minute)
		if a := p.post("/p/stay", nil); a.code != http.StatusNoContent {
			t.Fatalf("staying: %d %s", a.code, a.body)
		}
	}
	for range 30 { // but not for ever
		r.clock.add(20 * time.Minute)
		p.post("/p/stay", nil)
	}
	if a := p.thread(); a.code != http.StatusUnauthorized {
		t.Errorf("after eight hours: %d", a.code)
	}
}

func (r *room) visitBegan(t *testing.T) time.Time {
	t.Helper()
	for _, out := range r.outs(t, 1) {
		return out.At
	}
	t.Fatal("no code was sent")
	return time.Time{}
}

func TestLeavingEndsTheVisitOnEveryTab(t *testing.T) {
	r := newRoom(t)
	p, _ := r.inside(t, 1)
	tab := &phone{t, r, &http.Client{Jar: p.client.Jar}}
	saved := &phone{t, r, &http.Client{Jar: copied(t, r, p)}}
	if a := p.post("/p/leave", nil); a.code != http.StatusNoContent {
		t.Fatalf("answered %d", a.code)
	}
	for what, q := range map[string]*phone{"this tab": p, "another tab": tab, "a kept cookie": saved} {
		if a := q.thread(); a.code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", what, a.code, a.body)
		}
	}
	if a := p.open(""); a.Error != "no_link" {
		t.Errorf("the link is still there: %d %s", a.code, a.body)
	}
	if a := r.phone(t).post("/p/leave", nil); a.code != http.StatusNoContent {
		t.Errorf("leaving without a visit: %d", a.code)
	}
}
