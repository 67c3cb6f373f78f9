package agent

import (
	"io/fs"

	"recado/agent/guard"
	"recado/locales"
)

// Sources are the files that an Agent decides and speaks by. Evals show with
// others than the shipped ones what a rule or a text is worth.
type Sources struct {
	// Rules holds the guard rules. Defaults to the shipped ones.
	Rules fs.FS
	// Texts holds the catalogue. Defaults to the shipped one.
	Texts fs.FS
}

// Sources are the files that a was built from.
func (a *Agent) Sources() Sources {
	s := a.sources
	if s.Rules == nil {
		s.Rules = guard.Shipped()
	}
	if s.Texts == nil {
		s.Texts = locales.Shipped()
	}
	return s
}

func (s Sources) rules() ([]guard.Rule, error) {
	if s.Rules == nil {
		return guard.DefaultRules()
	}
	return guard.LoadRules(s.Rules)
}

// reasons are those of the shipped rules: of others only their authors' words
// are known.
func (s Sources) reasons() (guard.Reasons, error) {
	if s.Rules == nil {
		return guard.DefaultReasons()
	}
	return guard.Reasons{}, nil
}

func (s Sources) catalogue() (*locales.Catalogue, error) {
	if s.Texts == nil {
		return locales.Default()
	}
	return locales.Load(s.Texts)
}
