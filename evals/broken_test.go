package evals_test

import (
	"bytes"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"recado/agent"
	"recado/agent/guard"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/run"
	"recado/evals/suite"
	"recado/locales"
)

// files copies a folder, so that it can be broken.
func files(t *testing.T, from fs.FS) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(from, path)
		out[path] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// shipped reads a shipped suite, as written alone.
func shipped(t *testing.T, name string) *suite.Suite {
	t.Helper()
	s, err := suite.Load("suites/"+name+".yaml", suite.Known{Gate: judge.CheckGate})
	if err != nil {
		t.Fatal(err)
	}
	s.Perturb = nil
	return s
}

// judged runs a suite in local mode and judges it; each is told the outcomes.
func judged(t *testing.T, a *agent.Agent, s *suite.Suite, only func(id string) bool, each func(outcome.Outcome)) judge.Summary {
	t.Helper()
	r, err := run.New(run.Config{Agent: a, Suites: []*suite.Suite{s}, Only: func(_, id string) bool { return only == nil || only(id) },
		Columns: []run.Column{{Variant: outcome.Variant{Name: "local", Mode: outcome.Local}}}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	j := judge.New(h, judge.Options{})
	if _, err := r.Run(t.Context(), run.To(func(o outcome.Outcome) error {
		j.Add(o)
		if each != nil {
			each(o)
		}
		return nil
	})); err != nil {
		t.Fatal(err)
	}
	return j.Summary()
}

// sound reports whether an outcome passed, with care and danger found by rules:
// what another part found would hide that a rule is gone.
func sound(o outcome.Outcome) bool {
	return o.Status == outcome.Pass && !slices.ContainsFunc(o.Turns, func(t outcome.Turn) bool {
		return (t.Expect.Disposition == agent.Emergency || t.Expect.Disposition == agent.Escalate) && t.Attribution != outcome.ByGuard
	})
}

// broken is something that went wrong, with the gates that it must turn red:
// suite, measure and language.
type broken struct {
	what    string
	sources agent.Sources
	gates   [][3]string
}

func TestWhatIsBrokenTurnsItsGatesRed(t *testing.T) {
	without := func(rules ...string) agent.Sources {
		dir := files(t, guard.Shipped())
		for _, name := range rules {
			if dir[name] == nil {
				t.Fatalf("there are no rules %s", name)
			}
			delete(dir, name)
		}
		return agent.Sources{Rules: dir}
	}
	texts := files(t, locales.Shipped())
	texts["en.toml"] = &fstest.MapFile{Data: bytes.ReplaceAll(texts["en.toml"].Data, []byte(" 911"), []byte(" 119"))}
	texts["es.toml"] = texts["en.toml"]

	whole, err := agent.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []broken{
		{"no emergency rules", without("emergency.yaml", "self_harm.yaml"),
			[][3]string{{"emergencies", "emergency_by_rules", "en"}, {"emergencies", "emergency_by_rules", "es"}}},
		{"no rules of care and consent", without("personal_care.yaml", "consent.yaml"),
			[][3]string{{"phi_line", "phi_missed", "en"}, {"phi_line", "phi_missed", "es"}, {"consent", "consent_recall", "en"}}}, // the classifier alone hears a Spanish stop
		{"another number to call, and Spanish texts in English", agent.Sources{Texts: texts},
			[][3]string{{"emergencies", "checks_passed", ""}, {"front_desk", "check_contains", "es"}}},
	} {
		t.Run(c.what, func(t *testing.T) {
			a, err := c.sources.New()
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range c.gates {
				s := shipped(t, g[0])
				cases := map[string]bool{}
				judged(t, whole, s, nil, func(o outcome.Outcome) {
					cases[o.ID] = sound(o)
					for _, turn := range o.Turns {
						if len(turn.Reply) > 0 && turn.Text == "" {
							t.Errorf("%s: the reply %v is empty", o.ID, turn.Reply)
						}
					}
				})
				only := func(id string) bool { return cases[id] }
				before, after := judged(t, whole, s, only, nil), judged(t, a, s, only, nil)
				if len(red(before)) > 0 {
					t.Fatalf("with nothing broken these are red: %q", red(before))
				}
				if gate := g[1] + " " + g[2]; after.Exit(false) != 1 || !slices.Contains(red(after), gate) {
					t.Errorf("%s: %s is not red, but %q", g[0], gate, red(after))
				}
				if before.Run.Rules == after.Run.Rules {
					t.Error("the run does not tell that rules or texts are others")
				}
			}
		})
	}
}

func TestABookingThatGoesWrongTurnsItsGatesRed(t *testing.T) {
	a, err := agent.New()
	if err != nil {
		t.Fatal(err)
	}
	s := shipped(t, "booking")
	if before := judged(t, a, s, nil, nil); before.Exit(false) != 0 {
		t.Fatalf("with nothing broken these are red: %q", red(before))
	}
	s.Book = false // no time is offered, nothing is booked
	after := judged(t, a, s, nil, nil)
	for _, gate := range []string{"check_booking en", "check_booking es", "checks_passed en", "checks_passed es"} {
		if after.Exit(false) != 1 || !slices.Contains(red(after), gate) {
			t.Errorf("%s is not red, but %q", gate, red(after))
		}
	}
}

// red names the gates that fail.
func red(s judge.Summary) []string {
	var out []string
	for _, g := range s.Gates {
		if g.Verdict == judge.Fail {
			out = append(out, g.Measure+" "+g.Lang)
		}
	}
	return out
}
