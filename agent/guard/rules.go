package guard

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sort"

	"go.yaml.in/yaml/v4"

	"recado/agent/lexicon"
)

//go:embed rules/*.yaml
var shipped embed.FS

// Rule is one line of defence as a clinician reads and signs it.
type Rule struct {
	ID       string   `yaml:"id"`
	Risk     string   `yaml:"risk"`     // emergency, escalate, hint (see Signal.Hint), consent (about the messages, no risk), decline (see there), past or again (see over), idiom, saying or everyday (see figures)
	Intent   string   `yaml:"intent"`   // what the message is about when the rule fires
	Language string   `yaml:"language"` // en, es or any: whose words these are; all rules run on every message
	Reason   string   `yaml:"reason"`   // why this is dangerous or personal
	Patterns []string `yaml:"patterns"` // any one fires the rule
	Unless   []string `yaml:"unless"`   // any one anywhere in the message stops the rule
	Match    []string `yaml:"match"`    // messages that must fire it
	Not      []string `yaml:"not"`      // messages that must not

	File string `yaml:"-"`
	Line int    `yaml:"-"`

	words words // that patterns may name, of all files together
}

// ruleFile is the form of a file in rules/.
type ruleFile struct {
	Title  string               `yaml:"title"`
	Review string               `yaml:"review"`
	Words  map[string]yaml.Node `yaml:"words"`
	Rules  []yaml.Node          `yaml:"rules"`
}

// DefaultRules reads the rules that ship with Recado.
func DefaultRules() ([]Rule, error) { return LoadRules(Shipped()) }

// LoadRules reads every .yaml file of dir in name order and reports all
// mistakes together, each with file and line. It does not compile patterns.
func LoadRules(dir fs.FS) ([]Rule, error) {
	paths, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list guard rules: %w", err)
	}
	sort.Strings(paths)
	var rules []Rule
	var problems []error
	seen := map[string]string{}
	shared := words{}
	for _, p := range paths {
		raw, err := fs.ReadFile(dir, p)
		if err != nil {
			return nil, fmt.Errorf("read guard rules %s: %w", p, err)
		}
		var f ruleFile
		if err := yaml.Load(raw, &f, yaml.WithKnownFields()); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", p, err))
			continue
		}
		problems = append(problems, shared.add(p, f.Words))
		for i := range f.Rules {
			r := Rule{File: p, Line: f.Rules[i].Line, words: shared}
			if err := f.Rules[i].Load(&r, yaml.WithKnownFields()); err != nil {
				problems = append(problems, fmt.Errorf("%s:%d: %w", p, r.Line, err))
				continue
			}
			if err := r.check(); err != nil {
				problems = append(problems, fmt.Errorf("%s:%d: rule %q: %w", p, r.Line, r.ID, err))
			}
			if at, ok := seen[r.ID]; ok {
				problems = append(problems, fmt.Errorf("%s:%d: rule %q is already at %s: give it another id", p, r.Line, r.ID, at))
			}
			seen[r.ID] = fmt.Sprintf("%s:%d", p, r.Line)
			rules = append(rules, r)
		}
	}
	return rules, errors.Join(problems...)
}

func (r Rule) check() error {
	switch {
	case r.ID == "":
		return errors.New("has no id")
	case r.Risk != "emergency" && r.Risk != "escalate" && r.Risk != "consent" && r.Risk != riskDecline && r.Risk != riskHint && r.Risk != riskPast && r.Risk != riskAgain && r.Risk != riskIdiom && r.Risk != riskSaying && r.Risk != riskEveryday:
		return fmt.Errorf("risk is %q: write emergency, escalate, hint, consent, decline, past, again, idiom, saying or everyday", r.Risk)
	case r.Language != "en" && r.Language != "es" && r.Language != "any":
		return fmt.Errorf("language is %q: write en, es or any", r.Language)
	case r.Intent == "":
		return errors.New("has no intent")
	case r.Reason == "":
		return errors.New("has no reason: say why, for whoever signs it")
	case len(r.Patterns) == 0:
		return errors.New("has no pattern")
	case len(r.Match) < 2 || len(r.Not) < 2:
		return errors.New("needs at least two messages in match and two in not")
	}
	return nil
}

func (r Rule) risk() Risk {
	switch r.Risk {
	case "emergency":
		return Emergency
	case "consent", riskDecline, riskHint, riskIdiom, riskSaying, riskEveryday:
		return None
	}
	return Escalate
}

// macros are parts that many rules share, as patterns.
var macroSources = []struct{ name, pattern string }{
	{"neg", "not|no|dont|doesnt|didnt|isnt|arent|wasnt|never|without|havent|hasnt|none|nunca|ni|sin|tampoco|ningun|ninguna|nada"},
	{"me", "i|im|ive|ill|id|me|my|mine|myself|we|our|us|yo|mi|mis|me|mio|mia|conmigo|tengo|estoy|ando|traigo|siento|nos|nuestro|nuestra|nuestros|nuestras"},
	{"who", "<me>|<kin>|he|hes|she|shes|they|theyre|his|her|him|hers|their|them|it|el|ella|su|sus|le|les|lo|la|se|ellos|ellas"},
}

func buildMacros(lex *lexicon.Lexicon) (map[string]expr, error) {
	macros := map[string]expr{}
	for _, m := range macroSources {
		e, err := parsePattern(m.pattern, lex, macros, nil)
		if err != nil {
			return nil, fmt.Errorf("macro <%s>: %w", m.name, err)
		}
		macros[m.name] = e
	}
	return macros, nil
}
