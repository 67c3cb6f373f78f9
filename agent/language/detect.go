package language

import "slices"

// Model holds what training learned of the two languages. Positive values
// speak for English, negative ones for Spanish; all are natural log-odds.
type Model struct {
	Words map[string]float32
	Grams []float32 // by hashed letter n-gram, for words not in Words
}

// Sizes and limits of the model; see Train.
const (
	gramBuckets = 1 << 13
	maxGram     = 5
	clip        = 4.0
	switchCost  = 1.0
	strong      = 1.8 // log-odds of a word that speaks clearly
	markWeight  = 1.2 // of one ñ, ¿, ¡ or accent, for Spanish
)

// Detector tells which language a message is in. It is read-only after
// NewDetector and safe for use by many goroutines.
type Detector struct {
	model Model
	words *words
}

// NewDetector joins a trained model with the shipped chat forms. It adds their
// words to d.
func NewDetector(m Model, d *Dictionary) (*Detector, error) {
	w, err := loadWords(m, d)
	if err != nil {
		return nil, err
	}
	return &Detector{model: m, words: w}, nil
}

// Result is what Detect found.
type Result struct {
	Language Language // English, Spanish, Mixed or Other; empty where nothing tells
	// Score is the log-odds for English over Spanish of the whole message.
	Score float64
	// Asked is the language that the patient asked for in words, if any.
	Asked Language
}

// Detect labels each token's language and returns the message's, and writes
// chat forms out in text.
func (d *Detector) Detect(text *Text) Result {
	d.words.dictionary.Number(text)
	tokens := text.Tokens
	var space [shortText]known
	all := space[:0]
	total := -markWeight * float64(min(text.spanishMarks, 4))
	others, telling := 0, 0
	for i := range tokens {
		w := tokens[i].Surface
		k := d.words.of(&tokens[i], &d.model)
		all = append(all, k)
		total += k.odds
		if len(w) > 1 && w[0] > '9' {
			telling++
			if k.foreign {
				others++
			}
		}
	}
	label(tokens, all)
	r := Result{Score: total, Language: whole(text, all, total, others, telling)}
	message := r.Language
	if message == Mixed || message == Other {
		message = ""
		if total > 1 {
			message = English
		} else if total < -1 {
			message = Spanish
		}
	}
	r.Asked = asked(tokens)
	text.Tokens = d.words.expand(tokens, all, message)
	return r
}

// shortText is the most tokens of a text that needs no memory but the stack.
const shortText = 64

// spelled returns the log-odds of a word by its letters, 0 where they tell
// nothing.
func (m *Model) spelled(w string) float64 {
	if w[0] <= '9' || len(m.Grams) == 0 || len(w) < 3 {
		return 0
	}
	sum, n := 0.0, 0
	grams(w, func(h uint64) {
		sum += float64(m.Grams[h%gramBuckets])
		n++
	})
	return max(-clip/2, min(clip/2, sum/float64(n)*2))
}

// label runs the two-state Viterbi over the tokens: a language is kept until
// the words for the other outweigh the cost of a switch.
func label(tokens []Token, all []known) {
	if len(tokens) == 0 {
		return
	}
	const en, es = 0, 1
	var space [shortText][2]uint8
	back := space[:0]
	best := [2]float64{}
	for i := range all {
		emit := [2]float64{all[i].odds / 2, -all[i].odds / 2}
		var next [2]float64
		var from [2]uint8
		for k := range 2 {
			stay, move := best[k], best[1-k]-switchCost
			from[k] = uint8(k)
			next[k] = stay + emit[k]
			if move > stay {
				from[k] = uint8(1 - k)
				next[k] = move + emit[k]
			}
		}
		best, back = next, append(back, from)
	}
	k := uint8(en)
	if best[es] > best[en] {
		k = es
	}
	if best[es] == best[en] {
		return // nothing tells
	}
	for i := len(tokens) - 1; i >= 0; i-- {
		if k == en {
			tokens[i].Language = English
		} else {
			tokens[i].Language = Spanish
		}
		k = back[i][k]
	}
}

func whole(text *Text, all []known, total float64, others, telling int) Language {
	if text.foreignLetters > text.latinLetters || text.vietnameseMarks >= 2 {
		return Other
	}
	if text.foreignMarks >= 2 || text.foreignMarks == 1 && others >= 1 {
		return Other
	}
	if others >= 2 && others*3 >= telling || others == 1 && telling == 1 {
		return Other
	}
	strongEN, strongES := 0, 0
	for i := range text.Tokens {
		t := &text.Tokens[i]
		if len(t.Surface) < 3 {
			continue
		}
		switch {
		case all[i].odds >= strong && t.Language == English:
			strongEN++
		case all[i].odds <= -strong && t.Language == Spanish:
			strongES++
		}
	}
	switch {
	case strongEN > 0 && strongES > 0:
		return Mixed
	case total > 0.3:
		return English
	case total < -0.3:
		return Spanish
	}
	if slices.ContainsFunc(all, func(k known) bool { return k.alone }) {
		return Spanish
	}
	return ""
}

// grams yields the hashed letter n-grams of a word, its ends marked.
func grams(w string, yield func(uint64)) {
	for n := 2; n <= maxGram; n++ {
		for i := -1; i+n <= len(w)+1; i++ {
			h := uint64(fnvOffset)
			for k := i; k < i+n; k++ {
				h = (h ^ uint64(letterAt(w, k))) * fnvPrime
			}
			yield(h)
		}
	}
}

// letterAt is letter i of a word, or the mark of the end that it lies behind.
func letterAt(w string, i int) byte {
	switch i {
	case -1:
		return '^'
	case len(w):
		return '$'
	}
	return w[i]
}
