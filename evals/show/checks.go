package show

import "recado/evals/outcome"

type checkView struct {
	What, Want, Got string
	OK              bool
}

// wanted says of a check what was wanted and got.
func wanted(c checkView) string {
	return c.What + ": want " + orNothing(short(c.Want, 120)) + ", got " + orNothing(short(c.Got, 120))
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// notShown stands for words that are left out.
const notShown = "(not shown)"

// quotes reports whether the sides of a check may hold what a patient wrote:
// all but those that hold names of Recado's own.
func quotes(what string) bool {
	switch what {
	case "disposition", "not", "intent", "intents", "all_intents", "reply_lang", "language", "reply", "replies", "consent", "staff",
		"priority", "max_ms", "max_tokens", "promises", "":
		return false
	}
	return true
}

// checkOf prepares a check of a turn with the reply. A check that got the
// whole reply says so, since the reply stands beside it.
func checkOf(c outcome.Check, reply string, text bool) checkView {
	if c.Got == reply && reply != "" && quotes(c.What) {
		c.Got = "(the reply)"
	}
	if !text {
		c = quietCheck(c)
	}
	return checkView{c.What, c.Want, c.Got, c.OK}
}
