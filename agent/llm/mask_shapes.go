package llm

import (
	"regexp"
	"strings"
	"unicode"
)

// sep is what people put between the digits of one number.
const sep = `[\s().\-–—_/·•\p{Cf}]`

// shapes are found wherever they stand. Digits are those of any script, and
// what cannot be seen may stand between them.
var shapes = []struct {
	kind    string
	pattern *regexp.Regexp
}{
	{"EMAIL", regexp.MustCompile(`[\pL\pN._%+\-]+\s?@\s?[\pL\pN\-]+(?:\.[\pL\pN\-]+)*`)},
	{"EMAIL", regexp.MustCompile(`(?i)[\pL\pN._\-]+ ?[(\[]?(?:\bat\b|\barroba\b)[)\]]? ?[\pL\pN\-]+ ?[(\[]?(?:\bdot\b|\bpunto\b|\.)[)\]]? ?(?:com|net|org|edu|mx|es|us)\b`)},
	{"HANDLE", regexp.MustCompile(`@[\pL\pN._]{3,}`)},
	{"URL", regexp.MustCompile(`(?i)\b(?:https?://|www\.)\S+`)},
	{"URL", regexp.MustCompile(`(?i)\b[\pL\pN\-]+(?:\.[\pL\pN\-]+)*\.(?:com|net|org|edu|gov|io|me|mx|app|link|ly|co)/\S*`)},
	{"ID", regexp.MustCompile(`(?i)\b[1-9][a-z][a-z0-9]\d[ \-]?[a-z][a-z0-9]\d[ \-]?[a-z]{2}\d{2}\b`)},
	// a Mexican CURP or RFC
	{"ID", regexp.MustCompile(`(?i)\b[a-zñ&]{3,4}\d{6}[a-z0-9]{3,8}\b`)},
	{"DATE", regexp.MustCompile(`\p{Nd}{1,2}\s?[/.\-]\s?\p{Nd}{1,2}\s?[/.\-]\s?(?:\p{Nd}{4}|\p{Nd}{2})`)},
	{"DATE", regexp.MustCompile(`\p{Nd}{4}\s?[/.\-]\s?\p{Nd}{1,2}\s?[/.\-]\s?\p{Nd}{1,2}`)},
	{"DATE", regexp.MustCompile(`(?i)\b(?:` + months + `)\.?\s+\p{Nd}{1,2}(?:st|nd|rd|th)?\s*,?\s+(?:of\s+|de\s+|del\s+)?\p{Nd}{2,4}\b`)},
	{"DATE", regexp.MustCompile(`(?i)\p{Nd}{1,2}(?:st|nd|rd|th)?\s*(?:of\s+|de\s+|-|/)?\s*(?:` + months + `)\.?\s*(?:,|of\s|de\s|del\s|-|/)?\s*(?:\p{Nd}{4}|'?\p{Nd}{2}\b)`)},
	{"NUMBER", regexp.MustCompile(`(?:\+|#)?\p{Nd}(?:` + sep + `{0,3}\p{Nd}){6,}`)},
	{"NUMBER", regexp.MustCompile(`\p{Nd}(?:[\-\p{Cf}]?\p{Nd}){4,}`)},
	{"NUMBER", regexp.MustCompile(`(?i)\b(?:` + digitWords + `)(?:[\s,.\-]+(?:` + digitWords + `|\p{Nd}{1,4})){4,}\b`)},
	{"AGE", regexp.MustCompile(`(?i)\b(?:9\d|1[01]\d)(?:\s|-)*(?:years?|yrs?|y/?o|años?|anos)\b`)},
	{"ADDRESS", regexp.MustCompile(`(?i)\b\p{Nd}{1,6}[a-z]?\s+(?:(?:[nsew]|north|south|east|west)\.?\s+)?(?:[\pL\pN.'’\-]+\s+){1,4}?(?:street|st|avenue|ave|av|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|way|place|pl|circle|cir|terrace|ter|trail|trl|parkway|pkwy|highway|hwy|freeway|fwy|loop|square|sq|alley|plaza|run|path|bend|crossing|cove)\b\.?(?:[\s,]+(?:apt|apartment|unit|suite|ste|lot|#)\.?\s*#?\s*[\pL\pN\-]+)?`)},
	{"ADDRESS", regexp.MustCompile(`(?i)\b(?:calle|c/|avenida|av\.|avda\.?|calzada|carretera|colonia|col\.|callejón|callejon|privada|bulevar|boulevard|blvd\.?|camino|fraccionamiento|fracc\.|barrio|paseo)\s+[\pL\pN.'’\-]+(?:\s+[\pL\pN.'’\-]+){0,3}?\s*,?\s*(?:#|no\.?|núm\.?|num\.?|número|numero)?\s*\p{Nd}{1,6}\b`)},
	{"ADDRESS", regexp.MustCompile(`(?i)\b(?:p\.?\s?o\.?\s?box|apartado(?: postal)?|apt|apartment|unit|depto|departamento|apto)\.?\s*#?\s*\pN[\pL\pN\-]*`)},
}

const months = `jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|` +
	`ene(?:ro)?|febrero|marzo|abr(?:il)?|mayo|junio|julio|ago(?:sto)?|sep(?:tiembre)?|setiembre|octubre|noviembre|dic(?:iembre)?`

const digitWords = `zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve`

// told are what follows a word that says what it is; the first group is
// masked.
var told = []struct {
	kind    string
	pattern *regexp.Regexp
}{
	{"DATE", regexp.MustCompile(`(?i)\b(?:born|dob|d\.o\.b\.?|date of birth|birth ?date|birthday|bday|nac[ií](?:ó|o|da|do)?|naci[oó]|fecha de nac(?:imiento)?|cumple(?:años|anos)?|f\.?n\.?)(?:\s+(?:is|was|on|in|the|es|fue|el|en|del?))*\s*[:=\-]?\s*((?:\p{Nd}+(?:st|nd|rd|th)?|of|de|del|` + months + `)(?:[\s,./\-]+(?:\p{Nd}+(?:st|nd|rd|th)?|of|de|del|` + months + `)\b)*)`)},
	{"ID", regexp.MustCompile(`(?i)\b(?:member|subscriber|policy|group|account|acct|claim|case|chart|patient|medical record|mrn|medicaid|medicare|insurance|ssn|social(?: security)?|license|passport|id|póliza|poliza|afiliad[oa]|soci[oa]|expediente|cuenta|folio|seguro(?: social)?|matr[ií]cula|licencia|pasaporte|curp|rfc|nss)(?:\s+(?:id|number|num|no|nro|número|numero|card|tarjeta|de))*\.?\s*(?:is|es|:|=|#|-)*\s*#?\s*([\pL\-]*\p{Nd}[\pL\pN\-]{1,})`)},
	{"NUMBER", regexp.MustCompile(`(?i)\b(?:last (?:four|4)|ending (?:in|with)|ends (?:in|with)|[uú]ltimos (?:cuatro|4)|termina(?:da|do|n)? en|pin|code|c[oó]digo)(?:\s+(?:digits|d[ií]gitos|are|is|son|es|of|my|de|mi|ssn|social))*\s*[:=]?\s*(\p{Nd}[\p{Nd}\s\-]*\p{Nd})`)},
	{"ADDRESS", regexp.MustCompile(`(?i)\b(?:(?:i|we) live (?:at|on|in|near|by)|living (?:at|on|in)|my address is|address\s*:|vivo (?:en|por|cerca de)|vivimos (?:en|por)|mi (?:direcci[oó]n|domicilio) es|direcci[oó]n\s*:|domicilio\s*:)\s*((?:[^\s,.;!?¿¡]+(?:[ \t]+|,[ \t]*)?){1,7})`)},
}

// find returns every part of text that identifies a person, in no order and
// overlapping where two detectors agree.
func find(text string) []hidden {
	var out []hidden
	for _, s := range shapes {
		for _, at := range s.pattern.FindAllStringIndex(text, -1) {
			out = append(out, hidden{at[0], at[1], s.kind})
		}
	}
	for _, s := range told {
		for _, at := range s.pattern.FindAllStringSubmatchIndex(text, -1) {
			out = append(out, hidden{at[2], at[2] + len(strings.TrimRight(text[at[2]:at[3]], " \t,.-")), s.kind})
		}
	}
	out = append(out, codes(text)...)
	return append(out, names(text)...)
}

// codes finds words that mix letters with four digits or more, as member ids
// do in every plan's own form.
func codes(text string) []hidden {
	var out []hidden
	start, letters, digits := -1, 0, 0
	flush := func(end int) {
		if start >= 0 && digits >= 4 && letters >= 1 {
			out = append(out, hidden{start, end, "ID"})
		}
		start, letters, digits = -1, 0, 0
	}
	for i, r := range text {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			letters++
		case r == '-' || r == '_' || unicode.Is(unicode.Cf, r):
		default:
			flush(i)
			continue
		}
		if start < 0 {
			start = i
		}
	}
	flush(len(text))
	return out
}
