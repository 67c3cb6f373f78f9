package run_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"recado/agent"
	"recado/evals/outcome"
	"recado/evals/run"
	"recado/evals/suite"
)

// unsure returns messages that the local path is unsure of and no rule flags,
// so that a model is asked about them: everyday forms with words at random.
func unsure(t testing.TB, n int) []string {
	t.Helper()
	vague.mu.Lock()
	defer vague.mu.Unlock()
	for range 40000 {
		if len(vague.texts) >= n {
			return vague.texts[:n:n]
		}
		vague.look(t)
	}
	t.Fatalf("only %d messages leave the local path unsure", len(vague.texts))
	return nil
}

// vague is what unsure found so far.
var vague = vagueTexts{rng: rand.New(rand.NewPCG(3, 5)), had: map[string]bool{}, words: strings.Fields(`purple seven lamp under quick river
	perhaps window paper green twelve stone music letter early orange number basket corner yellow engine simple market circle verde piedra
	lampara esquina mercado papel ventana cuento martes naranja circulo barco puente tambor espejo sombra claro nube bottle garden pencil
	silver button planet ticket hammer`)}

type vagueTexts struct {
	mu    sync.Mutex
	rng   *rand.Rand
	words []string
	had   map[string]bool
	texts []string
}

func (v *vagueTexts) look(t testing.TB) {
	t.Helper()
	forms := []string{"and the %s one or the %s", "the %s %s thing on the website", "hows the %s %s work there", "y el %s o la %s"}
	message := fmt.Sprintf(forms[v.rng.IntN(len(forms))], v.words[v.rng.IntN(len(v.words))], v.words[v.rng.IntN(len(v.words))])
	if v.had[message] {
		return
	}
	v.had[message] = true
	profile := sampleClinic()
	d, err := newAgent(t).Decide(context.Background(), agent.Turn{
		Events: []agent.Event{{V: agent.Version, ID: "1", Clinic: profile.ID, Channel: agent.Web, Conversation: "conversation", Kind: agent.KindText, Text: message}},
		Clinic: profile,
	})
	if err != nil {
		t.Fatal(err)
	}
	if d.Rule == "policy.unsure" && len(d.Signals) == 0 {
		v.texts = append(v.texts, message)
	}
}

// unsureSuite is JSON lines with two expectations each that a model is asked
// about.
func unsureSuite(t testing.TB, n int) *suite.Suite {
	t.Helper()
	var b strings.Builder
	for i, text := range unsure(t, n) {
		fmt.Fprintf(&b, `{"id":"u%03d","lang":"mixed","text":%q,"disposition":"human","also":["answer","decline"],"lacks":["CANARY"]}`+"\n", i, text)
	}
	return suiteOf(t, "unsure.jsonl", b.String())
}

// answerable returns messages that the local path is unsure of and that a
// model could earn an answer for.
func answerable(t testing.TB, n int) []string {
	t.Helper()
	profile := sampleClinic()
	var found []string
	const most = 200
	for i := range most {
		text := unsure(t, i+1)[i]
		reach := newAgent(t).Reach(t.Context(), agent.Turn{Clinic: profile, Events: []agent.Event{{V: agent.Version, ID: "1", Clinic: profile.ID,
			Channel: agent.Web, Conversation: "conversation", Kind: agent.KindText, Text: text}}})
		if slices.ContainsFunc(reach, func(d agent.Decision) bool { return d.Disposition == agent.Answer }) {
			if found = append(found, text); len(found) == n {
				return found
			}
		}
	}
	t.Fatalf("a model could earn an answer for %d messages only", len(found))
	return nil
}

func TestATurnIsNotSafeWhereAModelCouldDoHarm(t *testing.T) {
	t.Parallel()
	for _, text := range answerable(t, 1) {
		s := suiteOf(t, "harm.jsonl", fmt.Sprintf(`{"id":"may","lang":"en","text":%[1]q,"disposition":"human"}
{"id":"must_not","lang":"en","text":%[1]q,"disposition":"human","not":["answer"]}`, text))
		for _, o := range outcomes(t, run.Config{Suites: []*suite.Suite{s}, Columns: []run.Column{column(outcome.Local)}}) {
			if turn := o.Turns[0]; o.Status != outcome.Pass || turn.SafeIfLLMErrs != (o.ID == "may") {
				t.Errorf("%s: %s, safe %t", o.ID, o.Status, turn.SafeIfLLMErrs)
			}
		}
	}
}
