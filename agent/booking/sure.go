package booking

import (
	"slices"
	"strings"
)

// doubts is how sure it is that the words of a turn choose. Booking and giving
// up a visit take an unmistakable choice.
type doubts int

const (
	certain doubts = iota
	// guarded: the choice is clear and comes with a question or a condition. A
	// time is kept and asked about then.
	guarded
	// unclear: the words may as well say something else. The question is asked
	// again.
	unclear
)

// Guard keeps a choice from being booked at once: something stands beside it
// that comes first, such as the wish to talk with a person.
func (h *Heard) Guard() { h.sure = max(h.sure, guarded) }

// doubt looks at the sentences that decide: those with a number, a day or a
// time, a yes, or "any". All of their words must be of those that choices are
// made of, or it is unclear.
func (s *scan) doubt(unsaid [][2]int) doubts {
	worst, decided, undone := certain, false, false
	for _, p := range s.sentences() {
		if in(unsaid, p[0]) {
			for i := p[0]; i < p[1]; i++ {
				if w := s.w(i); conditions[w] || denials[w] || doubting[w] || i == p[0] && w == "si" {
					worst = max(worst, guarded)
				}
			}
			continue
		}
		decides := slices.ContainsFunc(s.picks, func(k pick) bool { return p[0] <= k.at && k.at < p[1] })
		for i := p[0]; i < p[1]; i++ {
			decides = decides || s.said[i] && slices.Contains(deciding, s.of[i])
		}
		if !decides {
			for i := p[0]; i < p[1] && decided; i++ {
				undone = undone || slices.Contains(undoing, s.of[i]) // "2, no puedo"
			}
			continue
		}
		decided, undone = true, false
		for i := p[0]; i < p[1]; i++ {
			worst = max(worst, s.doubtful(i))
		}
		if s.questioned(p) {
			worst = max(worst, guarded)
		}
		s.h.wonders = s.h.wonders || s.wonders(p)
	}
	if undone {
		return unclear
	}
	return worst
}

// doubtful is what one word of a sentence that decides leaves of it.
func (s *scan) doubtful(i int) doubts {
	w := s.w(i)
	switch of := s.of[i]; {
	case of == yes, of == weakYes, of == anyTime:
		return certain
	case of != "" && of != filler:
		return unclear
	case w == "do" && !plain[s.w(i-1)], w == "to" && s.w(i-1) == "have":
		return unclear // "do I have to"
	case conditions[w] && !s.said[i]:
		return guarded
	case counts[w] && s.picked(i+1):
		return unclear // "my daughter is 2", "de 2"
	case s.said[i], plain[w]:
		return certain
	case mayI[w]:
		return guarded
	}
	return unclear
}

// deciding are the marks of words that choose; numbers, days and times are in
// no phrase, or in one that says nothing.
var deciding = []mark{"", filler, yes, weakYes, anyTime}

// picked reports whether a number alone stands at i.
func (s *scan) picked(i int) bool {
	return slices.ContainsFunc(s.picks, func(p pick) bool { return p.at == i && p.bare })
}

// questioned reports whether a sentence ends with a question mark, or begins
// with one.
func (s *scan) questioned(p [2]int) bool {
	from, to := 0, len(s.Text)
	if p[0] > 0 {
		from = s.tokens[p[0]-1].End
	}
	if p[1] < len(s.tokens) {
		to = s.tokens[p[1]].Start
	}
	first, last := s.tokens[p[0]].Start, s.tokens[p[1]-1].End
	return from <= first && strings.Contains(s.Text[from:first], "¿") || last <= to && strings.Contains(s.Text[last:to], "?") ||
		first <= last && strings.Contains(s.Text[first:last], "?")
}

var (
	// plain are the words that stand around a choice and change nothing of it.
	plain = set(`the a an one ones option options number num at on in for to and it its that thats this those these i id ill im me my we well us lets let
		want need like prefer choose pick take have get do going go with then so um uh please pls plz thanks thank you thx hi hello hey
		works work fits is are be was would will good great fine best better instead rather really just actually sorry oops wait maam sir
		time times slot slots appointment appt visit oclock right of there here from around about come day am pm
		el la los las lo un una unos unas opcion numero al del de a en por para que es esta este esa ese esas esos eso seria sea ser y e si se le me mi nos
		quiero quisiera prefiero escojo elijo tomo tomare necesito queda quedaria conviene gusta gustaria mejor favor porfa porfavor porfis xfa gracias
		hola buenas entonces pues bueno hora horas horario horarios cita consulta yo espere espera perdon perdone digo puede podria dia dias buenos tardes
		quedo quedamos u q grax ty ah oh ay said mentioned listed dijo dijeron puso mando me agendeme apunteme deme dame ponga pongame voy ir venir ahi aqui`)
	// mayI ask whether something may be had, mark or no mark.
	mayI = set(`can could may puedo podria puede podemos tienen tiene hay tendra tendran what which cual how que`)
	// counts stand before a number that is an age or a sum.
	counts   = set(`is are tiene tengo tienen has have de are turns turned cumple son somos for para`)
	denials  = set(`no not cant cannot dont doesnt wont isnt didnt never nunca ni tampoco`)
	doubting = set(`if maybe perhaps think guess unsure quiza quizas tal creo puedo pueda podre depende depends`)
	// conditions make a yes wait for something.
	conditions = set(`but pero antes before unless if aunque though although solo only nomas primero siempre`)
)
