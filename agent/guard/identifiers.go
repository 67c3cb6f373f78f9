package guard

import (
	"regexp"

	"recado/agent/language"
)

// Shapes of numbers that identify a person wherever they stand. A phone
// number or an e-mail address alone is not among them: patients may leave
// one to be called back.
var shapes = []struct {
	rule    string
	pattern *regexp.Regexp
}{
	{"identifier.ssn_shape", regexp.MustCompile(`\b\d{3}[- ]\d{2}[- ]\d{4}\b`)},
	// the eleven places of a Medicare Beneficiary Identifier; CMS uses no S L O I B Z
	{"identifier.medicare_shape", regexp.MustCompile(`(?i)\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}\b`)},
	// a full date of a past year, as birth dates are written
	{"identifier.birth_date_shape", regexp.MustCompile(`\b(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|[12]\d|3[01])[/.-](?:19\d{2}|20[01]\d|202[0-4])\b`)},
}

// identifierShapes finds digit shapes that identify a person.
func identifierShapes(text language.Text) []Signal {
	if !holdsDigits(text) {
		return nil
	}
	var signals []Signal
	for _, s := range shapes {
		if at := s.pattern.FindStringIndex(text.Raw); at != nil {
			signals = append(signals, Signal{
				Rule: s.rule, Category: CategoryIdentifier, Risk: Escalate, Intent: "identity",
				Span: [2]int{at[0], at[1]}, Strength: 1,
			})
		}
	}
	return signals
}

// holdsDigits keeps the shapes from being tried on messages with too few
// digits for any of them.
func holdsDigits(text language.Text) bool {
	n := 0
	for i := 0; i < len(text.Raw); i++ {
		if c := text.Raw[i]; c >= '0' && c <= '9' {
			n++
		}
	}
	return n >= 5
}
