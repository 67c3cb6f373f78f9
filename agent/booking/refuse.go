package booking

import (
	"slices"
	"time"

	"recado/agent/dates"
	"recado/agent/schedule"
)

// wanted are the mentions of days and times that the patient wants. not holds
// the days that they do not, by date or, where a weekday was named, by its
// name. What ends at a refusal begins there: "not before 3".
func (s *scan) wanted(mentions []dates.Mention) (wanted []dates.Mention, not []string) {
	for i, m := range mentions {
		if !s.refused(m) || m.Kind == dates.Day && i+1 < len(mentions) && mentions[i+1].Kind == dates.Part && mentions[i+1].Start-m.End <= 2 && s.refused(mentions[i+1]) {
			if m.Kind == dates.Time && s.busy(m) {
				m.Role = dates.From
			}
			wanted = append(wanted, m)
			continue
		}
		s.h.refuses = true
		switch {
		case m.Role == dates.To && s.w(m.Start-1) != "al" && s.w(m.Start-1) != "to":
			m.Role = dates.From
			wanted = append(wanted, m)
		case m.Role == dates.From && m.Kind == dates.Time:
			m.Role = dates.To
			wanted = append(wanted, m)
		case m.Kind == dates.Part:
			if other := otherPart[m.Part]; other != "" {
				m.Part = other
				wanted = append(wanted, m)
			}
		case m.Kind == dates.Day && otherPart[m.Part] != "":
			m.Part = otherPart[m.Part]
			wanted = append(wanted, m) // "I can't on Friday morning"
		case m.Kind == dates.Day && m.Part == "" && m.Weekday:
			not = append(not, m.Day.Weekday().String())
		case m.Kind == dates.Day && m.Part == "":
			not = append(not, m.Day.String())
		}
	}
	return wanted, not
}

// otherPart is what is left of a day without one of its parts.
var otherPart = map[dates.PartOfDay]dates.PartOfDay{dates.Morning: dates.Afternoon, dates.Afternoon: dates.Morning, dates.Evening: dates.Morning, dates.Night: dates.Morning}

// refused reports whether a no stands with a mention, between the words and
// marks that part one wish from another.
func (s *scan) refused(m dates.Mention) bool {
	from, to := m.Start, m.End
	for from > 0 && !s.parted(from) && !parting[s.w(from-1)] {
		from--
	}
	for to < len(s.tokens) && !s.parted(to) && !parting[s.w(to)] {
		to++
	}
	for i := from; i < to; i++ {
		w, next := s.w(i), ""
		if i+1 < to {
			next = s.w(i + 1)
		}
		if m.Start <= i && i < m.End || !denials[w] {
			continue
		}
		switch {
		case w == "no" && i == from && politeNo[next]:
			continue // "no mejor el martes"
		case besides[next]:
			continue // "no importa", "no tienen algo el martes", "I don't work Mondays", "not new"
		}
		return true
	}
	return false
}

// busy reports whether a time is when something ends that the patient cannot
// come before: "I work until 5", "salgo del trabajo a las 5".
func (s *scan) busy(m dates.Mention) bool {
	for i := m.Start - 1; i >= 0; i-- {
		if m.Role == dates.To && busyWords[s.w(i)] || m.Role != dates.From && m.Role != dates.To && leaving[s.w(i)] {
			return true
		}
		if i == 0 || s.parted(i) || parting[s.w(i)] {
			return false
		}
	}
	return false
}

var (
	busyWords = set(`work works working trabajo trabaja trabajamos school class classes clase clases escuela`)
	leaving   = set(`salgo sale salen salimos off`)
	parting   = set(`but pero sino aunque mejor instead how que tal what hay tienen because porque can could may puede podria sorry perdon disculpe`)
	politeNo  = set(`mejor wait espere espera thanks thank gracias sorry perdon actually`)
	besides   = set(`new soy importa mind care work trabajo trabajamos trabaja tienen tiene tendran tendra hay habra have you they tengo problema problem matter`)
)

// refuses reports whether a wish excludes the day of a time.
func (w Wish) refuses(s schedule.Slot, zone *time.Location) bool {
	start := s.Start.In(zone)
	return slices.Contains(w.Not, start.Weekday().String()) || slices.Contains(w.Not, start.Format(time.DateOnly))
}

// without takes the refused days out of those that w names.
func (w Wish) without(not []string) Wish {
	refused := func(day string) bool {
		return slices.Contains(not, day) || slices.Contains(not, dateOf(day).Weekday().String())
	}
	w.Days = slices.DeleteFunc(slices.Clone(w.Days), refused)
	for _, day := range not {
		if !slices.Contains(w.Not, day) && len(w.Not) < mostNot {
			w.Not = append(slices.Clone(w.Not), day)
		}
	}
	return w
}

// mostNot is how many refused days are kept.
const mostNot = 7
