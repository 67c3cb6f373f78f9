package outcome

import (
	"fmt"
	"reflect"
)

// differs lists what keeps a run with header h from going on where one with
// header other began, a line each.
func (h Header) differs(other Header) []string {
	var out []string
	tell := func(what string, held, asked any) {
		if !reflect.DeepEqual(held, asked) {
			out = append(out, fmt.Sprintf("%s: it holds %v, asked is %v", what, held, asked))
		}
	}
	tell("seed", h.Seed, other.Seed)
	tell("repeat", h.Repeat, other.Repeat)
	tell("chosen cases", h.Chosen, other.Chosen)
	tell("variants", namesOf(h.Variants), namesOf(other.Variants))
	if len(out) == 0 && !reflect.DeepEqual(h.Variants, other.Variants) {
		out = append(out, "variants: their models, prompts or policies are not the same")
	}
	held := map[string]File{}
	for _, f := range h.Suites {
		held[f.Name] = f
	}
	for _, f := range other.Suites {
		switch was, ok := held[f.Name]; {
		case !ok:
			out = append(out, fmt.Sprintf("suite %s: it is not in the file", f.Name))
		case was.Hash != f.Hash:
			out = append(out, fmt.Sprintf("suite %s: %s was changed since", f.Name, f.Path))
		case !reflect.DeepEqual(was, f):
			out = append(out, fmt.Sprintf("suite %s: its path or gates are not the same", f.Name))
		}
		delete(held, f.Name)
	}
	for _, f := range h.Suites {
		if _, ok := held[f.Name]; ok {
			out = append(out, fmt.Sprintf("suite %s: it is in the file and was not asked for", f.Name))
		}
	}
	if h.Recado != other.Recado || h.Build != other.Build || h.Model != other.Model || h.Rules != other.Rules {
		out = append(out, "recado: its code, rules, texts or model were changed since")
	}
	if len(out) == 0 {
		tell("number of outcomes", h.Outcomes, other.Outcomes)
	}
	return out
}

func namesOf(all []Variant) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = v.Name
	}
	return out
}
