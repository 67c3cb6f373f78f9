package console

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"recado/agent/inbox"
	"recado/agent/language"
)

// bar is a number among others, as a row of a table with a meter.
type bar struct {
	Name  string
	N     int
	Share string // 42%
	Of    int    // the largest of its table
}

// Width is how long the bar is, in parts of 100 of the longest.
func (b bar) Width() int {
	if b.Of == 0 {
		return 0
	}
	return b.N * 100 / b.Of
}

// spell is how long something took.
type spell struct {
	Title      string
	N          int
	Half, Most string
	OnTime     string
	Percent    int
}

type chart struct {
	ID, Title string
	Bars      []bar
}

type numbersPage struct {
	pulse
	Days                         int
	Periods                      []viewTab
	Waiting, Open, Claimed, Late int
	Oldest                       string
	Opened, Resolved             int
	Spells                       []spell
	Charts                       []chart
	Outcomes                     chart
	Measured                     string
}

// periods are the days that may be looked back on.
var periods = []int{7, 30, 90}

func readPeriod(days string) int {
	for _, d := range periods {
		if days == fmt.Sprint(d) {
			return d
		}
	}
	return periods[0]
}

// buildNumbers makes the page from what was measured.
func buildNumbers(t Texts, clinic string, days int, st inbox.Stats, now time.Time) numbersPage {
	p := numbersPage{
		Days: days, Waiting: st.Waiting, Open: st.Open, Claimed: st.Claimed, Late: st.Late,
		Opened: st.Opened, Resolved: st.Resolved, Measured: t.Say("numbers.measured", "time", t.Clock(now)),
	}
	if st.Open+st.Claimed > 0 {
		p.Oldest = t.Lasting(st.Oldest)
	}
	for _, d := range periods {
		p.Periods = append(p.Periods, viewTab{Text: t.Say(fmt.Sprintf("numbers.days_%d", d)), Path: fmt.Sprintf("/staff/%s/numbers?days=%d", clinic, d), Here: d == days})
	}
	p.Spells = []spell{spellOf(t, "acknowledge", st.Acknowledge), spellOf(t, "resolve", st.Resolve)}
	var ages []bar
	for i, key := range []string{"hour", "hours_4", "day", "days_3", "days_7", "older"} {
		ages = append(ages, bar{Name: t.Say("numbers.age." + key), N: st.ByAge[i]})
	}
	var urgent, reasons, spoken, outcomes []bar
	for _, priority := range filterPriorities {
		urgent = append(urgent, bar{Name: priorityName(t, priority).Text, N: st.ByPriority[priority]})
	}
	// Ids in both languages are one reason.
	byReason := map[string]int{}
	for reason, n := range st.ByReason {
		byReason[groupName(t, reason).Text] += n
	}
	for name, n := range byReason {
		reasons = append(reasons, bar{Name: name, N: n})
	}
	byLanguage := map[string]int{}
	for l, n := range st.ByLanguage {
		byLanguage[spokenName(t, language.Language(l)).Text] += n
	}
	for name, n := range byLanguage {
		spoken = append(spoken, bar{Name: name, N: n})
	}
	for _, o := range inbox.Outcomes {
		if n := st.Outcomes[o]; n > 0 {
			outcomes = append(outcomes, bar{Name: outcomeName(t, o).Text, N: n})
		}
	}
	p.Charts = []chart{
		{"age", t.Say("numbers.by_age"), shares(ages, false)},
		{"urgency", t.Say("numbers.by_priority"), shares(urgent, false)},
		{"reason", t.Say("numbers.by_reason"), shares(reasons, true)},
		{"language", t.Say("numbers.by_language"), shares(spoken, true)},
	}
	p.Outcomes = chart{"outcomes", t.Say("numbers.outcomes"), shares(outcomes, true)}
	return p
}

func spellOf(t Texts, key string, s inbox.Times) spell {
	v := spell{Title: t.Say("numbers." + key), N: s.N, Percent: int(s.OnTime*100 + 0.5)}
	v.OnTime = percent(s.OnTime)
	if s.N > 0 {
		v.Half, v.Most = t.Lasting(s.P50), t.Lasting(s.P90)
	}
	return v
}

// shares fills in what part of all each is; sorted has the largest first. No
// bars are left where there is nothing to count.
func shares(bars []bar, sorted bool) []bar {
	total, most := 0, 0
	for _, b := range bars {
		total, most = total+b.N, max(most, b.N)
	}
	if total == 0 {
		return nil
	}
	for i := range bars {
		bars[i].Share, bars[i].Of = percent(float64(bars[i].N)/float64(total)), most
	}
	if sorted {
		slices.SortFunc(bars, func(a, b bar) int {
			if a.N != b.N {
				return b.N - a.N
			}
			return strings.Compare(a.Name, b.Name)
		})
	}
	return bars
}

func percent(share float64) string { return fmt.Sprintf("%.0f%%", share*100) }

func (s *Server) numbers(r *Request) error     { return r.Page("numbers", s.numbersFor(r)) }
func (s *Server) numbersPart(r *Request) error { return r.Part("numbers", "board", s.numbersFor(r)) }

func (s *Server) numbersFor(r *Request) numbersPage {
	days, now := readPeriod(r.URL.Query().Get("days")), s.cfg.Now()
	st := s.cfg.Index.Stats(r.Clinic, now.AddDate(0, 0, -days))
	p := buildNumbers(r.Text, r.Clinic, days, st, now)
	p.pulse = s.pulseFor(r.Clinic)
	return p
}
