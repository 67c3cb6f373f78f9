package intents_test

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"recado/agent/intentname"
	"recado/intents"
)

const greeting = `name: greeting
description: says hello
kind: conversation
reply: greeting
slots: []
examples:
  en:
    - "hello there"
  es:
    - "hola buenas"
  mixed: []
`

func TestLoadReportsEveryMistakeWithItsLine(t *testing.T) {
	for name, c := range map[string]struct{ file, body, want string }{
		"unknown field":    {"greeting.yaml", greeting + "color: red\n", "color"},
		"wrong file name":  {"other.yaml", greeting, "must be the file's name"},
		"unknown kind":     {"greeting.yaml", strings.Replace(greeting, "conversation", "chitchat", 1), "kind is"},
		"no description":   {"greeting.yaml", strings.Replace(greeting, "says hello", "\"\"", 1), "description is empty"},
		"stands twice":     {"greeting.yaml", strings.Replace(greeting, "mixed: []", "mixed:\n    - \"HELLO, there!\"", 1), "greeting.yaml:12: this example of greeting stands already at greeting.yaml:8"},
		"unknown intent":   {"greeting.yaml", greeting + "near_misses:\n  symptoms:\n    en:\n      - \"hello, it hurts\"\n", "greeting.yaml:15: no intent is named \"symptoms\""},
		"example is a map": {"greeting.yaml", strings.Replace(greeting, "- \"hola buenas\"", "- hola: buenas", 1), "greeting.yaml:10: an example must be one line"},
	} {
		_, err := intents.Load(fstest.MapFS{c.file: {Data: []byte(c.body)}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q in it", name, err, c.want)
		}
	}
	if _, err := intents.Load(fstest.MapFS{"greeting.yaml": {Data: []byte(greeting)}}); err != nil {
		t.Errorf("a good file is refused: %v", err)
	}
}

// read is what ships, which no test changes.
var read = sync.OnceValues(func() (*intents.Set, error) { return intents.Load(intents.Shipped()) })

func shipped(t *testing.T) *intents.Set {
	t.Helper()
	set, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEveryIntentHasExamplesInBothLanguagesAtParity(t *testing.T) {
	set := shipped(t)
	counts := map[string]map[string]int{}
	for _, e := range set.Examples {
		if counts[e.Intent] == nil {
			counts[e.Intent] = map[string]int{}
		}
		counts[e.Intent][e.Language]++
	}
	for _, in := range set.Intents {
		least := 120
		switch in.Name {
		case "greeting", "thanks", "goodbye", "attachment":
			least = 60 // there are only so many ways to say hello
		}
		en, es := counts[in.Name]["en"], counts[in.Name]["es"]
		if en < least || es < least {
			t.Errorf("%s has %d English and %d Spanish examples: at least %d each", in.Name, en, es, least)
		}
		if diff := en - es; diff*diff*100 > en*en*4 {
			t.Errorf("%s has %d English and %d Spanish examples: within a fifth of each other", in.Name, en, es)
		}
	}
}

func TestNoTwoExamplesAreTheSameButForOneWord(t *testing.T) {
	set := shipped(t)
	// of each message, one key for every word left out: two of an intent that share a key
	// differ in that word only
	seen := map[string]intents.Example{}
	for _, e := range set.Examples {
		words := strings.Fields(intents.Fold(e.Text))
		if len(words) < 6 {
			continue
		}
		for i := range words {
			key := e.Intent + ": " + strings.Join(words[:i], " ") + " _ " + strings.Join(words[i+1:], " ")
			if other, ok := seen[key]; ok && other.Line != e.Line {
				t.Errorf("%s:%d and %s:%d differ in one word", e.File, e.Line, other.File, other.Line)
			}
			seen[key] = e
		}
	}
}

func TestTheIntentsThatThePolicyNamesExist(t *testing.T) {
	set := shipped(t)
	for _, name := range []string{
		intentname.OptOut, intentname.OptIn, intentname.Help, intentname.Cancel, intentname.Human, intentname.Complaint, intentname.Callback,
		intentname.OffTopic, intentname.Spam, intentname.Abuse, intentname.Injection, intentname.Attachment, intentname.Medical,
		intentname.Poisoning, intentname.SelfHarm, intentname.Violence, intentname.Greeting,
		intentname.Thanks, intentname.Booking, intentname.Reschedule,
	} {
		if set.Index(name) < 0 {
			t.Errorf("no intent is named %q", name)
		}
	}
}
