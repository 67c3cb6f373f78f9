package agent

import (
	"testing"

	"recado/agent/guard"
)

func TestNoRepairHidesWhatTheRulesFindInAMessageAsWritten(t *testing.T) {
	a, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	repaired := 0
	for _, rule := range a.guard.Rules() {
		for i, message := range rule.Match {
			// a slip in each message, in another word of it every time
			message = slip(message, i)
			read := a.reader.Read(message)
			found := a.find(&read)
			if read.Written == nil {
				continue
			}
			repaired++
			for _, want := range a.guard.Find(read.Written.Text, read.Written.Terms) {
				if want.Category == guard.CategoryConsent {
					continue
				}
				held := false
				for _, s := range found {
					held = held || s.Rule == want.Rule && s.Risk >= want.Risk
				}
				if !held {
					t.Errorf("%s is found in %q as written and not as read", want.Rule, message)
				}
			}
		}
	}
	if repaired < 500 {
		t.Errorf("%d messages were repaired: too few to tell", repaired)
	}
}

// slip swaps two letters of a long word of a message, a different one by n.
func slip(message string, n int) string {
	letters := []byte(message)
	for k := range letters {
		at := (k + 7*n) % len(letters)
		if at > 0 && at+3 < len(letters) && small(letters[at-1:at+4]) {
			letters[at], letters[at+1] = letters[at+1], letters[at]
			return string(letters)
		}
	}
	return message
}

func small(letters []byte) bool {
	for _, c := range letters {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}
