package language

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// wide handles what is not ASCII.
func (s *scanner) wide(at int, r rune) {
	switch r {
	case 'ñ', 'Ñ', '¿', '¡', 'á', 'í', 'ó', 'ú', 'é', 'Á', 'Í', 'Ó', 'Ú', 'É', 'ü', 'Ü':
		s.text.spanishMarks++
	case 'ã', 'õ', 'ê', 'ô', 'â', 'ç', 'è', 'à', 'ù', 'ò', 'î', 'û', 'ë', 'ï', 'œ', 'Ê', 'Ç', 'È', 'À':
		s.text.foreignMarks++
	}
	switch {
	case int(r) < len(accented) && accented[r] != 0:
		if isVietnamese(r) {
			s.text.vietnameseMarks++
		}
		s.text.latinLetters++
		s.letter(at, accented[r])
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
	s.folded = utf8.AppendRune(s.folded, unicode.ToLower(r))
}

// accented holds the letter below the accent for the Latin letters that
// English, Spanish and their neighbours use, 0 for other runes.
var accented = func() (letters [0x180]byte) {
	for r := rune(0xC0); int(r) < len(letters); r++ {
		if base, _ := utf8.DecodeRuneInString(norm.NFD.String(string(r))); base < utf8.RuneSelf {
			letters[r] = byte(unicode.ToLower(base))
		}
	}
	return letters
}()

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
