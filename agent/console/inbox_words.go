package console

import (
	"slices"
	"strings"

	"recado/agent"
	"recado/agent/guard"
	"recado/agent/inbox"
	"recado/agent/language"
)

// label is a code with what it is called.
type label struct {
	Code string
	Text string
	Lang string // of Text, where it is not the page's

	small bool
}

// Inside is the text in the middle of a sentence: languages are written small
// in Spanish.
func (l label) Inside() string {
	if l.small {
		return strings.ToLower(l.Text)
	}
	return l.Text
}

// named is a code's text below a table, or that of unknown.
func named(t Texts, table, code string) label {
	key := table + "." + code
	if code == "" || !t.Has(key) {
		key = table + ".unknown"
	}
	return label{Code: code, Text: t.Say(key)}
}

// priorityName is a priority with the code that styles know.
func priorityName(t Texts, p agent.Priority) label {
	l := named(t, "priority", string(p))
	if !t.Has("priority." + l.Code) {
		l.Code = "unknown"
	}
	return l
}

func channelName(t Texts, c agent.Channel) label { return named(t, "channel", string(c)) }
func spokenName(t Texts, l language.Language) label {
	name := named(t, "spoken", string(l))
	name.small = t.Lang() == "es"
	return name
}
func outcomeName(t Texts, o inbox.Outcome) label {
	return label{Code: string(o), Text: t.Say("outcome." + string(o))}
}
func stateName(t Texts, s inbox.State) label             { return named(t, "state", string(s)) }
func dispositionName(t Texts, d agent.Disposition) label { return named(t, "disposition", string(d)) }

// groups are first parts of rule ids, in Spanish, with those of the same
// matter in English.
var groups = map[string]string{
	"respira": "breathing", "corazon": "heart", "derrame": "stroke", "conciencia": "conscious", "sangre": "bleed",
	"golpe": "trauma", "alergia": "allergy", "embarazo": "pregnancy", "bebe": "infant", "grave": "illness",
	"ayuda": "help", "veneno": "poison", "auto": "self", "violencia": "violence",
}

// vague are groups that say less than an intent does.
var vague = []string{"gate", "classifier", "policy", "silent", "llm", "past", "again", "idiom", "saying", "everyday", "decline", "wider", "mention", "personal", "help", "consent", "other", "none"}

// dangers are groups of danger to life: they are named before all others.
var dangers = []string{
	"breathing", "heart", "stroke", "brain", "headache", "vision", "conscious", "seizure", "bleed", "wound", "trauma",
	"allergy", "bite", "pregnancy", "infant", "illness", "poison", "self", "violence",
}

// groupOf is what a rule is about: a key of [rule].
func groupOf(rule string) string {
	rule = strings.TrimPrefix(rule, "es.")
	group, _, _ := strings.Cut(rule, ".")
	if same, ok := groups[group]; ok {
		return same
	}
	return group
}

func groupName(t Texts, rule string) label {
	group := groupOf(rule)
	switch {
	case rule == "":
		group = "none"
	case !t.Has("rule." + group):
		group = "other"
	}
	return label{Code: group, Text: t.Say("rule." + group)}
}

// ruleName is a rule in a word or two.
func ruleName(t Texts, rule string) string {
	if key := "why." + strings.ReplaceAll(rule, ".", "_"); t.Has(key) {
		return t.Say(key)
	}
	return groupName(t, rule).Text
}

// mostWhy is how many reasons a list shows.
const mostWhy = 3

// whyNames says in plain words why a case came, the most telling first: what
// kind of danger, then what it is about. It is never empty.
func whyNames(t Texts, rules, intents []string) []string {
	var all []string
	add := func(text string) {
		if !slices.Contains(all, text) && len(all) < mostWhy {
			all = append(all, text)
		}
	}
	for _, danger := range []bool{true, false} {
		for _, rule := range rules {
			if l := groupName(t, rule); slices.Contains(dangers, l.Code) == danger && !slices.Contains(vague, l.Code) {
				add(l.Text)
			}
		}
	}
	for _, intent := range intents {
		// The groups of a danger say which one it is.
		if t.Has("intent."+intent) && (len(all) == 0 || intent != "medical_emergency") {
			add(t.Say("intent." + intent))
		}
	}
	if len(all) == 0 && len(rules) > 0 {
		add(ruleName(t, rules[0]))
	}
	if len(all) == 0 {
		add(t.Say("intent.unknown"))
	}
	return all
}

// ruleWhy is a rule and its reason, in the page's language.
type ruleWhy struct {
	ID     string
	Group  label
	Reason string
}

func ruleReason(t Texts, rule string) ruleWhy {
	w := ruleWhy{ID: rule, Group: groupName(t, rule)}
	reasons, _ := guard.DefaultReasons() // a test holds that they can be read
	if text, ok := reasons.Of(rule, language.Language(t.Lang())); ok {
		w.Reason = text
		return w
	}
	for key := strings.ReplaceAll(rule, ".", "_"); key != ""; {
		if t.Has("reason." + key) {
			w.Reason = t.Say("reason." + key)
			return w
		}
		i := strings.LastIndexByte(key, '_')
		if i < 0 {
			break
		}
		key = key[:i]
	}
	w.Reason = t.Say("reason.none")
	return w
}
