package paging

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/paging/ladder"
)

// alarm is something that people are told of until it ends.
type alarm struct {
	key    string // in the bucket
	id     string // tells it from an earlier alarm under the same key
	kind   Kind
	clinic string
	ladder ladder.Ladder
	what   ladder.Alarm
	since  time.Time // what the pages say
	caseID string
	// reference and count are of the case that waits longest, and how many
	// wait, where the alarm is about several.
	reference string
	count     int
	digest    *Digest
	// end is what those who were told get when it is over; empty for nothing.
	end Kind
	// skip: there is nothing to tell, and that is to be remembered.
	skip bool
}

// What keys end in.
const (
	partAck     = "ack"      // <clinic>.<case>.ack: nobody has taken the case
	partDue     = "due"      // <clinic>.<case>.due: it was taken and not resolved in time
	partLate    = "late"     // <clinic>.late: routine cases that nobody took in time
	partOver    = "overdue"  // <clinic>.overdue: routine cases not resolved in time
	partDigest  = "digest"   // <clinic>.digest
	partGlass   = "glass-"   // <clinic>.glass-<id>
	partTrouble = "trouble-" // <clinic>.trouble-<kind>
)

// place is what a key is about.
type place struct{ clinic, caseID, part string }

func parseKey(key string) (place, bool) {
	switch parts := strings.Split(key, "."); len(parts) {
	case 2:
		return place{clinic: parts[0], part: parts[1]}, true
	case 3:
		return place{clinic: parts[0], caseID: parts[1], part: parts[2]}, true
	}
	return place{}, false
}

func hash(parts ...any) string {
	sum := sha256.Sum256(fmt.Append(nil, parts...))
	return hex.EncodeToString(sum[:16])
}

// stamp is t for identities: the same on every console.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// pressing reports whether a priority is paged by itself and at any hour;
// others are told of together.
func pressing(p agent.Priority) bool {
	return inbox.Rank(p) <= inbox.Rank("") // one that is unknown ranks below urgent, and is treated as that
}

// caseAlarms are the alarms of a case that is not resolved.
func (p *Pager) caseAlarms(c *inbox.Case, now time.Time) []alarm {
	if c.State == inbox.Resolved || !pressing(c.Round.Priority) {
		return nil
	}
	l, ok := p.ladderOf(c.Clinic)
	if !ok {
		return nil
	}
	a := alarm{
		clinic: c.Clinic, ladder: l, caseID: c.ID, reference: inbox.Reference(c.ID), end: Acknowledged,
		what: ladder.Alarm{Priority: c.Round.Priority},
	}
	prefix := c.Clinic + "." + c.ID + "."
	switch {
	case c.Waiting():
		a.key, a.kind = prefix+partAck, Arrived
		a.since, a.id = stretch(c)
		a.what.From = a.since
		if !c.Round.AckDue.IsZero() && now.After(c.Round.AckDue) {
			a.kind = Late
		}
	case !c.Round.Due.IsZero() && now.After(overdueFrom(c)):
		a.key, a.kind = prefix+partDue, Overdue
		a.since, a.id = c.Round.Opened, hash(partDue, "\x00", c.ID, "\x00", len(c.Past), "\x00", stamp(c.Round.Opened))
		a.what.From = overdueFrom(c)
		a.what.Once = c.State == inbox.Claimed // somebody is at it: one page, not a chase
	default:
		return nil
	}
	return []alarm{a}
}

// overdueGrace is how long whoever took a case late has before it is told
// that the case is not resolved.
const overdueGrace = 30 * time.Minute

// overdueFrom is when an acknowledged case is overdue.
func overdueFrom(c *inbox.Case) time.Time {
	if grace := c.Round.Acknowledged.Add(overdueGrace); grace.After(c.Round.Due) {
		return grace
	}
	return c.Round.Due
}

// stretch is since when a waiting case rings, and what tells this time from
// any other: another round, an acknowledgement in between, a higher priority.
func stretch(c *inbox.Case) (since time.Time, id string) {
	claims, last := 0, time.Time{}
	for _, a := range c.Actions {
		if a.Kind == inbox.DidClaim {
			claims, last = claims+1, a.At
		}
	}
	from := c.Round.Opened
	if last.After(from) {
		from = last
	}
	for _, a := range c.Arrivals {
		if a.Priority == c.Round.Priority && !a.At.Before(from) && (since.IsZero() || a.At.Before(since)) {
			since = a.At
		}
	}
	if since.IsZero() {
		since = from
	}
	return since, hash(partAck, "\x00", c.ID, "\x00", len(c.Past), "\x00", stamp(c.Round.Opened), "\x00", claims, "\x00", stamp(last), "\x00", c.Round.Priority)
}

// group is the late cases of a clinic that can wait.
type group struct {
	count    int
	priority agent.Priority // the most pressing
	first    *inbox.Case    // the one that ran out first
	from     time.Time      // when it did
}

func (g *group) add(c *inbox.Case, due time.Time) {
	g.count++
	if g.count == 1 || inbox.Rank(c.Round.Priority) < inbox.Rank(g.priority) {
		g.priority = c.Round.Priority
	}
	if g.first == nil || due.Before(g.from) {
		g.first, g.from = c, due
	}
}

// groups are the late and the overdue cases that can wait, by clinic.
type groups map[place]*group

func (g groups) take(c *inbox.Case, now time.Time) {
	if c.State == inbox.Resolved || pressing(c.Round.Priority) {
		return
	}
	at, due := place{clinic: c.Clinic, part: partLate}, c.Round.AckDue
	if !c.Waiting() {
		at.part, due = partOver, overdueFrom(c)
	}
	if c.Round.AckDue.IsZero() || c.Round.Due.IsZero() || !now.After(due) {
		return
	}
	if g[at] == nil {
		g[at] = &group{}
	}
	g[at].add(c, due)
}

// groupAlarm is the alarm about a group. While one is active it goes on,
// whichever cases it is about; s is its state.
func (p *Pager) groupAlarm(at place, g *group, active string) (alarm, bool) {
	l, ok := p.ladderOf(at.clinic)
	if !ok {
		return alarm{}, false
	}
	a := alarm{
		key: at.clinic + "." + at.part, id: active, kind: Late, clinic: at.clinic, ladder: l,
		since: g.first.Round.Opened, reference: inbox.Reference(g.first.ID), count: g.count, end: Acknowledged,
		what: ladder.Alarm{Priority: g.priority, From: g.from},
	}
	if at.part == partOver {
		a.kind, a.what.Once, a.end = Overdue, true, ""
	}
	if a.id == "" {
		a.id = hash(at.part, "\x00", g.first.ID, "\x00", len(g.first.Past), "\x00", stamp(g.from))
	}
	return a, true
}

// link leads into the console.
func (p *Pager) link(a alarm) string {
	path := "/staff/" + url.PathEscape(a.clinic)
	switch {
	case a.caseID != "":
		path += "/cases/" + url.PathEscape(a.caseID)
	case a.kind == Glass:
		path += "/audit"
	}
	return strings.TrimSuffix(p.cfg.Public, "/") + path
}

// ladderOf is the ladder of a clinic. What came for none is for those who run
// Recado; where the plan does not name them, for the only clinic there is.
func (p *Pager) ladderOf(clinicID string) (ladder.Ladder, bool) {
	l, ok := p.cfg.Plan.For(clinicID)
	if all := p.cfg.Clinics().Profiles(); !ok && clinicID == inbox.NoClinic && len(all) == 1 {
		return p.cfg.Plan.For(all[0].ID)
	}
	return l, ok
}

// told is a ladder with one step, for what has no steps.
func told(to []ladder.Contact) ladder.Ladder {
	return ladder.Ladder{Steps: []ladder.Step{{To: to, Priorities: []agent.Priority{agent.PriorityUrgent}}}}
}
