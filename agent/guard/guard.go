package guard

import (
	"cmp"
	"errors"
	"slices"
	"sync"

	"recado/agent/language"
	"recado/agent/lexicon"
)

// Guard finds the rules that a message fires. It is read-only after New and
// safe for use by many goroutines.
type Guard struct {
	rules      []compiled
	patterns   []pattern
	index      index
	past       []timing // say that something is over
	again      []timing // say that it may be back
	idioms     []idiom
	says       []idiom
	everyday   []idiom
	words      map[string]float32
	dictionary *language.Dictionary
	pool       sync.Pool // of *search
}

type compiled struct {
	Rule
	unless   []program
	context  []program // of a rule of risk past or again
	category Category
}

// pattern is one pattern of one rule.
type pattern struct {
	program
	rule int32
}

// search is the memory of one Find.
type search struct {
	message    message
	candidates candidates
	danger     []int32 // patterns of emergency rules that match
	hints      []int32 // patterns of hints that match
	exposed    []uint64
}

// New compiles rules against a lexicon, to whose dictionary it adds their
// words. It reports every pattern that cannot be read, with its file and line.
func New(rules []Rule, lex *lexicon.Lexicon) (*Guard, error) {
	b, err := newBuilder(lex)
	if err != nil {
		return nil, err
	}
	g := &Guard{dictionary: lex.Dictionary()}
	var sources []expr // of g.patterns
	for i := range rules {
		r := &rules[i]
		c := compiled{Rule: *r, category: categoryOf(*r), unless: b.context(r, "unless", r.Unless)}
		switch r.Risk {
		case riskPast:
			c.context = b.context(r, "pattern", r.Patterns)
			g.past = append(g.past, timing{r.Intent, c.context, c.unless})
		case riskAgain:
			c.context = b.context(r, "pattern", r.Patterns)
			g.again = append(g.again, timing{r.Intent, c.context, c.unless})
		case riskIdiom:
			c.context = b.context(r, "pattern", r.Patterns)
			g.idioms = append(g.idioms, idiom{r.ID, c.context, c.unless})
		case riskSaying:
			c.context = b.context(r, "pattern", r.Patterns)
			g.says = append(g.says, idiom{r.ID, c.context, c.unless})
		case riskEveryday:
			c.context = b.context(r, "pattern", r.Patterns)
			g.everyday = append(g.everyday, idiom{r.ID, c.context, c.unless})
		default:
			for _, source := range r.Patterns {
				if p, e, ok := b.read(r, "pattern", source); ok {
					g.patterns = append(g.patterns, pattern{p, int32(i)})
					sources = append(sources, e)
				}
			}
		}
		g.rules = append(g.rules, c)
	}
	g.words = b.symbols.uses()
	readings := b.symbols.readings(lex.Dictionary())
	g.index = newIndex(g.patterns, sources, b.symbols, touches(rules, lex, newMessage(readings, b.symbols)))
	g.pool.New = func() any {
		return &search{message: newMessage(readings, b.symbols), candidates: make(candidates, len(g.patterns)/64+1)}
	}
	return g, errors.Join(b.problems...)
}

func categoryOf(r Rule) Category {
	switch {
	case r.Risk == "emergency" || r.Risk == riskIdiom:
		return CategoryEmergency
	case r.Risk == "consent":
		return CategoryConsent
	case r.Risk == riskDecline:
		return CategoryDecline
	case r.Intent == "identity":
		return CategoryIdentifier
	}
	return CategoryCare
}

// Words returns the whole words that the rules name.
func (g *Guard) Words() map[string]float32 { return g.words }

// Rules returns the rules in the order they were given.
func (g *Guard) Rules() []Rule {
	out := make([]Rule, len(g.rules))
	for i, c := range g.rules {
		out[i] = c.Rule
	}
	return out
}

// A long text is matched in windows, so that memory and time stay in
// proportion; they overlap by more than any pattern spans in practice.
const (
	window  = 1024
	overlap = 96
)

// Find returns one signal for every rule that the text fires, the highest
// risk first and in rule order within it. hits are the lexicon's terms in it,
// in order of Start.
func (g *Guard) Find(text language.Text, hits []lexicon.Hit) []Signal {
	text = g.dictionary.Numbered(text)
	s := g.pool.Get().(*search)
	defer g.pool.Put(s)
	var signals []Signal
	for from := 0; ; from += window - overlap {
		to := min(from+window, len(text.Tokens))
		signals = g.scan(s, text, hits, from, to, signals)
		if to == len(text.Tokens) {
			break
		}
	}
	signals = append(signals, identifierShapes(text)...)
	slices.SortStableFunc(signals, func(a, b Signal) int { return cmp.Compare(b.Risk, a.Risk) })
	return signals
}

// scan adds the rules that tokens [from, to) fire and that are not among
// signals yet. Hints do not read the words of sayings. Rules of danger come
// last: they do not read the words of figures of speech, and all others do.
func (g *Guard) scan(s *search, text language.Text, hits []lexicon.Hit, from, to int, signals []Signal) []Signal {
	known := signals
	m := &s.message
	m.reset(text, hits, from, to)
	g.index.find(m.touched, s.candidates)
	s.danger, s.hints = s.danger[:0], s.hints[:0]
	fired := int32(-1)
	try := func(i int32) {
		p := &g.patterns[i]
		if p.rule == fired {
			return // one signal a rule; its patterns are neighbours
		}
		start, end, ok := m.find(&p.program)
		if !ok {
			return
		}
		fired = p.rule
		c := &g.rules[p.rule]
		if m.any(c.unless) || slices.ContainsFunc(known, func(s Signal) bool { return s.Rule == c.ID }) {
			return
		}
		risk, intent := c.risk(), c.Intent
		if risk == Emergency && g.over(m, text, c.Intent, start, end) {
			risk, intent = Escalate, pastIntent
		}
		signals = append(signals, Signal{
			Rule: c.ID, Category: c.category, Risk: risk, Intent: intent,
			Span: m.span(text, start, end), Strength: 1,
		})
	}
	s.candidates.each(func(i int32) {
		p := &g.patterns[i]
		switch r := &g.rules[p.rule]; {
		case r.category == CategoryEmergency:
			if m.solve(&p.program) {
				s.danger = append(s.danger, i)
			}
		case r.Risk == riskHint:
			if m.solve(&p.program) {
				s.hints = append(s.hints, i)
			}
		default:
			try(i)
		}
	})
	if len(s.hints) > 0 {
		hidden := g.sayings(s)
		for _, i := range s.hints {
			try(i)
		}
		if hidden {
			s.expose()
		}
	}
	if len(s.danger) == 0 {
		return signals
	}
	signals = append(signals, g.figures(m, text)...)
	for _, i := range s.danger {
		try(i)
	}
	return signals
}

func (m *message) any(programs []program) bool {
	for i := range programs {
		if m.solve(&programs[i]) {
			return true
		}
	}
	return false
}
