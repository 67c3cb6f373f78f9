package console

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/staff"
)

// reader is who looks at a page.
type reader struct {
	ID    string
	Acts  bool // has the role staff
	Names func(person string) string
}

func (r *Request) reader() reader {
	return reader{ID: r.Person.ID, Acts: r.Can(r.Clinic, staff.Staff), Names: r.Name}
}

// row is a case in the list. It holds no word of a patient.
type row struct {
	ID, Ref, Path string
	Priority      label
	Why           []string
	State         label
	Clock         *clockView
	Language      label
	Channel       label
	Opened        moment
	Unseen        int
	ShowUnseen    bool   // says more than that the case waits
	Holder        string // name; empty while nobody holds it
	Mine          bool
	Since         moment
	BotSpeaks     bool
	Waiting       bool
	Fault         bool
	Outcome       string // of a resolved case
	ResolvedBy    string
	Resolved      moment
	Claimable     bool
}

func rowOf(t Texts, who reader, c *inbox.Case, now time.Time) row {
	v := row{
		ID: c.ID, Ref: inbox.Reference(c.ID), Path: casePath(c.Clinic, c.ID),
		Priority: priorityName(t, c.Round.Priority), Why: whyNames(t, c.Rules, c.Intents), State: stateName(t, c.State),
		Clock: nextClock(t, c.Round, now), Language: spokenName(t, c.Language), Channel: channelName(t, c.Channel),
		Opened: momentOf(t, c.Round.Opened), Unseen: c.Unseen, Waiting: c.Waiting(), BotSpeaks: c.BotSpeaks,
		Fault: faulty(c) != "",
	}
	switch c.State {
	case inbox.Claimed:
		v.Holder, v.Mine, v.Since = who.Names(c.Owner), c.Owner == who.ID, momentOf(t, c.Since)
	case inbox.Resolved:
		v.Outcome, v.ResolvedBy, v.Resolved = t.Say("outcome."+string(c.Round.Outcome)), who.Names(c.Round.ResolvedBy), momentOf(t, c.Round.Resolved)
	}
	v.ShowUnseen = c.Unseen > 1 || c.Unseen > 0 && c.State == inbox.Claimed
	v.Claimable = who.Acts && c.State == inbox.Open
	return v
}

// faulty is the fault of the latest arrival that has one; only a case whose
// words nobody can read has it.
func faulty(c *inbox.Case) string {
	for _, a := range slices.Backward(c.Arrivals) {
		if a.Kind != inbox.DeadLetter || a.Fault != "" {
			return a.Fault
		}
	}
	return ""
}

func casePath(clinic, id string) string {
	return "/staff/" + url.PathEscape(clinic) + "/cases/" + url.PathEscape(id)
}

// viewTab is a view that everybody has, or one that a person saved.
type viewTab struct {
	Text, Path string
	N          int // -1 where it is not counted
	Here       bool
	Saved      bool
	Late       bool
}

// choice is an option of a filter.
type choice struct {
	label
	On bool
}

// tile is an urgency with how many wait.
type tile struct {
	Priority label
	N, Late  int
	Path     string
	Here     bool
}

// queuePage is what the list shows.
type queuePage struct {
	pulse
	Rows              []row
	Total             int
	Tiles             []tile
	Waiting, Late     int
	Tabs              []viewTab
	Filter            filter
	Query, PartQuery  string // of the filter, without its page and with it
	Narrow            bool
	Empty             string // which text says why nothing is there
	States            []choice
	Priorities        []choice
	Languages         []choice
	Channels          []choice
	Reasons           []choice
	Page, Pages       int
	Previous, Next    string
	Find, FindProblem string
	Greeting, Lead    string
}

// build makes the page from all cases of a clinic in order. It looks at each
// once, however many lists and numbers come of it.
func buildQueue(t Texts, who reader, clinic string, f filter, views []savedView, now time.Time, each func(func(*inbox.Case) bool) uint64) queuePage {
	p := queuePage{Filter: f, Query: f.all().values().Encode(), PartQuery: f.values().Encode(), Narrow: f.narrow()}
	tabs := []struct {
		key string
		f   filter
	}{
		{"view_all", filter{}}, {"view_free", filter{Held: heldByNobody}}, {"view_mine", filter{Held: heldByMe}},
		{"view_late", filter{Late: true}}, {"view_resolved", filter{States: []inbox.State{inbox.Resolved}}},
	}
	q := f.query(clinic, who.ID)
	counts := make([]int, len(tabs))
	queries := make([]inbox.Query, len(tabs))
	for i, one := range tabs {
		queries[i] = one.f.query(clinic, who.ID)
	}
	tiles := map[agent.Priority]*tile{}
	for _, priority := range filterPriorities {
		g := filter{Priorities: []agent.Priority{priority}}
		tiles[priority] = &tile{Priority: priorityName(t, priority), Path: g.path(clinic), Here: f.same(g)}
	}
	reasons := map[string]string{}
	from := (f.Page - 1) * pageSize
	var shown []inbox.Case
	revision := each(func(c *inbox.Case) bool {
		p.pulse.count(c, now)
		for i := range queries {
			if queries[i].Chooses(c, now) {
				counts[i]++
			}
		}
		if c.State != inbox.Resolved {
			late := len(c.Round.Late(now)) > 0
			if tl := tiles[c.Round.Priority]; tl != nil {
				tl.N++
				if late {
					tl.Late++
				}
			}
			if late {
				p.Late++
			}
			if c.Waiting() {
				p.Waiting++
			}
		}
		if c.State != inbox.Resolved || slices.Contains(q.States, inbox.Resolved) {
			for _, intent := range c.Intents {
				if _, ok := reasons[intent]; !ok && t.Has("intent."+intent) {
					reasons[intent] = t.Say("intent." + intent)
				}
			}
			for _, rule := range c.Rules {
				if g := groupOf(rule); g == "fault" || g == "dead_letter" || g == "undelivered" {
					reasons[g] = t.Say("rule." + g)
				}
			}
		}
		if f.chooses(&q, c, now) {
			if p.Total >= from && len(shown) < pageSize {
				shown = append(shown, *c)
			}
			p.Total++
		}
		return true
	})
	p.Revision = revision
	for i := range shown {
		p.Rows = append(p.Rows, rowOf(t, who, &shown[i], now))
	}
	for _, priority := range filterPriorities {
		p.Tiles = append(p.Tiles, *tiles[priority])
	}
	for i, one := range tabs {
		tb := viewTab{Text: t.Say("queue." + one.key), Path: one.f.path(clinic), N: counts[i], Here: f.same(one.f), Late: one.f.Late && counts[i] > 0}
		if one.key == "view_resolved" {
			tb.N = -1
		}
		p.Tabs = append(p.Tabs, tb)
	}
	for _, v := range views {
		p.Tabs = append(p.Tabs, viewTab{Text: v.Name, Path: viewPath(clinic, v.Query), N: -1, Here: v.Query == p.Query, Saved: true})
	}
	p.choices(t, f, reasons)
	p.paging(clinic, f)
	p.Empty = emptyText(f)
	return p
}

func (p *queuePage) choices(t Texts, f filter, reasons map[string]string) {
	for _, s := range filterStates {
		on := slices.Contains(f.States, s) || len(f.States) == 0 && s != inbox.Resolved
		p.States = append(p.States, choice{stateName(t, s), on})
	}
	for _, v := range filterPriorities {
		p.Priorities = append(p.Priorities, choice{priorityName(t, v), slices.Contains(f.Priorities, v)})
	}
	for _, v := range filterLanguages {
		p.Languages = append(p.Languages, choice{spokenName(t, v), slices.Contains(f.Languages, v)})
	}
	for _, v := range filterChannels {
		p.Channels = append(p.Channels, choice{channelName(t, v), slices.Contains(f.Channels, v)})
	}
	if f.Reason != "" && reasons[f.Reason] == "" {
		reasons[f.Reason] = named(t, "intent", f.Reason).Text
	}
	for code, text := range reasons {
		p.Reasons = append(p.Reasons, choice{label{Code: code, Text: text}, f.Reason == code})
	}
	slices.SortFunc(p.Reasons, func(a, b choice) int {
		return cmp.Or(strings.Compare(a.Text, b.Text), strings.Compare(a.Code, b.Code))
	})
}

func (p *queuePage) paging(clinic string, f filter) {
	p.Page, p.Pages = f.Page, max((p.Total+pageSize-1)/pageSize, 1)
	if f.Page > 1 {
		g := f
		g.Page = min(f.Page-1, p.Pages)
		p.Previous = g.path(clinic)
	}
	if f.Page < p.Pages {
		g := f
		g.Page++
		p.Next = g.path(clinic)
	}
}

// emptyText says which text stands where no case does.
func emptyText(f filter) string {
	switch {
	case !f.narrow():
		return "queue.empty"
	case f.same(filter{Held: heldByMe}):
		return "queue.empty_mine"
	case f.same(filter{Late: true}):
		return "queue.empty_late"
	case f.same(filter{States: []inbox.State{inbox.Resolved}}):
		return "queue.empty_resolved"
	}
	return "queue.empty_filtered"
}

// greeting is by the clinic's clock.
func greeting(t Texts, name string, now time.Time) string {
	first, _, _ := strings.Cut(name, " ")
	key := "queue.evening"
	switch hour := now.In(t.Zone()).Hour(); {
	case hour >= 4 && hour < 12:
		key = "queue.morning"
	case hour >= 12 && hour < 19:
		key = "queue.afternoon"
	}
	return t.Say(key, "name", first)
}

// lead sums the queue up in a sentence or two.
func (p *queuePage) lead(t Texts) string {
	if p.Waiting == 0 && p.Late == 0 {
		return t.Say("queue.lead_none")
	}
	waiting := t.Say("queue.lead_none")
	if p.Waiting > 0 {
		waiting = t.Say("queue.lead_waiting", "n", p.Waiting)
	}
	if p.Late == 0 {
		return waiting
	}
	return t.Say("queue.lead_late", "waiting", waiting, "late", t.Say("queue.lead_late_n", "n", p.Late))
}

// queue is the list.
func (s *Server) queue(r *Request) error {
	p := s.queueFor(r)
	if find := strings.TrimSpace(r.URL.Query().Get("find")); find != "" {
		to, problem := s.find(r, find)
		if to != "" {
			return r.Redirect(to)
		}
		p.Find, p.FindProblem = find, problem
	}
	return r.Page("inbox", p)
}

// queuePart is the list alone, for a page that refreshes itself.
func (s *Server) queuePart(r *Request) error { return r.Part("inbox", "board", s.queueFor(r)) }

func (s *Server) queueFor(r *Request) queuePage {
	now := s.cfg.Now()
	p := buildQueue(r.Text, r.reader(), r.Clinic, readFilter(r.URL.Query()), savedViews(r.Request, r.Person.ID), now,
		func(f func(*inbox.Case) bool) uint64 { return s.cfg.Index.Each(r.Clinic, f) })
	p.pulse.fresh(s)
	p.Greeting, p.Lead = greeting(r.Text, r.Person.Name, now), p.lead(r.Text)
	return p
}

// find looks a case up by its reference, or by its id.
func (s *Server) find(r *Request, typed string) (path, problem string) {
	if len(typed) > 64 {
		typed = strings.ToValidUTF8(typed[:64], "")
	}
	if c, ok := s.cfg.Index.Case(r.Clinic, strings.ToLower(typed)); ok {
		return casePath(r.Clinic, c.ID), ""
	}
	ref, ok := inbox.ParseReference(typed)
	if !ok {
		return "", r.Text.Say("queue.bad_reference", "ref", typed)
	}
	s.cfg.Index.Each(r.Clinic, func(c *inbox.Case) bool {
		if inbox.Reference(c.ID) == ref {
			path = casePath(r.Clinic, c.ID)
		}
		return path == ""
	})
	if path == "" {
		problem = r.Text.Say("queue.not_found", "ref", ref)
	}
	return path, problem
}
