package show

import (
	"strconv"
	"strings"

	"recado/evals/judge"
)

// itemWords is a listed failure in words.
type itemWords struct{ ID, How, Place string }

// wordsOf is a list in words. One that is cut ends in a line that says so.
func wordsOf(l judge.List) []itemWords {
	var out []itemWords
	for _, it := range l.Items {
		out = append(out, itemText(it))
	}
	if more := l.Count - len(l.Items); more > 0 {
		out = append(out, itemWords{How: "and " + count(more) + " more"})
	}
	return out
}

// itemText says of a failure what was wanted and got, and under what
// conditions.
func itemText(it judge.Item) itemWords {
	x := itemWords{ID: it.ID}
	if it.File != "" {
		x.Place = it.File + ":" + strconv.Itoa(it.Line)
	}
	var how []string
	add := func(s string) {
		if s != "" {
			how = append(how, s)
		}
	}
	add(it.Lang)
	if it.Perturbation != "as_written" {
		add(it.Perturbation)
	}
	conditions := strings.Join(how, " ")
	how = nil
	if it.Turn > 0 {
		add("turn " + strconv.Itoa(it.Turn+1))
	}
	switch {
	case it.Want != "" || it.Got != "":
		if it.What != "" && it.What != "disposition" {
			add(it.What)
		}
		add("want " + orNothing(short(it.Want, 80)) + ", got " + orNothing(short(it.Got, 80)))
	default:
		add(it.What)
	}
	if it.Rule != "" {
		add("by " + it.Rule)
	}
	if it.Twin != "" {
		add("twin " + it.Twin)
	}
	x.How = strings.Join(how, ", ")
	if conditions != "" {
		x.How = conditions + "  " + x.How
	}
	return x
}
