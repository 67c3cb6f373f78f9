package judge

import (
	"hash/fnv"
	"strings"

	"recado/agent"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// kept is what is remembered of a case under one variant and perturbation
// over all its repeats, to pair it with others.
type kept struct {
	suite, id, pair    string
	lang               string
	typing             suite.Perturbation
	known              bool
	votes              Votes
	pass, fail, errors int32
	// ways has a bit for each disposition that a turn got; path is a hash of the
	// first repeat's, and strayed says that another repeat took another one.
	ways    uint8
	strayed bool
	path    uint32
}

func (k *kept) judged() int { return int(k.pass + k.fail) }

// passes reports whether most judged repeats passed.
func (k *kept) passes() bool { return k.pass > k.fail }

// cases remembers the cases of one variant in the order in which they came.
type cases struct {
	list []kept
	at   map[uint64]int32
	// names holds one copy of each suite's and language's name.
	names map[string]string
}

func newCases() cases { return cases{at: map[uint64]int32{}, names: map[string]string{}} }

func (c *cases) intern(s string) string {
	if kept, ok := c.names[s]; ok {
		return kept
	}
	s = strings.Clone(s)
	c.names[s] = s
	return s
}

// of returns the place of what is kept of an outcome's case.
func (c *cases) of(o *outcome.Outcome) int32 {
	key := caseKey(o.Suite, o.ID, string(typing(o)))
	if i, ok := c.at[key]; ok {
		return i
	}
	i := int32(len(c.list))
	c.at[key] = i
	c.list = append(c.list, kept{suite: c.intern(o.Suite), id: strings.Clone(o.ID), pair: strings.Clone(o.Case.Pair),
		lang: c.intern(langOf(o)), typing: suite.Perturbation(c.intern(string(typing(o)))), known: isKnown(o)})
	return i
}

// written is the place of the same case as written, if it was run.
func (c *cases) written(k *kept) (int32, bool) {
	i, ok := c.at[caseKey(k.suite, k.id, string(suite.AsWritten))]
	return i, ok
}

func (c *cases) add(o *outcome.Outcome, marks []mark) int32 {
	i := c.of(o)
	k := &c.list[i]
	if o.Status == outcome.Error {
		k.errors++
		return i
	}
	path := fnv.New32a()
	for t := range o.Turns {
		d := o.Turns[t].Disposition
		path.Write([]byte(d))
		path.Write([]byte{0})
		k.ways |= wayOf(d)
	}
	switch sum := path.Sum32(); {
	case k.judged() == 0:
		k.path = sum
	case k.path != sum:
		k.strayed = true
	}
	if o.Status == outcome.Pass {
		k.pass++
	} else {
		k.fail++
	}
	k.votes.Add(fold(marks))
	return i
}

// caseKey is a hash: a collision among a million cases has a chance of one in
// thirty million, and would join two cases.
func caseKey(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// dispositions in the order of reports.
var dispositions = []agent.Disposition{agent.Answer, agent.Human, agent.Escalate, agent.Emergency, agent.Consent, agent.Decline, agent.Silent}

func wayOf(d agent.Disposition) uint8 {
	for i, known := range dispositions {
		if d == known {
			return 1 << i
		}
	}
	return 1 << len(dispositions)
}

func waysOf(mask uint8) []string {
	var out []string
	for i, d := range dispositions {
		if mask&(1<<i) != 0 {
			out = append(out, string(d))
		}
	}
	return out
}
