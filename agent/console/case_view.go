package console

import (
	"net/url"
	"slices"
	"time"

	"recado/agent/inbox"
)

// casePage is what the page of a case shows. It holds a patient's words only
// where somebody just opened them.
type casePage struct {
	pulse
	ID, Ref, Path, Clinic string
	Priority              label
	PriorityHint          string
	Why                   []string
	State                 label
	Line                  string // who has it, and whether the assistant speaks
	LineKind              string // free, mine, held, resolved
	Clock                 *clockView
	Clocks                []clockView
	Language, Channel     label
	Opened                moment
	Holder                string // name, of a claimed case
	Fault                 string // text
	Earlier               []string
	Superseded            *link
	Next                  *link
	NextWhy               string
	Before, After         string // paths of the cases around it
	May                   may
	Arrivals              []arrivalView
	Older                 int
	HasThread             bool
	Translates            bool // the words can be opened with a translation
	Thread                *threadView
	Colleagues            []label
	Reply                 replyForm
	Write                 writeForm
	Note                  noteForm
	Resolve               resolveForm
	Reasons               []ruleWhy
	Intents               []string
	Timeline              []line
	TimelineCut           bool
	Problem               *problem
}

type link struct{ Text, Path string }

// may says which actions the page offers.
type may struct {
	Act        bool // the role
	Claim      bool // take it
	Seen       bool // say that what came since was seen
	Speak      bool // take the word back from the assistant
	Release    bool
	HandBack   bool
	Assign     bool
	TakeOver   bool
	Answer     bool // reply and write
	Resolve    bool
	Reopen     bool
	Open       bool // the words
	NeedsClaim bool // to answer
}

func mayOf(who reader, c *inbox.Case) may {
	if !who.Acts {
		return may{}
	}
	mine := c.State == inbox.Claimed && c.Owner == who.ID
	free := c.State == inbox.Open
	return may{
		Act: true, Claim: free, Seen: mine && c.Waiting() && !c.BotSpeaks, Speak: mine && c.BotSpeaks,
		Release: mine, HandBack: mine && !c.BotSpeaks, Assign: mine || free,
		TakeOver: c.State == inbox.Claimed && !mine, Answer: mine, Resolve: mine || free,
		Reopen: c.State == inbox.Resolved && c.Next == "", Open: len(c.Arrivals) > 0, NeedsClaim: free,
	}
}

// arrivalView is one thing that came, sealed or, after a click, in clear.
type arrivalView struct {
	ID, Kind string
	Text     string // what it is
	At       moment
	Priority label
	New      bool
	Fault    string // what is wrong with it and what to do
	CanOpen  bool
	Opened   *openedView
}

// line is a line of the timeline.
type line struct {
	Icon string
	Text string
	At   moment
}

// buildCase makes the page from the case alone; the handler adds forms,
// colleagues and what was opened.
func buildCase(t Texts, who reader, c inbox.Case, now time.Time) casePage {
	p := casePage{
		ID: c.ID, Ref: inbox.Reference(c.ID), Path: casePath(c.Clinic, c.ID), Clinic: c.Clinic,
		Priority: priorityName(t, c.Round.Priority), Why: whyNames(t, c.Rules, c.Intents), State: stateName(t, c.State),
		Clock: nextClock(t, c.Round, now), Clocks: clocksOf(t, c.Round, now),
		Language: spokenName(t, c.Language), Channel: channelName(t, c.Channel), Opened: momentOf(t, c.Round.Opened),
		May: mayOf(who, &c), Older: len(c.Older),
	}
	p.PriorityHint = t.Say("priority_hint." + p.Priority.Code)
	p.LineKind, p.Line = stateLine(t, who, &c)
	if c.State == inbox.Claimed {
		p.Holder = who.Names(c.Owner)
	}
	if fault := faulty(&c); fault != "" {
		p.Fault = faultText(t, fault, p.Ref)
	}
	for _, r := range slices.Backward(c.Past) {
		p.Earlier = append(p.Earlier, t.Say("case.facts.round", "opened", t.When(r.Opened), "outcome", t.Say("outcome."+string(r.Outcome))))
	}
	if c.Next != "" {
		p.Superseded = &link{t.Say("case.superseded_link", "ref", inbox.Reference(c.Next)), casePath(c.Clinic, c.Next)}
	}
	for i, a := range slices.Backward(c.Arrivals) {
		v := arrivalOf(t, a, p.Ref, i >= len(c.Arrivals)-c.Unseen)
		if v.Fault != "" && p.Fault != "" {
			v.Fault = t.Say("queue.fault") // the page says what to do about it
		}
		p.Arrivals = append(p.Arrivals, v)
		if a.Kind == inbox.Private {
			p.HasThread = true
		}
	}
	for _, a := range c.Actions {
		if a.Kind == inbox.DidNote || a.Kind == inbox.DidPrivate {
			p.HasThread = true
		}
	}
	p.HasThread = p.HasThread || len(c.Past) > 0
	for _, rule := range c.Rules {
		p.Reasons = append(p.Reasons, ruleReason(t, rule))
	}
	for _, intent := range c.Intents {
		p.Intents = append(p.Intents, named(t, "intent", intent).Text)
	}
	p.Timeline = timeline(t, who, &c)
	p.TimelineCut = len(c.Older) > 0
	return p
}

func stateLine(t Texts, who reader, c *inbox.Case) (kind, text string) {
	bot := ""
	if c.BotSpeaks {
		bot = "_bot"
	}
	switch {
	case c.State == inbox.Resolved:
		return "resolved", t.Say("case.resolved_line", "name", who.Names(c.Round.ResolvedBy), "when", t.When(c.Round.Resolved), "outcome", t.Say("outcome."+string(c.Round.Outcome)))
	case c.State == inbox.Claimed && c.Owner == who.ID:
		return "mine", t.Say("case.mine"+bot+"_line", "since", t.When(c.Since))
	case c.State == inbox.Claimed:
		return "held", t.Say("case.held"+bot+"_line", "name", who.Names(c.Owner), "since", t.When(c.Since))
	case c.Channel == "":
		return "free", t.Say("case.free_line_silent")
	}
	return "free", t.Say("case.free_line")
}

func faultText(t Texts, fault, ref string) string {
	if !t.Has("case.fault." + fault) {
		fault = "sealed"
	}
	return t.Say("case.fault."+fault, "ref", ref)
}

func arrivalOf(t Texts, a inbox.Arrival, ref string, unseen bool) arrivalView {
	v := arrivalView{
		ID: a.ID, Kind: string(a.Kind), At: momentOf(t, a.At), Priority: priorityName(t, a.Priority),
		New: unseen, CanOpen: a.Kind != inbox.Private,
	}
	if t.Has("case.words." + v.Kind) {
		v.Text = t.Say("case.words." + v.Kind)
	} else {
		v.Text = t.Say("case.words.message")
	}
	if a.Fault != "" {
		v.Fault = faultText(t, a.Fault, ref)
	}
	return v
}

func timeline(t Texts, who reader, c *inbox.Case) []line {
	var all []line
	for _, m := range slices.Backward(c.Timeline()) {
		l := line{At: momentOf(t, m.At)}
		if m.Arrival != nil {
			l.Icon, l.Text = "inbox", t.Say("case.timeline.arrived")
			switch m.Arrival.Kind {
			case inbox.Private:
				l.Text = t.Say("case.timeline.arrived_private")
			case inbox.DeadLetter:
				l.Icon, l.Text = "warn", t.Say("case.timeline.arrived_dead")
			}
		} else {
			l.Icon, l.Text = didLine(t, who, m.Action)
		}
		all = append(all, l)
	}
	return all
}

func didLine(t Texts, who reader, a *inbox.Action) (icon, text string) {
	name, from := who.Names(a.By), who.Names(a.From)
	switch a.Kind {
	case inbox.DidClaim:
		if a.From != "" {
			return "account", t.Say("case.timeline.claim_from", "name", name, "from", from)
		}
		return "account", t.Say("case.timeline.claim", "name", name)
	case inbox.DidRelease:
		if a.From != "" {
			return "back", t.Say("case.timeline.release_from", "name", name, "from", from)
		}
		return "back", t.Say("case.timeline.release", "name", name)
	case inbox.DidAssign:
		return "people", t.Say("case.timeline.assign", "name", name, "to", who.Names(a.To))
	case inbox.DidNote:
		return "note", t.Say("case.timeline.note", "name", name)
	case inbox.DidReply:
		return "send", t.Say("case.timeline.reply", "name", name, "text", cannedName(t, a.Key))
	case inbox.DidPrivate:
		return "lock", t.Say("case.timeline.private", "name", name)
	case inbox.DidResolve:
		return "check", t.Say("case.timeline.resolve", "name", name, "outcome", t.Say("outcome."+string(a.Outcome)))
	case inbox.DidReopen:
		return "inbox", t.Say("case.timeline.reopen", "name", name)
	case inbox.DidHandBack:
		return "screen", t.Say("case.timeline.handback", "name", name)
	}
	return "clock", name
}

// neighbours are the cases before and after one among those that are to do.
func neighbours(id string, each func(func(*inbox.Case) bool) uint64) (previous, next *inbox.Case) {
	var before *inbox.Case
	found := false
	each(func(c *inbox.Case) bool {
		switch {
		case c.State == inbox.Resolved:
			return false
		case c.ID == id:
			found, previous = true, before
		case found:
			same := *c
			next = &same
			return false
		default:
			same := *c
			before = &same
		}
		return true
	})
	if !found {
		previous = nil
	}
	return previous, next
}

// firstFree is the case that somebody should take next, other than id.
func firstFree(id string, each func(func(*inbox.Case) bool) uint64) *inbox.Case {
	var first *inbox.Case
	each(func(c *inbox.Case) bool {
		if c.State == inbox.Open && c.ID != id {
			same := *c
			first = &same
		}
		return first == nil && c.State != inbox.Resolved
	})
	return first
}

func withDone(path, key string) string { return path + "?done=" + url.QueryEscape(key) }
