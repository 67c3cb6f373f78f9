package store

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/inbox"
)

func TestAThreadKeepsNotesFromThePatient(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	c := r.filed(t, s, 1)
	_, err := s.Claim(t.Context(), sun, c.ID, ana)
	must(t, err)
	note := NewEntryID()
	for range 2 { // a form that was sent twice
		_, err = s.Note(t.Context(), sun, c.ID, ben, note, canary+" note")
		must(t, err)
	}
	_, err = s.Write(t.Context(), sun, c.ID, ana, NewEntryID(), canary+" to the patient")
	must(t, err)
	got, err := s.Said(t.Context(), sun, c.ID, NewEntryID(), "  "+canary+" from the patient\n", agent.PriorityRoutine)
	must(t, err)
	if got.ID != c.ID || got.Unseen != 1 || len(got.Arrivals) != 2 || got.Arrivals[1].Kind != inbox.Private {
		t.Errorf("the case is %+v", got)
	}
	texts := func(entries []inbox.Entry, err error) string {
		t.Helper()
		must(t, err)
		var all []string
		for _, e := range entries {
			if e.Case != c.ID || e.At.IsZero() {
				t.Errorf("entry is %+v", e)
			}
			all = append(all, string(e.Kind)+" "+e.By+": "+strings.TrimPrefix(e.Text, canary+" "))
		}
		return strings.Join(all, "; ")
	}
	if got := texts(s.Thread(t.Context(), sun, convID(1))); got != "note ben: note; staff ana: to the patient; patient : from the patient" {
		t.Errorf("staff see %q", got)
	}
	if got := texts(s.PrivateThread(t.Context(), sun, convID(1))); got != "staff ana: to the patient; patient : from the patient" {
		t.Errorf("the patient sees %q", got)
	}
	for _, place := range [][2]string{{sun, convID(2)}, {sunset, convID(1)}, {sun, "*"}, {sun, ""}} {
		if got := texts(s.Thread(t.Context(), place[0], place[1])); got != "" {
			t.Errorf("thread of %v: %q", place, got)
		}
	}
}

func TestAnEntryOpensOnlyWhereItWasWritten(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	c, other := r.filed(t, s, 1), r.filed(t, s, 2)
	note := NewEntryID()
	_, err := s.Note(t.Context(), sun, c.ID, ana, note, canary)
	must(t, err)
	kv, err := r.js.KeyValue(t.Context(), bus.BucketThread)
	must(t, err)
	entry, err := kv.Get(t.Context(), key(sun, convID(1))+"."+note)
	must(t, err)
	var l line
	must(t, json.Unmarshal(entry.Value(), &l))

	// under another conversation
	_, err = kv.Put(t.Context(), key(sun, convID(2))+"."+note, entry.Value())
	must(t, err)
	if got, err := s.Thread(t.Context(), sun, other.Conversation); err == nil {
		t.Errorf("a note moved to another conversation opens: %v", got)
	}
	// as a message to the patient
	l.Kind = inbox.EntryStaff
	relabelled, err := json.Marshal(l)
	must(t, err)
	_, err = kv.Put(t.Context(), key(sun, convID(1))+"."+note, relabelled)
	must(t, err)
	if got, err := s.PrivateThread(t.Context(), sun, c.Conversation); err == nil {
		t.Errorf("a note that is called a message opens for the patient: %v", got)
	}
}

func TestWhatIsRefusedLeavesNoEntry(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	c := r.filed(t, s, 1)
	_, err := s.Claim(t.Context(), sun, c.ID, ana)
	must(t, err)
	for what, try := range map[string]func() (inbox.Case, error){
		"written by another person": func() (inbox.Case, error) { return s.Write(t.Context(), sun, c.ID, ben, NewEntryID(), "x") },
		"empty":                     func() (inbox.Case, error) { return s.Note(t.Context(), sun, c.ID, ana, NewEntryID(), " \n") },
		"too long": func() (inbox.Case, error) {
			return s.Note(t.Context(), sun, c.ID, ana, NewEntryID(), strings.Repeat("x", inbox.MaxEntryText+1))
		},
		"without an id":     func() (inbox.Case, error) { return s.Note(t.Context(), sun, c.ID, ana, "", "x") },
		"with an odd id":    func() (inbox.Case, error) { return s.Note(t.Context(), sun, c.ID, ana, "a.b", "x") },
		"without a person":  func() (inbox.Case, error) { return s.Note(t.Context(), sun, c.ID, inbox.Actor{}, NewEntryID(), "x") },
		"in no case":        func() (inbox.Case, error) { return s.Note(t.Context(), sun, "none", ana, NewEntryID(), "x") },
		"in another clinic": func() (inbox.Case, error) { return s.Note(t.Context(), sunset, c.ID, ana, NewEntryID(), "x") },
	} {
		if _, err := try(); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if keys := r.bucketKeys(t, bus.BucketThread); len(keys) != 0 {
		t.Errorf("left behind: %v", keys)
	}
}

func TestAPatientWhoWritesInPrivateAgainReturnsToStaff(t *testing.T) {
	r := setup(t)
	later := time.Duration(0)
	s := r.store(t, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(later) } })
	c := r.filed(t, s, 1)
	said := func() inbox.Case {
		t.Helper()
		_, err := s.Resolve(t.Context(), sun, c.ID, ana, inbox.Answered)
		if !errors.As(err, new(*inbox.StateError)) { // resolved before
			must(t, err)
		}
		got, err := s.Said(t.Context(), sun, c.ID, NewEntryID(), canary, agent.PriorityUrgent)
		must(t, err)
		return got
	}
	if got := said(); got.ID != c.ID || got.State != inbox.Open || got.Round.Priority != agent.PriorityUrgent {
		t.Errorf("at once: %+v", got)
	}
	_, err := s.Resolve(t.Context(), sun, c.ID, ana, inbox.Answered)
	must(t, err)
	later = 48 * time.Hour
	next := said()
	if next.ID == c.ID || next.State != inbox.Open {
		t.Errorf("days later: %+v", next)
	}
	if latest, err := s.Latest(t.Context(), sun, c.Conversation); err != nil || latest.ID != next.ID {
		t.Errorf("latest is %s, %v, want %s", latest.ID, err, next.ID)
	}
	if thread, err := s.PrivateThread(t.Context(), sun, c.Conversation); err != nil || len(thread) != 2 {
		t.Errorf("the thread goes on over cases: %v, %v", thread, err)
	}
}

// Whatever people write and whatever fails, no bucket, stream or log holds a
// word of it.
func TestNoWordIsStoredOrLoggedInClear(t *testing.T) {
	r := setup(t)
	s := r.store(t)
	c := r.filed(t, s, 1)
	r.publish(t, bus.Message{Subject: bus.DeadSubject(agent.Conversation{Clinic: sun, ID: convID(3)}), Data: []byte("null")})
	_, err := s.Claim(t.Context(), sun, c.ID, ana)
	must(t, err)
	_, err = s.Note(t.Context(), sun, c.ID, ana, NewEntryID(), canary)
	must(t, err)
	_, err = s.Write(t.Context(), sun, c.ID, ana, NewEntryID(), canary)
	must(t, err)
	_, err = s.Said(t.Context(), sun, c.ID, NewEntryID(), canary, agent.PriorityRoutine)
	must(t, err)
	_, err = s.Note(t.Context(), sun, "none", ana, NewEntryID(), canary)
	if err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("the error is %v", err)
	}
	stop := r.ingest(t, s)
	r.settled(t)
	stop()
	seen := 0
	names := r.js.StreamNames(t.Context())
	for name := range names.Name() {
		stream, err := r.js.Stream(t.Context(), name)
		must(t, err)
		state := stream.CachedInfo().State
		for seq := state.FirstSeq; seq <= state.LastSeq && state.Msgs > 0; seq++ {
			m, err := stream.GetMsg(t.Context(), seq)
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				continue
			}
			must(t, err)
			seen++
			if strings.Contains(m.Subject+string(m.Data), canary) {
				t.Errorf("%s holds it in clear: %s", name, m.Subject)
			}
		}
	}
	if seen < 8 {
		t.Fatalf("only %d values were looked at", seen)
	}
	for _, entry := range r.logs.All() {
		line, err := json.Marshal(entry.ContextMap())
		must(t, err)
		if strings.Contains(entry.Message+string(line), canary) {
			t.Errorf("logged: %s %s", entry.Message, line)
		}
	}
}
