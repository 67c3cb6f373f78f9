package show

import (
	"sort"

	"recado/evals/outcome"
)

// filtersOf are what cases can be chosen by: only properties that part them.
func filtersOf(cases []caseEntry) ([]filter, []choice) {
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	all := []struct {
		name, title string
		of          func(caseEntry) []string
	}{
		{"kind", "What went wrong", func(c caseEntry) []string {
			if c.Class == "pass" {
				return nil
			}
			return one(c.Kind)
		}},
		{"want", "Wanted", func(c caseEntry) []string { return one(c.Want) }},
		{"got", "Got", func(c caseEntry) []string { return one(c.Got) }},
		{"lang", "Language", func(c caseEntry) []string { return one(c.Lang) }},
		{"suite", "Suite", func(c caseEntry) []string { return one(c.Suite) }},
		{"group", "Group", func(c caseEntry) []string { return one(c.Group) }},
		{"variant", "Variant", func(c caseEntry) []string { return one(c.Variant) }},
		{"typing", "Typing", func(c caseEntry) []string { return one(orElse(c.Perturbation, "as_written")) }},
		{"tag", "Tag", func(c caseEntry) []string { return c.Tags }},
		{"promise", "Promise", func(c caseEntry) []string { return c.Promises }},
	}
	var filters []filter
	for _, f := range all {
		n := map[string]int{}
		for _, c := range cases {
			for _, v := range f.of(c) {
				n[v]++
			}
		}
		if len(n) == 0 || len(n) == 1 && f.name != "tag" && f.name != "promise" && f.name != "kind" {
			continue
		}
		out := filter{Name: f.name, Title: f.title}
		for v, k := range n {
			out.Choices = append(out.Choices, choice{v, v, count(k)})
		}
		sort.Slice(out.Choices, func(i, j int) bool { return out.Choices[i].Value < out.Choices[j].Value })
		filters = append(filters, out)
	}
	return filters, statusesOf(cases)
}

func statusesOf(cases []caseEntry) []choice {
	n := map[string]int{}
	changed := 0
	for _, c := range cases {
		n[c.Status]++
		if c.Change != "" {
			changed++
		}
	}
	statuses := []choice{{"", "All", count(len(cases))}}
	for _, s := range []struct {
		status outcome.Status
		title  string
	}{{outcome.Fail, "Failed"}, {outcome.Known, "Known to fail"}, {outcome.Error, "Not judged"}, {outcome.Pass, "Passed"}} {
		if k := n[string(s.status)]; k > 0 && k < len(cases) {
			statuses = append(statuses, choice{string(s.status), s.title, count(k)})
		}
	}
	if changed > 0 {
		statuses = append(statuses, choice{"changed", "Changed", count(changed)})
	}
	return statuses
}
