package language

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
	chat  *chat
}

// NewDetector joins a trained model with the shipped chat forms.
func NewDetector(m Model) (*Detector, error) {
	c, err := loadChat()
	if err != nil {
		return nil, err
	}
	return &Detector{model: m, chat: c}, nil
}

// Result is what Detect found.
type Result struct {
	Language Language // English, Spanish, Mixed or Other; empty where nothing tells
	// Score is the log-odds for English over Spanish of the whole message.
	Score float64
	// Asked is the language that the patient asked for in words, if any.
	Asked Language
}

// Detect labels each token's language and the message's, and writes chat
// forms out. It returns a new text; its argument is not changed.
func (d *Detector) Detect(text Text) (Text, Result) {
	scores := make([]float64, len(text.Tokens))
	total := -markWeight * float64(min(text.spanishMarks, 4))
	others, telling := 0, 0
	for i, t := range text.Tokens {
		scores[i] = d.word(t.Surface)
		total += scores[i]
		if len(t.Surface) > 1 && t.Surface[0] > '9' {
			telling++
			if _, known := d.model.Words[t.Surface]; d.chat.other[t.Surface] && (!known || scores[i] < strong && scores[i] > -strong) {
				others++
			}
		}
	}
	tokens := append([]Token(nil), text.Tokens...)
	d.label(tokens, scores)
	r := Result{Score: total, Language: d.whole(text, tokens, scores, total, others, telling)}
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
	text.Tokens = d.chat.expand(tokens, message)
	return text, r
}

// word returns the log-odds of one word, 0 where it tells nothing.
func (d *Detector) word(w string) float64 {
	if w[0] <= '9' || d.chat.neutral[w] {
		return 0
	}
	_, en := d.chat.en[w]
	_, es := d.chat.es[w]
	if en != es {
		if en {
			return strong
		}
		return -strong
	}
	if s, ok := d.model.Words[w]; ok {
		return float64(s)
	}
	if len(d.model.Grams) == 0 || len(w) < 3 {
		return 0
	}
	sum, n := 0.0, 0
	grams(w, func(h uint64) {
		sum += float64(d.model.Grams[h%gramBuckets])
		n++
	})
	return max(-clip/2, min(clip/2, sum/float64(n)*2))
}

// label runs the two-state Viterbi over the tokens: a language is kept until
// the words for the other outweigh the cost of a switch.
func (d *Detector) label(tokens []Token, scores []float64) {
	if len(tokens) == 0 {
		return
	}
	const en, es = 0, 1
	back := make([][2]uint8, len(tokens))
	best := [2]float64{}
	for i, s := range scores {
		emit := [2]float64{s / 2, -s / 2}
		var next [2]float64
		for k := range 2 {
			stay, move := best[k], best[1-k]-switchCost
			back[i][k] = uint8(k)
			next[k] = stay + emit[k]
			if move > stay {
				back[i][k] = uint8(1 - k)
				next[k] = move + emit[k]
			}
		}
		best = next
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

func (d *Detector) whole(text Text, tokens []Token, scores []float64, total float64, others, telling int) Language {
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
	for i, t := range tokens {
		if len(t.Surface) < 3 {
			continue
		}
		switch {
		case scores[i] >= strong && t.Language == English:
			strongEN++
		case scores[i] <= -strong && t.Language == Spanish:
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
	return ""
}

// asked finds a wish for a language: "in english please", "en español".
func asked(tokens []Token) Language {
	for i, t := range tokens {
		lang := named(t.Surface)
		if lang == "" || i == 0 {
			continue
		}
		switch tokens[i-1].Surface {
		case "in", "en", "ingles", "english":
			if i >= 2 && namedVerb(tokens[i-2].Surface) {
				continue // "forms in English" asks about the forms
			}
			return lang
		}
	}
	if len(tokens) <= 2 && len(tokens) > 0 && (len(tokens) == 1 || polite(tokens[1].Surface)) {
		return named(tokens[0].Surface)
	}
	return ""
}

func named(w string) Language {
	switch w {
	case "english", "ingles":
		return English
	case "spanish", "espanol":
		return Spanish
	}
	return ""
}

func namedVerb(w string) bool {
	switch w {
	case "forms", "form", "paperwork", "papers", "formularios", "formas", "papeles", "doctor", "doctors", "interpreter", "documentos", "website", "pagina":
		return true
	}
	return false
}

func polite(w string) bool {
	switch w {
	case "please", "pls", "plz", "porfavor", "porfa", "por":
		return true
	}
	return false
}

// grams yields the hashed letter n-grams of a word, its ends marked.
func grams(w string, yield func(uint64)) {
	padded := "^" + w + "$"
	for n := 2; n <= maxGram; n++ {
		for i := 0; i+n <= len(padded); i++ {
			h := uint64(fnvOffset)
			for k := i; k < i+n; k++ {
				h = (h ^ uint64(padded[k])) * fnvPrime
			}
			yield(h)
		}
	}
}
