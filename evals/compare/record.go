package compare

import (
	"encoding/json"
	"fmt"
	"hash"
	"hash/fnv"
	"strings"

	"recado/agent"
	"recado/evals/judge"
	"recado/evals/outcome"
	"recado/evals/suite"
)

// record is what is kept of a case under one variant and perturbation over all
// its repeats.
type record struct {
	suite, id, lang    string
	variant            int // place of the match
	typing             suite.Perturbation
	pass, fail, errors int
	votes              judge.Votes
	// Hashes of the first judged repeat: what was said and expected, the
	// dispositions, all of the decision but its words, and the words.
	words, path, way, text uint64
	strayed                bool // another repeat was decided in another way
}

func (r *record) judged() int { return r.pass + r.fail }

// status is that of most repeats; a tie fails.
func (r *record) status() outcome.Status {
	switch {
	case r.judged() == 0:
		return outcome.Error
	case r.pass > r.fail:
		return outcome.Pass
	}
	return outcome.Fail
}

func (r *record) flaky() bool { return r.strayed || r.pass > 0 && r.fail > 0 }

func (r *record) key() uint64 { return keyOf(r.variant, r.suite, r.id, r.typing) }

func keyOf(variant int, suiteName, id string, typing suite.Perturbation) uint64 {
	return sum(func(h hash.Hash64) { fmt.Fprintf(h, "%d\x00%s\x00%s\x00%s", variant, suiteName, id, typing) })
}

func sum(write func(hash.Hash64)) uint64 {
	h := fnv.New64a()
	write(h)
	return h.Sum64()
}

// records are those of one run, in its order.
type records struct {
	list []record
	at   map[uint64]int
	// partial: the run left out cases of its suites, or was interrupted.
	partial bool
}

func (r *records) find(key uint64) *record {
	if i, ok := r.at[key]; ok {
		return &r.list[i]
	}
	return nil
}

// collect reads a run. first is called with the first judged repeat of each
// case.
func collect(r Run, side func(match) outcome.Variant, matches []match, first func(*record, *outcome.Outcome)) (*records, error) {
	out := &records{at: map[uint64]int{}}
	n := 0
	err := r.each(side, matches, func(variant int, o *outcome.Outcome) {
		rec := out.of(variant, o)
		if o.Status == outcome.Error {
			rec.errors++
			return
		}
		rec.add(o, side(matches[variant]).Mode)
		if rec.judged() == 1 && first != nil {
			first(rec, o)
		}
	})
	for _, rec := range out.list {
		n += rec.judged() + rec.errors
	}
	out.partial = len(r.Header.Chosen) > 0 || len(matches) == len(r.Header.Variants) && n < r.Header.Outcomes
	return out, err
}

func (r *records) of(variant int, o *outcome.Outcome) *record {
	key := keyOf(variant, o.Suite, o.ID, typingOf(o))
	if rec := r.find(key); rec != nil {
		return rec
	}
	r.at[key] = len(r.list)
	r.list = append(r.list, record{suite: o.Suite, id: strings.Clone(o.ID), lang: o.Case.Lang, variant: variant, typing: typingOf(o)})
	return &r.list[len(r.list)-1]
}

func (r *record) add(o *outcome.Outcome, mode outcome.Mode) {
	way := wayOf(o)
	switch {
	case r.judged() == 0:
		r.words, r.path, r.way, r.text = wordsOf(o), pathOf(dispositionsOf(o)), way, textOf(o)
	case r.way != way:
		r.strayed = true
	}
	if o.Status == outcome.Pass { // a known failure is one
		r.pass++
	} else {
		r.fail++
	}
	r.votes.Add(judge.MarksOf(*o, mode))
}

// typingOf is how an outcome's message was typed.
func typingOf(o *outcome.Outcome) suite.Perturbation {
	if o.Perturbation == "" {
		return suite.AsWritten
	}
	return o.Perturbation
}

// wordsOf is a hash of what was said and expected.
func wordsOf(o *outcome.Outcome) uint64 {
	return sum(func(h hash.Hash64) {
		e := json.NewEncoder(h)
		for i := range o.Turns {
			t := &o.Turns[i]
			// neither strings nor the plain fields of Expect can fail to encode
			_ = e.Encode(t.Says)
			_ = e.Encode(t.Attachment)
			_ = e.Encode(t.Expect)
		}
	})
}

func dispositionsOf(o *outcome.Outcome) []agent.Disposition {
	out := make([]agent.Disposition, len(o.Turns))
	for i := range o.Turns {
		out[i] = o.Turns[i].Disposition
	}
	return out
}

// pathOf is a hash of the dispositions of a case.
func pathOf(ds []agent.Disposition) uint64 {
	return sum(func(h hash.Hash64) { fmt.Fprintf(h, "%q", ds) })
}

// wayOf is a hash of how a case was decided, without the words of the reply.
func wayOf(o *outcome.Outcome) uint64 {
	return sum(func(h hash.Hash64) {
		for i := range o.Turns {
			t := &o.Turns[i]
			fmt.Fprintf(h, "%s %s %q %s %s\x00", t.Disposition, t.ReplyLang, t.Reply, t.Consent, t.Priority)
		}
	})
}

// textOf is a hash of what the patient reads.
func textOf(o *outcome.Outcome) uint64 {
	return sum(func(h hash.Hash64) {
		for i := range o.Turns {
			fmt.Fprintf(h, "%s\x00", o.Turns[i].Text)
		}
	})
}
