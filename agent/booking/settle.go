package booking

import (
	"slices"
	"strings"

	"recado/agent/clinic"
	"recado/agent/dates"
	"recado/agent/language"
)

// settle cuts the turn into sentences, and takes those that are replies.
func (s *scan) settle(d *Draft) {
	h := &s.h
	h.asks = strings.ContainsAny(s.Text, "?¿")
	for i := range s.tokens {
		relative := (s.w(i) == "que" || s.w(i) == "q") && i > 0 && s.said[i-1] && !s.parted(i) // "la última que me dijo"
		h.asks = h.asks || asking[s.w(i)] && !s.said[i] && !relative
		h.moves = h.moves || s.marks[i] == move
	}
	if len(s.tokens) == 1 {
		switch s.w(0) {
		case "cancel", "cancelar", "cancela", "cancelen", "cancele", "cancelado":
			h.Bare = true
		}
	}
	if d == nil {
		h.idle = len(s.tokens) > 0 && !slices.Contains(s.known, false) && h.wish.empty() && h.kind == nil && h.seats == 0 && !s.speaksOf(visitWords)
		h.Request = !h.asks && s.requests()
		h.Affirm, h.Deny = h.idle && s.only(yes, weakYes, yes), h.idle && s.only(no, no, absent)
		return
	}
	said := false
	var unsaid [][2]int
	for _, p := range s.sentences() {
		known, says := true, false
		for i := p[0]; i < p[1]; i++ {
			known, says = known && s.known[i], says || s.said[i]
		}
		if !known {
			unsaid = append(unsaid, p)
			continue
		}
		said = said || says
		for i := p[0]; i < p[1]; i++ {
			if m := s.marks[i]; m != "" && m != filler {
				h.marks[m] = true
			}
		}
	}
	if len(unsaid) > 0 {
		// Beside something else a word such as ok only begins a sentence, and
		// a day or a number in that sentence is its own.
		delete(h.marks, weakYes)
		h.pick = 0
		for _, p := range s.picks {
			if !in(unsaid, p.at) {
				h.pick = p.n
			}
		}
		s.replied(unsaid)
		said = h.pick != 0 || h.marks[yes] || h.marks[no] || h.marks[anyTime] || h.marks[none] || h.marks[drop] ||
			h.marks[otherDay] || h.marks[later] || h.marks[earlier] || s.wished(unsaid)
	}
	if len(s.tokens) == 0 && s.Approves {
		h.marks[weakYes], said = true, true
	}
	if h.asks && h.pick != 0 && s.speaksOf(asking) {
		h.unsure = true // "what is number 2?"
	}
	h.Plain, h.Rest = said, unsaid
	if !said {
		h.Rest = nil
	}
	h.sure = s.doubt(unsaid)
	h.Choice = s.chosen(d)
	if d.Asked == AskEnd && h.Choice == "" && h.Plain && h.marks[messages] && !h.marks[visit] && !h.marks[no] && !h.marks[both] {
		h.Choice = idEndMessages
	}
}

// only reports whether the phrases of the turn have the first mark, and no
// other than these.
func (s *scan) only(first mark, also ...mark) bool {
	found := false
	for _, m := range s.marks {
		found = found || m == first || m == absent && slices.Contains(also, absent)
		if m != "" && m != filler && m != first && !slices.Contains(also, m) {
			return false
		}
	}
	return found && len(s.picks) == 0
}

// requests reports whether all that the turn says is that a visit is wanted.
func (s *scan) requests() bool {
	for i := range s.tokens {
		if m := s.marks[i]; m == absent || m == move || m == keep || m == no || m == none || m == drop || m == messages {
			return false
		}
		if w := s.w(i); !s.known[i] && !visitWords[w] && !wantWords[w] {
			return false
		}
	}
	return s.speaksOf(visitNouns) && s.speaksOf(wantWords)
}

// speaksOf reports whether one of the words stands in the turn.
func (s *scan) speaksOf(words map[string]bool) bool {
	return slices.ContainsFunc(s.tokens, func(t language.Token) bool { return words[t.Surface] || words[t.Word] })
}

func in(parts [][2]int, i int) bool {
	for _, p := range parts {
		if p[0] <= i && i < p[1] {
			return true
		}
	}
	return false
}

// replied takes the days and times of the sentences that are replies for those
// that are wished, where such a sentence comes after all that is none: "it is
// Thanksgiving then, so Friday".
func (s *scan) replied(unsaid [][2]int) {
	own := slices.DeleteFunc(slices.Clone(s.mentions), func(m dates.Mention) bool { return in(unsaid, m.Start) })
	days := func(all []dates.Mention) (n int) {
		for _, m := range all {
			if m.Kind == dates.Day {
				n++
			}
		}
		return n
	}
	if days(own) == 0 || days(own) == days(s.mentions) || own[0].Start < unsaid[len(unsaid)-1][1] {
		return
	}
	s.wishes(own)
	for i := range s.tokens {
		if s.marks[i] == "" && in(unsaid, i) {
			s.said[i] = false
		}
	}
}

// wished reports whether a sentence that is a reply names a day or a time, and
// no other one does.
func (s *scan) wished(unsaid [][2]int) bool {
	if s.h.wish.empty() {
		return false
	}
	inside := false
	for i := range s.tokens {
		if s.said[i] && s.marks[i] == "" && in(unsaid, i) {
			return false
		}
		inside = inside || s.said[i] && s.marks[i] == "" && !in(unsaid, i)
	}
	return inside
}

// sentences are the stretches of tokens between full stops, lines and commas.
func (s *scan) sentences() [][2]int {
	var out [][2]int
	from := 0
	for i := 1; i <= len(s.tokens); i++ {
		if i < len(s.tokens) && !s.parted(i) {
			continue
		}
		out = append(out, [2]int{from, i})
		from = i
	}
	return out
}

// parted reports whether a sentence, or a part of one, begins at token i.
func (s *scan) parted(i int) bool {
	if s.tokens[i].Break {
		return true
	}
	from, to := s.tokens[i-1].End, s.tokens[i].Start
	return from <= to && to <= len(s.Text) && (strings.ContainsAny(s.Text[from:to], ",;?!") || strings.Contains(s.Text[from:to], ". "))
}

// chosen is the choice that a number or a few words name; empty where they
// name none or where it is doubtful.
func (s *scan) chosen(d *Draft) string {
	h := &s.h
	n := h.pick
	if n == 0 || h.unsure || s.undone() {
		return ""
	}
	if h.sure == unclear {
		h.unsure = true
		return ""
	}
	if n < 0 {
		n = len(d.Choices)
		if n > 0 && d.Choices[n-1] == idMore {
			n-- // the last time, not the way to others
		}
	}
	if n < 1 || n > len(d.Choices) {
		return ""
	}
	id := d.Choices[n-1]
	if at := offered(d, id); at != nil && !h.wish.empty() && !h.wish.holds(*at, s.Profile.Zone) {
		h.unsure = !s.correction()
		return ""
	}
	return id
}

// decides reports whether words say more than yes.
func (s *scan) decides() bool {
	return s.h.pick != 0 || !s.h.wish.empty() || slices.ContainsFunc(undoing, func(m mark) bool { return s.h.marks[m] })
}

// undoing are the replies that take back what was chosen before.
var undoing = []mark{drop, absent, none, no, otherDay, later, earlier, keep, move}

// undone reports whether a later line takes the number back.
func (s *scan) undone() bool {
	last := s.picks[len(s.picks)-1].at
	for i := last + 1; i < len(s.tokens); i++ {
		if slices.Contains(undoing, s.marks[i]) && s.lineBetween(last, i) {
			return true
		}
	}
	return false
}

// correction reports whether the day or time stands on a later line than the
// number, and so replaces it.
func (s *scan) correction() bool {
	last := s.picks[len(s.picks)-1].at
	for i := last + 1; i < len(s.tokens); i++ {
		if s.said[i] && s.marks[i] == "" && s.lineBetween(last, i) {
			return true
		}
	}
	return false
}

// childVisit is the only kind of visit that is named as one for children.
func childVisit(p *clinic.Profile) *clinic.Visit {
	var found *clinic.Visit
	for i := range p.Booking.Visits {
		v := &p.Booking.Visits[i]
		words := strings.Fields(clinic.Fold(strings.Join(append([]string{v.Name.EN, v.Name.ES}, v.Aliases...), " ")))
		for _, w := range words {
			if aChild[w] || kids[w] {
				if found != nil && found != v {
					return nil
				}
				found = v
			}
		}
	}
	return found
}
