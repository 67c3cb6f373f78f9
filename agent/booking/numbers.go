package booking

import (
	"slices"
	"strconv"
	"strings"

	"recado/agent/answer"
	"recado/agent/dates"
)

// numbered reports whether a mention is a single small number behind a
// Spanish article, which may count the choices.
func (s *scan) numbered(m dates.Mention) (n int, ok bool) {
	if m.End-m.Start == 2 && m.Kind == dates.Day && ordinalEnd[s.w(m.Start+1)] {
		n, ok = number(s.w(m.Start))
		return n, ok && s.w(m.Start-1) == "the" && s.w(m.Start-2) != "on"
	}
	if m.End-m.Start != 1 || m.Kind != dates.Day && m.Kind != dates.Time || m.Weekday {
		return 0, false
	}
	n, ok = number(s.w(m.Start))
	article := s.w(m.Start - 1)
	before := s.w(m.Start - 2)
	return n, ok && (article == "la" || article == "el") && before != "a" && before != "dia" && !(m.Kind == dates.Time && before == "de") // "la de la 1"
}

func number(w string) (int, bool) {
	if len(w) == 1 && w[0] >= '1' && w[0] <= '9' {
		return int(w[0] - '0'), true
	}
	n, ok := cardinals[w]
	return n, ok
}

// numbers finds the places of a list: "2", "the second one", "la última".
func (s *scan) numbers(d *Draft) {
	for i := range s.tokens {
		w := s.w(i)
		if n, ok := ordinals[w]; ok && (!s.said[i] || s.marks[i] == "") && !s.within(i, isNew) {
			s.picks = append(s.picks, pick{at: i, n: n})
			s.cover(i, i+1, true)
			continue
		}
		n, ok := number(w)
		if d != nil && d.Asked.aboutTime() && !s.said[i] && (w == "10" || w == "11" || w == "12" || ok && n > len(d.Choices)) {
			s.h.wish.At = s.hour(w)
			s.h.exact.At = s.h.wish.At
			s.cover(i, i+1, true)
			continue
		}
		if !ok || s.said[i] {
			continue
		}
		if _, word := cardinals[w]; word && (n == 1 && !s.alone(i)) {
			continue // "the last one", "una cita"
		}
		if units[s.w(i+1)] && !s.tokens[i+1].Break {
			s.known[i] = false // "3 days" answers something else
			continue
		}
		if before := s.w(i - 1); d != nil && d.Asked.aboutTime() && (before == "for" || before == "para") {
			s.h.unsure = true // the second time, or for two people
		}
		to := i + 1
		if ordinalEnd[s.w(to)] {
			to++
		}
		s.picks = append(s.picks, pick{at: i, n: n, bare: true})
		s.cover(i, to, true)
	}
	slices.SortFunc(s.picks, func(a, b pick) int { return a.at - b.at })
	if d == nil || len(s.picks) == 0 {
		return
	}
	last := s.picks[len(s.picks)-1]
	s.h.pick = last.n
	for _, p := range s.picks[:len(s.picks)-1] {
		if p.n != last.n && !s.lineBetween(p.at, last.at) {
			s.h.unsure = true // "1 or 2"
		}
	}
}

// within reports whether token i lies in a phrase with that mark.
func (s *scan) within(i int, m mark) bool {
	for k := i; k >= 0 && i-k < longestPhrase; k-- {
		if s.marks[k] != "" {
			return s.marks[k] == m
		}
	}
	return false
}

// alone reports whether nothing else in the turn says anything.
func (s *scan) alone(i int) bool {
	for k := range s.tokens {
		if k != i && (s.said[k] || !s.known[k]) {
			return false
		}
	}
	return len(s.picks) == 0
}

func (s *scan) lineBetween(a, b int) bool {
	return strings.Contains(s.Text[s.tokens[a].End:s.tokens[b].Start], "\n")
}

// hour reads a number alone as an hour: morning from the clinic's opening on,
// else afternoon.
func (s *scan) hour(w string) int {
	n, ok := number(w)
	if !ok {
		n, _ = strconv.Atoi(w)
	}
	if n*60 < answer.Opens(s.Profile) {
		n += 12
	}
	return n * 60
}
