package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
)

func TestFiftyAppendersOfTwoConsolesMakeOneChain(t *testing.T) {
	t.Parallel()
	r := setup(t)
	logs := []*Log{r.log(t), r.log(t)}
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		seqs = map[uint64]string{}
	)
	for i := range 50 {
		all.Go(func() {
			for j := range 4 {
				e, err := logs[i%2].Append(t.Context(), opened(sunrise, i*10+j))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if other, ok := seqs[e.Seq]; ok {
					t.Errorf("entry %d is %s and %s", e.Seq, other, e.Record)
				}
				seqs[e.Seq] = e.Record
				mu.Unlock()
			}
		})
	}
	all.Wait()
	report, err := logs[0].Verify(t.Context(), sunrise)
	must(t, err)
	if !report.Intact() || report.Entries != 200 || report.Head.Seq != 200 {
		t.Fatalf("%+v", report)
	}
	records := map[string]bool{}
	entries, err := logs[1].Read(t.Context(), sunrise, 0, 1000)
	must(t, err)
	for _, e := range entries {
		records[e.Record] = true
		if seqs[e.Seq] != e.Record {
			t.Errorf("entry %d is %s, and its writer was told %s", e.Seq, e.Record, seqs[e.Seq])
		}
	}
	if len(records) != 200 {
		t.Errorf("%d of 200 acts are stored once", len(records))
	}
}

func TestClinicsHaveChainsOfTheirOwn(t *testing.T) {
	t.Parallel()
	l := setup(t).log(t)
	fill(t, l, sunrise, 3)
	fill(t, l, Common, 2)
	fill(t, l, sunset, 1)
	fill(t, l, sunrise, 1)
	clinics, err := l.Clinics(t.Context())
	must(t, err)
	if got := fmt.Sprint(clinics); got != "[_common sunrise sunset]" {
		t.Fatal(got)
	}
	for clinic, want := range map[string]uint64{Common: 2, sunrise: 4, sunset: 1, "nobody-here": 0} {
		report, err := l.Verify(t.Context(), clinic)
		must(t, err)
		head, err := l.Head(t.Context(), clinic)
		must(t, err)
		if !report.Intact() || report.Entries != want || head.Seq != want || head != report.Head {
			t.Errorf("%s: %+v, head %v", clinic, report, head)
		}
	}
}

// lossy loses the server's answers, or what is asked, every other time.
type lossy struct {
	jetstream.JetStream
	mu      sync.Mutex
	n       int
	answers bool // else the questions
}

func (l *lossy) PublishMsg(ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	l.mu.Lock()
	l.n++
	lose := l.n%2 == 1
	l.mu.Unlock()
	if lose && !l.answers {
		return nil, context.DeadlineExceeded
	}
	ack, err := l.JetStream.PublishMsg(ctx, m, opts...)
	if lose {
		return nil, context.DeadlineExceeded
	}
	return ack, err
}

func TestALostAnswerMakesNoSecondEntry(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for name, answers := range map[string]bool{"answers": true, "questions": false} {
		l := r.log(t, func(c *Config) { c.JetStream = &lossy{JetStream: c.JetStream, answers: answers} })
		clinic := "lost-" + name
		other := r.log(t)
		var all sync.WaitGroup
		all.Go(func() { fill(t, l, clinic, 10) })
		all.Go(func() { fill(t, other, clinic, 10) })
		all.Wait()
		report, err := other.Verify(t.Context(), clinic)
		must(t, err)
		if !report.Intact() || report.Entries != 20 {
			t.Errorf("%s lost: %+v", name, report)
		}
	}
}

func TestWithoutStorageNothingIsRecordedAndSaidSoInTime(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*testing.T, *rig){
		"no server": func(_ *testing.T, r *rig) { r.server.Stop() },
		"no stream": func(t *testing.T, r *rig) { must(t, r.admin.DeleteStream(t.Context(), bus.StreamAudit)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			l := r.log(t, func(c *Config) { c.Patience = 200 * time.Millisecond })
			_, _ = l.Append(t.Context(), opened(sunrise, 1))
			stop(t, r)
			started := time.Now()
			var all sync.WaitGroup
			for range 20 { // also those that wait for another one
				all.Go(func() {
					if _, err := l.Append(t.Context(), opened(sunrise, 2)); !errors.Is(err, ErrUnavailable) {
						t.Errorf("append: %v", err)
					}
				})
			}
			all.Wait()
			if took := time.Since(started); took > 3*time.Second {
				t.Errorf("it took %v with a patience of 200ms", took)
			}
			_, errRead := l.Read(t.Context(), sunrise, 0, 10)
			_, errVerify := l.Verify(t.Context(), sunrise)
			_, errExport := l.Export(t.Context(), sunrise, &strings.Builder{})
			_, errHead := l.Head(t.Context(), sunrise)
			_, errClinics := l.Clinics(t.Context())
			for what, err := range map[string]error{"read": errRead, "verify": errVerify, "export": errExport, "head": errHead, "clinics": errClinics} {
				if !errors.Is(err, ErrUnavailable) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

func TestAfterStorageIsBackTheChainGoesOn(t *testing.T) {
	t.Parallel()
	r := setup(t)
	l := r.log(t)
	fill(t, l, sunrise, 3)
	must(t, r.server.Restart())
	fill(t, l, sunrise, 2)
	report, err := l.Verify(t.Context(), sunrise)
	must(t, err)
	if !report.Intact() || report.Entries < 5 {
		t.Fatalf("%+v", report)
	}
}

func TestWhatIsNoEntryShowsAndStopsNobody(t *testing.T) {
	t.Parallel()
	r := setup(t)
	l := r.log(t)
	fill(t, l, sunrise, 3)
	r.put(t, sunrise, []byte("not an entry"))
	forged := made(sunrise, 1)[0]
	forged.Seq, forged.Hash = maxSeq, "x"
	r.put(t, sunrise, encoded(t, forged))
	for _, writer := range []*Log{l, r.log(t)} {
		if e := fill(t, writer, sunrise, 1)[0]; e.Seq < 4 || e.Seq > 5 {
			t.Errorf("the chain goes on at %d", e.Seq)
		}
	}
	report, err := l.Verify(t.Context(), sunrise)
	must(t, err)
	if report.Intact() || report.Faults[0].Kind != Garbled || report.Faults[0].Seq != 4 {
		t.Fatalf("%+v", report)
	}
	page, err := l.Read(t.Context(), sunrise, 0, 10)
	must(t, err)
	if len(page) == 0 || page[0].Seq != 5 {
		t.Fatalf("%+v", page)
	}
}

func TestAReasonFromAFormKeepsItsLines(t *testing.T) {
	t.Parallel()
	l := setup(t).log(t)
	e, err := l.Append(t.Context(), Act{Clinic: sunrise, Who: "person-1", Kind: BrokeGlass, Why: "on call\r\nDr. Muñoz asked"})
	must(t, err)
	if e.Why != "on call\nDr. Muñoz asked" {
		t.Errorf("%q", e.Why)
	}
}

func TestAnActOfNoProperFormIsRefused(t *testing.T) {
	t.Parallel()
	l := setup(t).log(t)
	for name, spoil := range map[string]func(*Act){
		"Clinic": func(a *Act) { a.Clinic = "sun.rise" },
		"Who":    func(a *Act) { a.Who = "" },
		"Kind":   func(a *Act) { a.Kind = "looked" },
		"Case":   func(a *Act) { a.Case = "my chest hurts" },
		"Record": func(a *Act) { a.Record = strings.Repeat("a", 201) },
		"Subject": func(a *Act) {
			a.Subject = "ana@example.org"
		},
		"Why": func(a *Act) { a.Why = strings.Repeat("a", MaxWhy+1) },
	} {
		a := opened(sunrise, 1)
		spoil(&a)
		_, err := l.Append(t.Context(), a)
		if !errors.Is(err, ErrAct) || errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "chest") || strings.Contains(err.Error(), "example")) {
			t.Errorf("%s: the error quotes: %v", name, err)
		}
	}
}
