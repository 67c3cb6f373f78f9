package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/clinic/library"
)

// shelf is worker.Profiles from a library.
type shelf struct{ *library.Library }

func (s shelf) Profile(id string) (*clinic.Profile, error) {
	p, ok := s.Now().Profile(id)
	if !ok {
		return nil, fmt.Errorf("clinic %s: %w", id, ErrUnknownClinic)
	}
	return p, nil
}

func newShelf(t testing.TB) shelf {
	t.Helper()
	l, err := library.New(library.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return shelf{l}
}

// sampleOf is the sample clinic under another id, with a telephone that tells
// its version.
func sampleOf(id string, version int) library.Document {
	raw := bytes.Replace(clinic.SampleYAML(), []byte("id: buenavista"), []byte("id: "+id), 1)
	raw = bytes.Replace(raw, []byte("phone: (713) 555-0142"), fmt.Appendf(nil, "phone: (713) 555-%04d", version%10000), 1)
	return library.Document{Name: id + ".yaml", Raw: raw}
}

// versions is a decider that answers with the telephone of the profile that
// it got, read twice with a wait between.
type versions struct {
	fakeDecider
	wait func(ctx context.Context, t agent.Turn)
}

func (d *versions) Decide(ctx context.Context, t agent.Turn) (agent.Decision, error) {
	begun := t.Clinic.Phone
	if d.wait != nil {
		d.wait(ctx, t)
	}
	if t.Clinic.Phone != begun {
		return agent.Decision{}, errors.New("the profile changed during a turn")
	}
	decided, err := d.fakeDecider.Decide(ctx, t)
	for i := range decided.Replies {
		decided.Replies[i].Text = t.Clinic.Phone
	}
	return decided, err
}

func TestATurnKeepsItsProfileAndTheNextOneGetsTheNew(t *testing.T) {
	r, profiles := setup(t), newShelf(t)
	profiles.Update([]library.Document{sampleOf("sunrise", 1)})
	begun, goOn := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	cfg := r.config()
	cfg.Profiles = profiles
	cfg.Decider = &versions{wait: func(ctx context.Context, _ agent.Turn) {
		if first.CompareAndSwap(false, true) {
			close(begun)
			<-goOn
		}
	}}
	r.start(t, cfg)
	r.publish(t, event(1, 1, "hours?"))
	<-begun
	profiles.Update([]library.Document{sampleOf("sunrise", 2)})
	close(goOn)
	r.settled(t, 10*time.Second)
	r.publish(t, event(1, 2, "and now?"))
	r.settled(t, 10*time.Second)
	var got []string
	for _, out := range r.read(t).outs {
		got = append(got, out.Text)
	}
	if fmt.Sprint(got) != "[(713) 555-0001 (713) 555-0002]" {
		t.Errorf("answered %q", got)
	}
}

// Patients write while profiles change, good and bad, all the time: each
// message is answered once and in its order, and nothing goes to staff.
func TestAReloadNeverInterruptsAConversation(t *testing.T) {
	const clinics, patients, messages = 4, 25, 4
	r, profiles := setup(t), newShelf(t)
	id := func(i int) string { return fmt.Sprintf("clinic-%d", i) }
	all := func(version int) []library.Document {
		var docs []library.Document
		for i := range clinics {
			docs = append(docs, sampleOf(id(i), version+i))
		}
		return docs
	}
	profiles.Update(all(0))
	cfg := r.config()
	cfg.Profiles, cfg.Decider = profiles, &versions{}
	r.start(t, cfg)

	reloading, reloads := make(chan struct{}), 0
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(reloading)
		for ctx.Err() == nil {
			reloads++
			docs := all(reloads)
			if reloads%2 == 0 {
				docs[reloads%clinics].Raw = []byte("name: half a file\n")
			}
			profiles.Update(docs)
		}
	}()
	for n := 1; n <= messages; n++ {
		for i := range clinics {
			for patient := range patients {
				e := event(i*patients+patient, n, "hours?")
				e.Clinic = id(i)
				r.publish(t, e)
			}
		}
	}
	r.settled(t, 60*time.Second)
	stop()
	<-reloading
	if reloads < 3 {
		t.Fatalf("%d reloads: the test looks at nothing", reloads)
	}

	p := r.read(t)
	if len(p.escs) > 0 || len(p.deads) > 0 {
		t.Errorf("%d escalations and %d dead letters", len(p.escs), len(p.deads))
	}
	answered := map[int]int{} // by patient: the last message
	for _, turn := range p.turns {
		for _, id := range turn.Events {
			var patient, n int
			if _, err := fmt.Sscanf(id, "m%d.%d", &patient, &n); err != nil {
				t.Fatal(err)
			}
			if n != answered[patient]+1 {
				t.Errorf("patient %d: message %d was answered after message %d", patient, n, answered[patient])
			}
			answered[patient] = n
		}
	}
	for patient := range clinics * patients {
		if answered[patient] != messages {
			t.Errorf("patient %d has answers up to message %d", patient, answered[patient])
		}
	}
	for _, out := range p.outs {
		if !strings.HasPrefix(out.Text, "(713) 555-") {
			t.Errorf("a reply says %q", out.Text)
		}
	}
}

func TestWhatIsWrittenToAClinicWhoseProfileIsGoneReachesStaff(t *testing.T) {
	r, profiles := setup(t), newShelf(t)
	profiles.Update([]library.Document{sampleOf("sunrise", 1), sampleOf("other", 1)})
	cfg := r.config()
	cfg.Profiles = profiles
	r.start(t, cfg)
	profiles.Update([]library.Document{sampleOf("other", 1)})
	r.publish(t, event(1, 1, "hours?"))
	r.settled(t, 10*time.Second)
	p := r.read(t)
	if len(p.deads) != 1 || p.deads[0].Reason != bus.ReasonUnknownClinic || len(p.escs) != 1 || p.escs[0].Clinic != "sunrise" {
		t.Errorf("%d dead letters, %d escalations", len(p.deads), len(p.escs))
	}
}
