package language

import "math"

// Speller knows the words that the detectors know, and finds the one that a
// misspelt word of a message stands for. It is read-only after NewSpeller and
// safe for use by many goroutines.
type Speller struct {
	dictionary *Dictionary
	weight     []float32 // by WordID, 0 for a word that is not in the vocabulary
	english    []float32 // by WordID: log of the word's share of English use
	spanish    []float32
	total      float64
	sounds     map[string]WordID // Spanish sound key -> the last word that sounds so
	alike      []WordID          // by WordID: another one that sounds so; 0 for no more
	edits      deletions
	pairs      pairIndex
}

// leastUsed is how often a word must be used to be repaired to: what was seen
// less may be a slip itself, and is known but nobody's correction.
const leastUsed = 2

// maxNamed is the most uses that a list of named words makes of one: lists
// name words by how much is to be said of them, not by how often people do.
const maxNamed = 5

// NewSpeller builds the index and adds its words to d. m tells which
// language a word is of, and pairs which words stand side by side. used
// holds, per word, how often it is used, and named are words that detectors
// name: most of them are used, if rarely.
func NewSpeller(d *Dictionary, m Model, pairs Pairs, used map[string]float32, named ...map[string]float32) *Speller {
	s := &Speller{dictionary: d, sounds: map[string]WordID{}, pairs: newPairIndex(pairs)}
	add := func(w string, weight float32) {
		if w[0] <= '9' {
			return // a number is nobody's misspelling
		}
		id := d.Add(w)
		if more := d.Len() - len(s.weight); more > 0 {
			s.weight = append(s.weight, make([]float32, more)...)
		}
		s.weight[id] += weight
		s.total += float64(weight)
	}
	for w, n := range used {
		add(w, n)
	}
	for _, words := range named {
		for w, n := range words {
			add(w, min(n, maxNamed))
		}
	}
	s.english, s.spanish = make([]float32, len(s.weight)), make([]float32, len(s.weight))
	s.alike = make([]WordID, len(s.weight))
	var targets []WordID
	for i, weight := range s.weight {
		id, w := WordID(i), d.Word(WordID(i))
		if weight < leastUsed || hasDigit(w) || len(w) < minWord {
			continue
		}
		odds, ok := m.Words[w]
		if !ok {
			odds = float32(m.spelled(w))
		}
		s.english[i], s.spanish[i] = shares(float64(odds))
		targets = append(targets, id)
		if s.spanish[i] < s.english[i]-1 {
			continue
		}
		var space [48]byte
		key := string(appendSound(space[:0], w))
		s.alike[id] = s.sounds[key]
		s.sounds[key] = id
	}
	s.edits = newDeletions(d, targets)
	return s
}

// shares turns the log-odds of a word into the logs of its use in English and
// in Spanish. Neither is nothing: people mix.
func shares(odds float64) (english, spanish float32) {
	const least = 0.02
	p := 1 / (1 + math.Exp(-odds))
	return float32(math.Log(max(p, least))), float32(math.Log(max(1-p, least)))
}

// Knows reports whether the word with a number is known.
func (s *Speller) Knows(id WordID) bool { return int(id) < len(s.weight) && s.weight[id] > 0 }

func (s *Speller) weightOf(id WordID) float64 {
	if int(id) < len(s.weight) {
		return float64(s.weight[id])
	}
	return 0
}
