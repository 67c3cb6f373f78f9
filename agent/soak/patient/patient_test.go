package patient_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/soak/check"
	"recado/agent/soak/patient"
)

func options(seed uint64) patient.Options {
	return patient.Options{Seed: seed, Patients: 60, Messages: 8, During: 30 * time.Second}
}

func TestASeedGivesOneSetOfScripts(t *testing.T) {
	if !reflect.DeepEqual(patient.Scripts(options(1)), patient.Scripts(options(1))) {
		t.Error("two sets of one seed differ")
	}
	if reflect.DeepEqual(patient.Scripts(options(1)), patient.Scripts(options(2))) {
		t.Error("two seeds give one set")
	}
}

func TestScriptsHoldEverySortAndEveryWay(t *testing.T) {
	sorts, ways, ids := map[check.Sort]bool{}, map[patient.Way]bool{}, map[string]bool{}
	for _, s := range patient.Scripts(options(1)) {
		last := time.Duration(0)
		for _, step := range s.Steps {
			ways[step.Way] = true
			if step.At < last || step.At > 30*time.Second {
				t.Errorf("%s writes at %s after %s", s.Phone, step.At, last)
			}
			last = step.At
			for _, l := range step.Lines {
				sorts[l.Sort] = true
				if ids[l.ID] {
					t.Errorf("two messages are called %s", l.ID)
				}
				ids[l.ID] = true
			}
		}
	}
	for _, s := range []check.Sort{check.FrontDesk, check.Unsure, check.Care, check.Emergency, check.Person, check.Stop, check.Start} {
		if !sorts[s] {
			t.Errorf("nobody writes %s", s)
		}
	}
	if len(ways) != 5 {
		t.Errorf("messages come in %d ways, want 5", len(ways))
	}
}

// The checker takes the sort of a message for true, so it has to be.
func TestTextsAreWhatTheyAreSaidToBe(t *testing.T) {
	a, err := agent.New()
	if err != nil {
		t.Fatal(err)
	}
	want := map[check.Sort][]agent.Disposition{
		check.FrontDesk: {agent.Answer}, check.Unsure: {agent.Human, agent.Escalate}, check.Care: {agent.Escalate},
		check.Emergency: {agent.Emergency}, check.Person: {agent.Human}, check.Stop: {agent.Consent}, check.Start: {agent.Consent},
	}
	profile := clinic.Sample()
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	for sort, allowed := range want {
		texts := patient.Texts(sort)
		if len(texts) == 0 {
			t.Errorf("there is no text about %s", sort)
		}
		for _, text := range texts {
			e := agent.Event{V: agent.Version, ID: "1", Clinic: profile.ID, Channel: agent.WhatsApp, Conversation: "conversation", At: now, Kind: agent.KindText, Text: text}
			d, err := a.Decide(t.Context(), agent.Turn{Events: []agent.Event{e}, Session: agent.Session{V: agent.Version}, Clinic: profile, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(allowed, d.Disposition) {
				t.Errorf("%q is %s (%s), want %v", text, d.Disposition, d.Rule, allowed)
			}
			if _, yes := a.EmergencyOnReceipt(e, profile, now); yes != (sort == check.Emergency) {
				t.Errorf("%q: emergency on receipt is %v", text, yes)
			}
		}
	}
}

// shaky is a gateway that takes every third webhook.
type shaky struct {
	mu     sync.Mutex
	calls  int
	bodies []string // of those taken
}

func (s *shaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if err != nil || s.calls%3 != 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	s.bodies = append(s.bodies, string(body))
}

func TestAScriptIsPlayedUntilAllOfItIsTaken(t *testing.T) {
	gateway := &shaky{}
	server := httptest.NewServer(gateway)
	defer server.Close()
	sender := patient.NewSender(patient.Account{NumberID: "1", Secret: "s"}, server.URL, time.Now(), func(string, any) {})
	defer sender.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	line := func(id string) patient.Line {
		return patient.Line{ID: id, Sort: check.FrontDesk, Text: "text of " + id}
	}
	sender.Play(ctx, patient.Script{Phone: "17135550000", Steps: []patient.Step{
		{Lines: []patient.Line{line("a"), line("b")}},
		{Lines: []patient.Line{line("c"), line("d")}, Way: patient.Swapped},
		{Lines: []patient.Line{line("e"), line("f")}, Way: patient.Batch},
	}})
	all := strings.Join(gateway.bodies, "\n")
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		if !strings.Contains(all, `"id":"`+id+`"`) {
			t.Errorf("message %s was not taken: %s", id, all)
		}
	}
	if strings.Index(all, "text of d") > strings.Index(all, "text of c") {
		t.Error("d and c did not come the wrong way round")
	}
	messages := sender.Messages()
	if len(messages) != 6 {
		t.Fatalf("%d messages, want 6", len(messages))
	}
	for _, m := range messages {
		if m.Accepted.IsZero() {
			t.Errorf("message %s is not noted as taken", m.Text)
		}
	}
	if after := messages[1].After; after != messages[0].ID {
		t.Errorf("b was sent after %q, want after a", after)
	}
}
