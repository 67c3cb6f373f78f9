package language

import (
	"sync"
	"unicode/utf8"
)

// Token is one word or number of a message.
type Token struct {
	// Word is what detectors read: folded, chat forms written out, misspellings
	// repaired where that is certain.
	Word string
	// Surface is Word before chat forms and repair.
	Surface string
	// ID and SurfaceID are the numbers of Word and Surface; see Dictionary.
	ID, SurfaceID WordID
	// Start and End are the token's bytes in the message as it was written.
	Start, End int
	// Break is true when a sentence or line ended before this token.
	Break bool
	// Glue is the separator that joins this token to the one before it with
	// no space between, as in 10:30 or 3/14; 0 when there is none.
	Glue byte
	// Language is English, Spanish or empty where the word tells nothing.
	Language Language
}

// Text is a message cut into tokens.
type Text struct {
	Raw    string
	Tokens []Token
	// Emoji holds the pictographs, which are not tokens.
	Emoji []rune
	// Question is true when the message holds a question mark.
	Question   bool
	dictionary *Dictionary // that numbered the tokens; nil for none
	// spanishMarks counts ñ ¿ ¡ and accents, which folding loses.
	spanishMarks int
	// scripts counts letters outside Latin.
	foreignLetters, latinLetters int
	vietnameseMarks              int
	foreignMarks                 int // accents that neither English nor Spanish uses
}

// Words returns the words of the tokens, in order.
func (t Text) Words() []string {
	words := make([]string, len(t.Tokens))
	for i, tok := range t.Tokens {
		words[i] = tok.Word
	}
	return words
}

// Scan cuts a message into folded tokens: compatibility forms and accents
// folded, lower case, apostrophes inside words dropped (can't is cant),
// zero-width and bidirectional controls dropped, letters repeated three times
// or more cut to two, single letters spelled out (c h e s t, p.m.) joined.
// It does no repair and labels no language.
func Scan(raw string) Text {
	s := scanners.Get().(*scanner)
	defer scanners.Put(s)
	*s = scanner{text: Text{Raw: raw}, folded: s.folded[:0], ends: s.ends[:0]}
	s.text.Tokens = make([]Token, 0, len(raw)/5+4)
	for i, r := range raw {
		s.rune(i, r)
	}
	s.flush(len(raw))
	s.join()
	s.write()
	text := s.text
	s.text = Text{}
	return text
}

// IsWord reports whether Scan reads s as a single token that is s itself. It
// may be false for a few words of which that is true.
func IsWord(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 'a' || s[i] > 'z' || i >= 2 && s[i] == s[i-1] && s[i] == s[i-2] {
			return false
		}
	}
	return s != ""
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

type scanner struct {
	text Text
	// folded holds the words of all tokens in a row, the one that is being
	// read last, and ends where each token's word ends: they become strings
	// at last, all at once.
	folded []byte
	ends   []int
	from   int // where the token that is being read starts in folded
	start  int // its first byte in raw
	open   bool
	digits bool // the token so far is digits only
	brk    bool // a sentence ended since the last token
	glue   byte // separator since the last token, 0 after a space
}

// write gives each token its word.
func (s *scanner) write() {
	folded, from := string(s.folded), 0
	for i, end := range s.ends {
		t := &s.text.Tokens[i]
		t.Word, t.Surface = folded[from:end], folded[from:end]
		from = end
	}
}

// word is the folded word of token i.
func (s *scanner) word(i int) []byte {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.folded[from:s.ends[i]]
}

func (s *scanner) rune(at int, r rune) {
	switch {
	case r < utf8.RuneSelf && (r >= 'a' && r <= 'z'):
		s.text.latinLetters++
		s.letter(at, byte(r))
	case r < utf8.RuneSelf && (r >= 'A' && r <= 'Z'):
		s.text.latinLetters++
		s.letter(at, byte(r)+'a'-'A')
	case r >= '0' && r <= '9':
		s.digit(at, byte(r))
	case isApostrophe(r):
		// inside a word it vanishes; elsewhere it separates
		if !s.open {
			s.separate(at, ' ')
		}
	case r < utf8.RuneSelf:
		s.separate(at, byte(r))
	default:
		s.wide(at, r)
	}
}

func (s *scanner) begin(at int) {
	if !s.open {
		s.open, s.start, s.digits = true, at, true
	}
}

func (s *scanner) letter(at int, b byte) {
	if s.open && s.digits && len(s.folded) > s.from {
		s.flush(at) // 3pm, 24th
		s.glue = 0
	}
	s.begin(at)
	s.digits = false
	if n := len(s.folded); n >= s.from+2 && s.folded[n-1] == b && s.folded[n-2] == b {
		return
	}
	s.folded = append(s.folded, b)
}

func (s *scanner) digit(at int, b byte) {
	s.begin(at)
	s.folded = append(s.folded, b)
}

func (s *scanner) separate(at int, b byte) {
	wasOpen := s.open
	s.flush(at)
	switch b {
	case ' ', '\t', '\r', ',', '"', '(', ')', '*', '_', '~':
		s.glue = 0
	case '\n', '!', ';':
		s.brk, s.glue = true, 0
	case '?':
		s.brk, s.glue, s.text.Question = true, 0, true
	case '.':
		s.glue = '.'
		s.brk = s.brk || !wasOpen || !s.abbreviation()
	default:
		s.glue = b
		if !wasOpen {
			s.glue = 0
		}
	}
	if b == ' ' || b == '\n' || b == '\t' {
		s.glue = 0
	}
}

// abbreviation reports whether a full stop after the last token ends no
// sentence: single letters (p.m.), numbers (3.30) and titles (Dr.).
func (s *scanner) abbreviation() bool {
	if len(s.text.Tokens) == 0 {
		return false
	}
	w := s.word(len(s.ends) - 1)
	switch string(w) {
	case "dr", "dra", "sr", "sra", "mr", "mrs", "ms", "st", "ave", "av", "tel", "apt", "approx", "aprox":
		return true
	}
	return len(w) == 1 || w[0] >= '0' && w[0] <= '9'
}

func (s *scanner) flush(end int) {
	if !s.open {
		return
	}
	s.open = false
	if len(s.folded) == s.from {
		return
	}
	s.from = len(s.folded)
	s.ends = append(s.ends, s.from)
	s.text.Tokens = append(s.text.Tokens, Token{
		Start: s.start, End: end, Break: s.brk && len(s.text.Tokens) > 0, Glue: s.glue,
	})
	s.brk, s.glue = false, 0
}

// join joins runs of three or more single letters ("c h e s t") and of
// letters with full stops ("p.m.", "e.r."), which are ways to write a word and
// to hide one.
func (s *scanner) join() {
	tokens, ends := s.text.Tokens, s.ends
	single := func(i int) bool {
		w := s.word(i)
		return len(w) == 1 && w[0] >= 'a' && w[0] <= 'z'
	}
	n := 0
	for i := 0; i < len(tokens); {
		j := i
		for j < len(tokens) && single(j) && (j == i || !tokens[j].Break) {
			j++
		}
		if dotted := j-i == 2 && tokens[i+1].Glue == '.'; j-i < 4 && !dotted {
			j = i + 1
		}
		tokens[n], tokens[n].End, ends[n] = tokens[i], tokens[j-1].End, ends[j-1]
		n++
		i = j
	}
	s.text.Tokens, s.ends = tokens[:n], ends[:n]
}
