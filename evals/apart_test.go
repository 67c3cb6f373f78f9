package evals_test

import (
	"fmt"
	"testing"

	"recado/evals/suite"
	"recado/intents"
)

// telling is how long a message must be for its being written twice to be no
// accident: everybody says "thank you".
const telling = 25

// messages goes through what patients say in the suites of a folder.
func messages(t *testing.T, folder string, do func(at, text string)) {
	t.Helper()
	sets, err := suite.Folder(folder, suite.Known{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		for c, err := range s.All() {
			if err != nil {
				t.Fatal(err)
			}
			at := fmt.Sprintf("%s:%d (%s)", c.File, c.Line, c.ID)
			do(at, c.Text)
			for _, step := range c.Script {
				for _, text := range step.Says {
					do(at, text)
				}
			}
		}
	}
}

func TestNoDevelopmentMessageIsAmongTheTrainingExamples(t *testing.T) {
	set, err := intents.Load(intents.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	trained := map[string]intents.Example{}
	for _, e := range set.Examples {
		trained[intents.Fold(e.Text)] = e
	}
	for _, folder := range []string{"dev", "unseen", "blind", "fresh", "everyday"} {
		n := 0
		messages(t, folder, func(at, text string) {
			n++
			key := intents.Fold(text)
			if e, ok := trained[key]; ok && len(key) > telling {
				t.Errorf("%s is the example at %s:%d", at, e.File, e.Line)
			}
		})
		if n < 500 {
			t.Errorf("%s holds %d messages only", folder, n)
		}
	}
}

func TestNoUnseenMessageIsInTheDevelopmentSet(t *testing.T) {
	seen := map[string]string{}
	messages(t, "dev", func(at, text string) { seen[intents.Fold(text)] = at })
	for _, folder := range []string{"unseen", "blind", "fresh", "everyday"} {
		messages(t, folder, func(at, text string) {
			key := intents.Fold(text)
			if other, ok := seen[key]; ok && len(key) > telling {
				t.Errorf("%s is the message at %s", at, other)
			}
			seen[key] = at
		})
	}
}
