package language

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Token is one word or number of a message.
type Token struct {
	// Word is what detectors read: folded, chat forms written out, misspellings
	// repaired where that is certain.
	Word string
	// Surface is Word before chat forms and repair.
	Surface string
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
	Question bool
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
	s := scanner{text: Text{Raw: raw}, buf: make([]byte, 0, len(raw)+16)}
	s.text.Tokens = make([]Token, 0, len(raw)/5+2)
	for i, r := range raw {
		s.rune(i, r)
	}
	s.flush(len(raw))
	s.text.Tokens = joinSpelled(s.text.Tokens)
	return s.text
}

type scanner struct {
	text   Text
	buf    []byte // the folded token that is being read
	start  int    // its first byte in raw; -1 outside a token
	open   bool
	digits bool // the token so far is digits only
	brk    bool // a sentence ended since the last token
	glue   byte // separator since the last token, 0 after a space
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

// wide handles what is not ASCII.
func (s *scanner) wide(at int, r rune) {
	switch r {
	case 'ñ', 'Ñ', '¿', '¡', 'á', 'í', 'ó', 'ú', 'é', 'Á', 'Í', 'Ó', 'Ú', 'É', 'ü', 'Ü':
		s.text.spanishMarks++
	case 'ã', 'õ', 'ê', 'ô', 'â', 'ç', 'è', 'à', 'ù', 'ò', 'î', 'û', 'ë', 'ï', 'œ', 'Ê', 'Ç', 'È', 'À':
		s.text.foreignMarks++
	}
	switch {
	case unicode.In(r, unicode.Mn, unicode.Cf):
		return // combining marks, zero-width and bidirectional controls
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		s.wideLetter(at, r)
	case r == '…' || r == '¿' || r == '¡' || r == '。' || r == '？' || r == '！':
		s.separate(at, '.')
		s.text.Question = s.text.Question || r == '¿' || r == '？'
	case unicode.Is(unicode.So, r) || r >= 0x1F000 || unicode.Is(unicode.Sk, r):
		if len(s.text.Emoji) < 64 {
			s.text.Emoji = append(s.text.Emoji, r)
		}
		s.separate(at, ' ')
	default:
		s.separate(at, ' ')
	}
}

func (s *scanner) wideLetter(at int, r rune) {
	if lookalike, ok := lookalikes[r]; ok && (s.open || s.text.latinLetters > 0) {
		s.letter(at, lookalike)
		return
	}
	if unicode.Is(unicode.Latin, r) || unicode.IsDigit(r) || isCompatLatin(r) {
		if isVietnamese(r) {
			s.text.vietnameseMarks++
		}
		wrote := false
		for _, d := range norm.NFKD.String(string(r)) {
			switch {
			case unicode.Is(unicode.Mn, d):
			case d >= '0' && d <= '9':
				s.digit(at, byte(d))
				wrote = true
			case d < utf8.RuneSelf && unicode.IsLetter(d):
				s.text.latinLetters++
				s.letter(at, byte(unicode.ToLower(d)))
				wrote = true
			}
		}
		if wrote {
			return
		}
	}
	s.text.foreignLetters++
	s.begin(at)
	s.digits = false
	s.buf = utf8.AppendRune(s.buf, unicode.ToLower(r))
}

func (s *scanner) begin(at int) {
	if !s.open {
		s.open, s.start, s.digits = true, at, true
	}
}

func (s *scanner) letter(at int, b byte) {
	if s.open && s.digits && len(s.buf) > 0 {
		s.flush(at) // 3pm, 24th
		s.glue = 0
	}
	s.begin(at)
	s.digits = false
	if n := len(s.buf); n >= 2 && s.buf[n-1] == b && s.buf[n-2] == b {
		return
	}
	s.buf = append(s.buf, b)
}

func (s *scanner) digit(at int, b byte) {
	s.begin(at)
	s.buf = append(s.buf, b)
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
	w := s.text.Tokens[len(s.text.Tokens)-1].Surface
	switch w {
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
	if len(s.buf) == 0 {
		return
	}
	word := string(s.buf)
	s.buf = s.buf[:0]
	s.text.Tokens = append(s.text.Tokens, Token{
		Word: word, Surface: word, Start: s.start, End: end, Break: s.brk && len(s.text.Tokens) > 0, Glue: s.glue,
	})
	s.brk, s.glue = false, 0
}

// joinSpelled joins runs of three or more single letters ("c h e s t") and
// of letters with full stops ("p.m.", "e.r."), which are ways to write a word
// and to hide one.
func joinSpelled(tokens []Token) []Token {
	single := func(t Token) bool { return len(t.Word) == 1 && t.Word[0] >= 'a' && t.Word[0] <= 'z' }
	out := tokens[:0]
	for i := 0; i < len(tokens); {
		j := i
		for j < len(tokens) && single(tokens[j]) && (j == i || !tokens[j].Break) {
			j++
		}
		dotted := j-i == 2 && tokens[i+1].Glue == '.'
		if j-i < 4 && !dotted {
			out = append(out, tokens[i])
			i++
			continue
		}
		var b strings.Builder
		for _, t := range tokens[i:j] {
			b.WriteString(t.Word)
		}
		joined := tokens[i]
		joined.Word, joined.Surface, joined.End = b.String(), b.String(), tokens[j-1].End
		out = append(out, joined)
		i = j
	}
	return out
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', '`', '´', 'ʼ':
		return true
	}
	return false
}

// isCompatLatin tells forms that only look styled: full width, mathematical
// alphabets, circled letters.
func isCompatLatin(r rune) bool {
	return r >= 0xFF10 && r <= 0xFF5A || r >= 0x1D400 && r <= 0x1D7FF || r >= 0x2460 && r <= 0x24FF
}

func isVietnamese(r rune) bool {
	return r >= 0x1EA0 && r <= 0x1EF9 || r == 'ơ' || r == 'ư' || r == 'đ' || r == 'Đ' || r == 'ă'
}

// lookalikes maps letters of other scripts that stand in for Latin ones
// inside Latin text.
var lookalikes = map[rune]byte{
	'а': 'a', 'е': 'e', 'о': 'o', 'р': 'p', 'с': 'c', 'у': 'y', 'х': 'x', 'і': 'i', 'ѕ': 's', 'ј': 'j',
	'к': 'k', 'м': 'm', 'т': 't', 'н': 'h', 'в': 'b', 'ɑ': 'a', 'ο': 'o', 'α': 'a', 'ν': 'v', 'ı': 'i', 'ł': 'l', 'ø': 'o',
}
