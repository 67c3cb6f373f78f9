package language

import (
	_ "embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

//go:embed chat.yaml
var chatFile []byte

// chatForms is chat.yaml: how people shorten words, and which words tell no
// language or another one.
type chatForms struct {
	EN      map[string]string `yaml:"en"`
	ES      map[string]string `yaml:"es"`
	Neutral []string          `yaml:"neutral"`
	Alone   []string          `yaml:"alone"`
	Other   []string          `yaml:"other"`
}

// known is what the detector knows of a word.
type known struct {
	odds float64 // log-odds for English over Spanish, 0 where the word tells nothing
	// english and spanish are what the word stands for as a chat form of that
	// language, by its place in words.forms; 0 where it is none.
	english, spanish uint16
	told             bool // odds are known: other words are told by their letters
	learned          bool // the model has the word
	foreign          bool // a word of another language, and no clear one of these two
	alone            bool // makes a message Spanish that nothing else tells the language of
}

// words is everything that is known of single words.
type words struct {
	dictionary *Dictionary
	known      []known  // by WordID; later words are not known
	forms      [][]form // the first stands for none
}

// form is a word that a chat form stands for.
type form struct {
	word string
	id   WordID
}

// loadWords joins chat.yaml with the words of a model.
func loadWords(m Model, d *Dictionary) (*words, error) {
	var f chatForms
	if err := yaml.Load(chatFile, &f, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("chat.yaml: %w", err)
	}
	w := &words{dictionary: d, forms: make([][]form, 1)}
	for word, odds := range m.Words {
		k := w.get(word)
		k.odds, k.learned, k.told = float64(odds), true, true
	}
	for form, written := range f.EN {
		w.get(form).english = w.form(written)
	}
	for form, written := range f.ES {
		w.get(form).spanish = w.form(written)
	}
	for id := range w.known {
		// a form of one language only tells that language
		k := &w.known[id]
		switch {
		case (k.english != 0) == (k.spanish != 0) || d.Word(WordID(id))[0] <= '9':
			continue
		case k.english != 0:
			k.odds, k.told = strong, true
		default:
			k.odds, k.told = -strong, true
		}
	}
	for _, word := range f.Neutral {
		k := w.get(word)
		k.odds, k.told = 0, true
	}
	for _, word := range f.Other {
		k := w.get(word)
		if !k.told {
			k.odds, k.told = m.spelled(word), true
		}
		k.foreign = !k.learned || k.odds < strong && k.odds > -strong
	}
	for _, word := range f.Alone {
		w.get(word).alone = true
	}
	return w, nil
}

// get returns what is known of a word, to add to it. It is valid until the
// next call.
func (w *words) get(word string) *known {
	id := w.dictionary.Add(word)
	if more := w.dictionary.Len() - len(w.known); more > 0 {
		w.known = append(w.known, make([]known, more)...)
	}
	return &w.known[id]
}

func (w *words) form(written string) uint16 {
	var all []form
	for _, word := range strings.Fields(written) {
		all = append(all, form{word, w.dictionary.Add(word)})
	}
	w.forms = append(w.forms, all)
	return uint16(len(w.forms) - 1)
}

// of returns what is known of a word as it was written.
func (w *words) of(t *Token, m *Model) known {
	var k known
	if int(t.SurfaceID) < len(w.known) {
		k = w.known[t.SurfaceID]
	}
	if !k.told {
		k.odds = m.spelled(t.Surface)
	}
	return k
}

// written returns what a word stands for where the words around it are of
// lang, and whether it stands for anything.
func (w *words) written(k known, lang Language) ([]form, bool) {
	form := k.english
	if lang == Spanish || lang == "" && form == 0 {
		form = k.spanish
	}
	return w.forms[form], form != 0
}

// expand writes chat forms out. A form that both languages use is read in
// the language of the word before it, else of the message. all is what is
// known of each token.
func (w *words) expand(tokens []Token, all []known, message Language) []Token {
	var out []Token
	last := message
	for i := range tokens {
		t := &tokens[i]
		lang := t.Language
		if lang == "" {
			lang = last
		} else {
			last = lang
		}
		written, ok := w.written(all[i], lang)
		switch {
		case !ok && out != nil:
			out = append(out, *t)
		case ok:
			if out == nil {
				out = append(make([]Token, 0, len(tokens)+4), tokens[:i]...)
			}
			for n, f := range written {
				token := *t
				token.Word, token.ID = f.word, f.id
				if n > 0 {
					token.Break, token.Glue = false, 0
				}
				out = append(out, token)
			}
		}
	}
	if out == nil {
		return tokens
	}
	return out
}
