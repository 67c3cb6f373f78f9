package booking

import (
	"slices"
	"strings"
	"time"

	"recado/agent/answer"
	"recado/agent/clinic"
	"recado/agent/dates"
	"recado/agent/language"
)

// Heard is what a turn says about a visit, read without looking at a book.
type Heard struct {
	// Plain is true where a draft is open and every word of the turn, or of
	// whole sentences of it, is a reply to what was asked. Rest holds the
	// tokens [start, end) of the sentences that are not; none: all is said.
	Plain bool
	Rest  [][2]int
	// Choice is the id of what was chosen by tap or number; empty for none.
	Choice string
	// Names is true where the turn is nothing but names of the clinic's people
	// and places, which tell no language.
	Names bool
	// Bare is true where it is the single word cancel or cancelar.
	Bare bool
	// Request is true where no draft is open and every word is part of asking
	// for a visit: "necesito cita", "I need an appointment for my son on
	// Friday".
	Request bool
	// Affirm and Deny are true where no draft is open and the turn is nothing
	// but a yes or a no: what a reminder may be answered with.
	Affirm, Deny bool
	// Stop is true where the patient chose to end messages.
	Stop bool

	marks    map[mark]bool  // what whole sentences say
	pick     int            // a number or place in a list, -1 the last
	unsure   bool           // the number may as well be a day or an hour that was offered
	sure     doubts         // whether the words choose unmistakably
	wonders  bool           // they ask for a day, or put it in the place of others
	wish     Wish           // of the whole turn
	exact    Wish           // the same, with every day and time as one to come on
	weekdays []time.Weekday // set where days are named by their weekday alone
	wanted   []time.Weekday // those of them that suit
	refuses  bool           // a day or time is named that does not suit
	doubt    []string       // two dates that the day may be
	places   []*clinic.Location
	provider *clinic.Provider
	kind     *clinic.Visit
	seats    int  // 0 not said, 1, 2; more than 2: too many for here
	many     bool // children without a number
	asks     bool // a question: when, what time, or a question mark
	moves    bool // a word for changing a visit
	idle     bool // nothing but a number, a yes or a no, and words around it
	verdict  bool // words of it, not only a tap
}

// scan is a turn's tokens while they are read.
type scan struct {
	Turn
	tokens []language.Token
	known  []bool // explained as part of a reply
	said   []bool // and says something
	marks  []mark // by token; on the first of a phrase
	of     []mark // by token; on each of a phrase
	h      Heard
	picks  []pick
	// mentions are the days and times that the turn names.
	mentions []dates.Mention
}

type pick struct {
	at, n int
	bare  bool // a digit that nothing else explains
}

// Hear reads a turn. It does no I/O.
func Hear(t Turn) Heard {
	s := &scan{Turn: t, tokens: t.Tokens, h: Heard{marks: map[mark]bool{}}}
	s.known, s.said = make([]bool, len(s.tokens)), make([]bool, len(s.tokens))
	s.marks, s.of = make([]mark, len(s.tokens)), make([]mark, len(s.tokens))
	s.h.verdict = len(s.tokens) > 0
	d := t.Draft.open(t.Now)
	s.things()
	s.times(d)
	s.phrases()
	s.numbers(d)
	s.whom()
	s.settle(d)
	if IsChoice(t.Button) && !(t.Followed && s.h.Plain && s.decides()) {
		s.h.Choice, s.h.Plain = t.Button, true
		s.h.sure = min(s.h.sure, guarded)
		if !t.Followed {
			s.h.sure = certain
		}
	}
	s.h.Stop = d != nil && d.Asked == AskEnd && s.h.Plain && s.h.Choice == idEndMessages
	return s.h
}

func (s *scan) cover(from, to int, says bool) {
	for i := from; i < to && i < len(s.tokens); i++ {
		s.known[i] = true
		s.said[i] = s.said[i] || says
	}
}

func (s *scan) w(i int) string {
	if i < 0 || i >= len(s.tokens) {
		return ""
	}
	return s.tokens[i].Surface
}

// things finds the clinic's people, places and kinds of visits.
func (s *scan) things() {
	named := answer.FindNamed(s.Profile, s.tokens)
	s.h.places = named.Places
	if len(named.Providers) == 1 {
		s.h.provider = named.Providers[0]
	}
	for _, span := range named.Spans {
		s.cover(span[0], span[1], true)
	}
	s.h.Names = len(s.tokens) > 0 && !slices.Contains(s.known, false)
	longest := 0
	for i := range s.Profile.Booking.Visits {
		v := &s.Profile.Booking.Visits[i]
		for _, name := range append([]string{v.Name.EN, v.Name.ES}, v.Aliases...) {
			words := strings.Fields(clinic.Fold(name))
			if at := s.find(words); at >= 0 && len(words) > longest {
				s.h.kind, longest = v, len(words)
				s.cover(at, at+len(words), true)
			}
		}
	}
}

// find returns where words stand in the turn, -1 where they do not.
func (s *scan) find(words []string) int {
	for i := 0; len(words) > 0 && i+len(words) <= len(s.tokens); i++ {
		if slices.EqualFunc(words, s.tokens[i:i+len(words)], func(w string, t language.Token) bool { return t.Surface == w || t.Word == w }) {
			return i
		}
	}
	return -1
}

// times finds days and times. What may be a number of the list as well ("el
// 2", "la 1") is one, unless such a day or hour was offered.
func (s *scan) times(d *Draft) {
	now := s.Now.In(s.Profile.Zone)
	mentions := dates.Find(s.tokens, now, dates.Options{Opens: answer.Opens(s.Profile)})
	mentions = slices.DeleteFunc(mentions, func(m dates.Mention) bool {
		n, ok := s.numbered(m)
		if !ok || d == nil || n > len(d.Choices) {
			return false
		}
		for i, o := range d.Offered {
			start := o.Start.In(s.Profile.Zone)
			if (m.Kind == dates.Day && start.Day() == n || m.Kind == dates.Time && start.Hour()*60+start.Minute() == m.Time) && i+1 != n {
				s.h.unsure = true
			}
		}
		s.h.unsure = s.h.unsure || m.Kind == dates.Day && s.near(m.Day) && !dated(d, n, s.Profile.Zone)
		s.picks = append(s.picks, pick{at: m.Start, n: n})
		s.cover(m.Start, m.End, true)
		return true
	})
	for _, m := range mentions {
		s.cover(m.Start, m.End, true)
	}
	s.mentions = mentions
	s.wishes(mentions)
}

// wishes reads what is wished from mentions of days and times.
func (s *scan) wishes(mentions []dates.Mention) {
	today := clinic.DateOf(s.Now.In(s.Profile.Zone))
	s.h.refuses = false
	wanted, not := s.wanted(mentions)
	s.h.wish, s.h.doubt = wishOf(wanted, s.tokens, today, false)
	s.h.wish.Not = not
	s.h.exact, _ = wishOf(mentions, s.tokens, today, true)
	s.h.weekdays = weekdays(mentions, s.tokens)
	s.h.wanted = weekdays(wanted, s.tokens)
}

// near reports whether a date is so near that a patient may mean it: "the 2nd"
// on the 25th.
func (s *scan) near(day clinic.Date) bool {
	today := clinic.DateOf(s.Now.In(s.Profile.Zone))
	return day.Compare(today) >= 0 && day.Compare(today.AddDays(14)) < 0
}

// dated reports whether the n-th time on offer is on the n-th of its month.
func dated(d *Draft, n int, zone *time.Location) bool {
	return n <= len(d.Offered) && d.Offered[n-1].Start.In(zone).Day() == n
}

// phrases finds the replies that words make.
func (s *scan) phrases() {
	for i := 0; i < len(s.tokens); {
		n, m := s.phraseAt(i)
		if n == 0 {
			i++
			continue
		}
		s.marks[i] = m
		for k := range n {
			s.of[i+k] = m
		}
		s.cover(i, i+n, m != filler)
		i += n
	}
}

func (s *scan) phraseAt(i int) (int, mark) {
	for _, written := range []bool{true, false} {
		words := make([]string, 0, longestPhrase)
		best, found := 0, mark("")
		for k := i; k < len(s.tokens) && k-i < longestPhrase && !(k > i && s.tokens[k].Break); k++ {
			w := s.tokens[k].Word
			if written {
				w = s.tokens[k].Surface
			}
			words = append(words, w)
			if m, ok := phrases[strings.Join(words, " ")]; ok && (m == filler || !s.said[i] || k > i) {
				best, found = k-i+1, m
			}
		}
		if best > 0 {
			return best, found
		}
	}
	return 0, ""
}

// heads reports whether a number counts people: "somos 2", "for two on
// Tuesday". While times are on offer, "for 2" may be the second of them.
func (s *scan) heads(i int) bool {
	if _, ok := number(s.w(i)); !ok || units[s.w(i+1)] || s.w(i+1) == "am" || s.w(i+1) == "pm" || s.w(i+1) == "oclock" {
		return false
	}
	switch before := s.w(i - 1); before {
	case "somos":
		return true
	case "for", "para":
		d := s.Draft.open(s.Now)
		return (d == nil || !d.Asked.aboutTime()) && (!s.said[i] || slices.ContainsFunc(s.picks, func(p pick) bool { return p.at == i }))
	}
	return false
}

// whom finds for how many children the visit is.
func (s *scan) whom() {
	single, plural, own := 0, -1, false
	for i := range s.tokens {
		w := s.w(i)
		switch {
		case aChild[w]:
			single++
			s.cover(i, i+1, false)
		case kids[w]:
			plural = i
			s.cover(i, i+1, false)
		case pair[w]:
			s.h.seats = 2
			s.cover(i, i+1, false)
		case self[w] && (s.w(i-1) == "for" || s.w(i-1) == "para"):
			own = own || s.w(i+1) == "and" || s.w(i+1) == "y" // "para mí y mi hija"
		case relative[w] && own:
			single++ // "y para mi esposo"
			s.cover(i, i+1, false)
		case s.heads(i):
			s.h.seats, _ = number(w)
			s.picks = slices.DeleteFunc(s.picks, func(p pick) bool { return p.at == i })
			s.cover(i, i+1, true)
		}
	}
	switch {
	case plural >= 0 && s.h.seats == 0:
		for back := 1; back <= 3 && plural-back >= 0; back++ {
			if w := s.w(plural - back); w == "both" || w == "ambos" || w == "ambas" {
				s.h.seats = 2
			} else if n, ok := number(w); ok {
				s.h.seats = n
				s.picks = slices.DeleteFunc(s.picks, func(p pick) bool { return p.at == plural-back })
				s.h.pick = 0
			}
		}
		s.h.many = s.h.seats == 0
	case single == 2, single == 1 && own:
		s.h.seats = 2
	case single > 2:
		s.h.seats = single
	case single == 1:
		s.h.seats = 1
	}
}
