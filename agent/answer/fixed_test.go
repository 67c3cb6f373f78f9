package answer

import (
	"math/rand/v2"
	"testing"
	"time"

	"recado/agent/clinic"
	"recado/locales"
)

func TestAKeptOpeningIsWhatTheProfileSaysAtEveryMoment(t *testing.T) {
	for _, p := range []*clinic.Profile{sample(), one(), always(), bare()} {
		x := newIndex(p)
		same := func(now time.Time) {
			o := x.openingAt(p, now)
			if want := p.OpenNow(now); o.open != want {
				t.Fatalf("%s at %v: open is %t, want %t", p.ID, now, o.open, want)
			}
			if want := moment(p.NextOpening(now)); o.opens != want {
				t.Fatalf("%s at %v: opens %v, want %v", p.ID, now, o.opens, want)
			}
		}
		start := time.Date(2026, time.October, 29, 0, 0, 0, 0, p.Zone) // a change of clocks and holidays lie ahead
		const days = 30
		for n := range days * 24 * 60 / 23 {
			same(start.Add(time.Duration(n) * 23 * time.Minute))
		}
		rng := rand.New(rand.NewPCG(5, 6))
		for range 500 { // clocks of workers differ, and batches replay the past
			same(start.Add(time.Duration(rng.IntN(days*24*60)) * time.Minute))
		}
	}
}

func TestAFixedTextThatWasKeptIsTheOneThatRenderingGives(t *testing.T) {
	c, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	own := clinic.Sample()
	own.Texts = map[string]clinic.Bilingual{"intro": {EN: "It is {{clock .now}} at {{.clinic}}.", ES: "Son las {{clock .now}} en {{.clinic}}."}}
	for _, p := range []*clinic.Profile{sample(), own} {
		for _, now := range []string{open, closed, "2026-11-25 23:00", open} {
			for _, key := range fixed {
				for _, lang := range locales.Languages {
					want, err := c.Render(lang, p, Fixed(key, p, at(t, now)))
					if err != nil {
						t.Fatal(err)
					}
					got, err := RenderFixed(c, lang, key, p, at(t, now))
					if err != nil || got != want {
						t.Errorf("%s %s at %s: %q, %v; want %q", lang, key, now, got, err, want)
					}
				}
			}
		}
	}
}
