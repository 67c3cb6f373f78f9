package language

// WordID is the number of a word in a Dictionary; 0 stands for every word
// that is not in it.
type WordID int32

// Dictionary numbers the words that any detector knows, so that a word of a
// message is looked up once and not by each detector. Detectors add their
// words while they are loaded, one detector after the other; from then on it
// is read-only and safe for use by many goroutines.
type Dictionary struct {
	ids   map[string]WordID
	words []string // by WordID
}

// NewDictionary returns an empty dictionary.
func NewDictionary() *Dictionary {
	return &Dictionary{ids: map[string]WordID{}, words: make([]string, 1)}
}

// Add returns the number of a word, which is new if need be.
func (d *Dictionary) Add(word string) WordID {
	id, ok := d.ids[word]
	if !ok {
		id = WordID(len(d.words))
		d.ids[word] = id
		d.words = append(d.words, word)
	}
	return id
}

// ID returns the number of a word.
func (d *Dictionary) ID(word string) WordID { return d.ids[word] }

// Word returns the word with a number.
func (d *Dictionary) Word(id WordID) string { return d.words[id] }

// Len is greater than every WordID by now.
func (d *Dictionary) Len() int { return len(d.words) }

// Number fills in the numbers of text's tokens.
func (d *Dictionary) Number(text *Text) {
	if text.dictionary == d {
		return
	}
	text.dictionary = d
	for i := range text.Tokens {
		t := &text.Tokens[i]
		t.ID = d.ids[t.Word]
		if t.SurfaceID = t.ID; t.Surface != t.Word {
			t.SurfaceID = d.ids[t.Surface]
		}
	}
}

// Numbered returns text with the numbers of d, which it has where a reader of
// the same dictionary read it.
func (d *Dictionary) Numbered(text Text) Text {
	if text.dictionary != d {
		text.Tokens = append([]Token(nil), text.Tokens...)
		d.Number(&text)
	}
	return text
}
