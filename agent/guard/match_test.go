package guard

import (
	"math/rand/v2"
	"strings"
	"testing"

	"recado/agent/language"
)

// ends returns where the matches of e from a place on end, in the order in
// which they are preferred: what solve and follow find without trying every
// way.
func ends(m *message, e expr, at int) []int {
	switch e := e.(type) {
	case exprSet:
		if at < m.n && holds(m.row(e.set.id), at) {
			return []int{at + 1}
		}
	case exprClass:
		var out []int
		for _, h := range m.terms {
			if h.Start == at && h.Class == e.class {
				out = append(out, h.End)
			}
		}
		return out
	case exprGap:
		var out []int
		for n := 0; n <= e.n && at+n <= m.n; n++ {
			out = append(out, at+n)
		}
		return out
	case exprOpt:
		return append(ends(m, e.of, at), at)
	case exprAlt:
		var out []int
		for _, part := range e {
			out = append(out, ends(m, part, at)...)
		}
		return out
	case exprSeq:
		out := []int{at}
		for _, part := range e {
			var next []int
			for _, end := range out {
				next = append(next, ends(m, part, end)...)
			}
			out = next
		}
		return out
	}
	return nil
}

func randomPattern(rng *rand.Rand, depth int) string {
	atoms := []string{"a", "b", "c", "d", "chest", "pain*", "#", "<body>", "<kin>", "..", "..2", "left"}
	var parts []string
	for range 1 + rng.IntN(4) {
		switch n := rng.IntN(8); {
		case depth > 0 && n == 0:
			parts = append(parts, "["+randomPattern(rng, depth-1)+"]")
		case depth > 0 && n < 3:
			parts = append(parts, "("+randomPattern(rng, depth-1)+"|"+randomPattern(rng, depth-1)+"|"+randomPattern(rng, 0)+")")
		default:
			parts = append(parts, atoms[rng.IntN(len(atoms))])
		}
	}
	return strings.Join(parts, " ")
}

func randomMessage(rng *rand.Rand) string {
	words := []string{"a", "b", "c", "d", "chest", "pains", "painful", "7", "left arm", "my dad", "my", "left", "e", "e"}
	var b strings.Builder
	for range rng.IntN([]int{8, 30, 200}[rng.IntN(3)]) {
		b.WriteString(words[rng.IntN(len(words))])
		b.WriteString([]string{" ", " ", " ", "! ", "\n"}[rng.IntN(5)])
	}
	return b.String()
}

func TestTheFirstMatchIsTheOneThatTryingEveryWayFinds(t *testing.T) {
	lex := smallLexicon(t)
	rng := rand.New(rand.NewPCG(7, 11))
	matched := 0
	for range 3000 {
		source := randomPattern(rng, 2)
		g, err := New([]Rule{{ID: "r", Risk: "escalate", Language: "en", Patterns: []string{source}}}, lex)
		if err != nil {
			continue // it may match anything
		}
		b, err := newBuilder(lex)
		if err != nil {
			t.Fatal(err)
		}
		p, e, _ := b.read(&Rule{}, "pattern", source)
		p.need(required(e, b.symbols, nil))
		m := newMessage(b.symbols.readings(lex.Dictionary()), b.symbols)
		text := lex.Dictionary().Numbered(language.Scan(randomMessage(rng)))
		hits := lex.Scan(text)
		m.reset(text, hits, 0, len(text.Tokens))
		wantStart, wantEnd, want := 0, 0, false
		for at := 0; at < m.n && !want; at++ {
			if m.origin[at] < 0 {
				continue
			}
			if all := ends(&m, e, at); len(all) > 0 {
				wantStart, wantEnd, want = at, all[0], true
			}
		}
		start, end, ok := m.find(&p)
		if ok != want || ok && (start != wantStart || end != wantEnd) {
			t.Fatalf("%q on %q: places %d to %d, %t; want %d to %d, %t", source, text.Raw, start, end, ok, wantStart, wantEnd, want)
		}
		if found := len(g.Find(text, hits)) > 0; found != want {
			t.Fatalf("%q on %q: the guard finds it: %t, want %t", source, text.Raw, found, want)
		}
		if ok {
			matched++
		}
	}
	if matched < 300 {
		t.Errorf("only %d patterns matched: the test says little", matched)
	}
}

func TestAMessageLeavesNothingBehindForTheNext(t *testing.T) {
	lex := smallLexicon(t)
	g, err := New([]Rule{{ID: "r", Risk: "escalate", Language: "en", Patterns: []string{"left .. chest", "<kin> .. <body>"}}}, lex)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("so and so ", 60) + "left chest, my dad and his chest"
	for _, c := range []struct {
		message string
		want    int
	}{{"my dad", 0}, {long, 1}, {"chest", 0}, {"left", 0}, {"left the chest", 1}, {"chest my dad", 0}, {long, 1}, {"", 0}} {
		text := language.Scan(c.message)
		if got := len(g.Find(text, lex.Scan(text))); got != c.want {
			t.Errorf("%.30q: %d signals, want %d", c.message, got, c.want)
		}
	}
}
