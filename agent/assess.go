package agent

import (
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"recado/agent/dates"
	"recado/agent/guard"
	"recado/agent/intentname"
	"recado/agent/language"
	"recado/agent/reading"
	"recado/intents"
)

// evidence is everything that the detectors found in a turn.
type evidence struct {
	text    string // the turn's words, one message a line
	reading reading.Reading
	// whole and parts are the classifier's probabilities for the turn and for
	// each clause of it, by Classifier.Intents.
	whole []float64
	parts []part
	// signals come from rules, on the turn and on it joined to what the
	// patient wrote before.
	signals    []guard.Signal
	found      finding // what the gate saw
	attachment string
	unreadable bool // the turn holds what cannot be read: a place, a contact card
	consent    ConsentChange
	asked      string     // key of the question that the last reply left open
	questions  []question // what is answered; set where the turn is answered
	model      modelPart
	visit      visitPart
}

type part struct {
	intents.Part
	p []float64
}

// joinedBefore is how many of the patient's earlier messages are read
// together with the turn, for what is said in pieces ("my dad" / "his chest").
const joinedBefore = 2

func (a *Agent) gather(t Turn) *evidence {
	e := &evidence{asked: t.Session.Asked}
	var lines []string
	for _, ev := range t.Events {
		if ev.Kind == KindAttachment && private(ev.Attachment) {
			e.attachment = ev.Attachment
		}
		switch ev.Kind {
		case KindLocation, KindContacts, KindOrder, KindUnsupported:
			e.unreadable = true
		}
		if !e.visit.tapped(t, ev) && strings.TrimSpace(ev.Text) != "" {
			lines = append(lines, ev.Text)
		}
	}
	e.text = strings.Join(lines, "\n")
	e.reading = a.reader.Read(e.text)
	e.signals = a.find(&e.reading)
	a.hearVisit(t, e)
	for _, s := range a.acrossTurns(t.Session.Tail, e) {
		if s.Risk == guard.Emergency || !e.visit.heard.Plain || e.visit.rest != nil {
			e.signals = append(e.signals, s) // the number of a time continues no sentence about a fever
		}
	}
	tokens := e.reading.Text.Tokens
	if len(tokens) == 0 {
		e.consent = a.consentChange(t, e)
		return e
	}
	e.found = a.look(&e.reading)
	a.classifyAll(e)
	a.believeHints(e)
	e.consent = a.consentChange(t, e)
	a.inContext(t, e)
	return e
}

// look is what the gate sees in a message: at first with nothing explained to
// it, which settles most messages.
func (a *Agent) look(r *reading.Reading) finding {
	found := a.gate.look(r, nil, nil)
	if !found.clinical && (found.unknown == 0 || !found.personal) {
		return found
	}
	sayings, everyday := a.guard.Sayings(r.Text, r.Terms)
	if len(sayings)+len(everyday) == 0 {
		return found
	}
	return a.gate.look(r, sayings, everyday)
}

// find returns what the rules find in a message as it was read and as it was
// written: no repair may hide a danger.
func (a *Agent) find(r *reading.Reading) []guard.Signal {
	signals := a.guard.Find(r.Text, r.Terms)
	if r.Written == nil {
		return signals
	}
	for _, s := range a.guard.Find(r.Written.Text, r.Written.Terms) {
		known := func(t guard.Signal) bool { return t.Rule == s.Rule && t.Risk >= s.Risk }
		if s.Category != guard.CategoryConsent && !slices.ContainsFunc(signals, known) {
			signals = append(signals, s)
		}
	}
	return signals
}

// believeHints makes a risk of each hint of the rules, unless the classifier
// is sure that nothing in the turn is about care.
func (a *Agent) believeHints(e *evidence) {
	if !a.hinted(e) {
		return
	}
	for i := range e.signals {
		if e.signals[i].Hint() {
			e.signals[i].Risk = guard.Escalate
		}
	}
}

// hinted reports whether a hint of care is to be believed.
func (a *Agent) hinted(e *evidence) bool {
	if len(e.whole) == 0 {
		return true // the rules are alone
	}
	whole, clause := a.risk(e, intents.Sensitive, intents.Emergency)
	return max(whole, clause) >= a.thresholds.Hint
}

// classify returns the probability of each of Classifier.Intents for tokens
// [from, to), or nil where the rules are alone.
func (a *Agent) classify(r *reading.Reading, from, to int) []float64 {
	if a.rulesAlone {
		return nil
	}
	return a.classifier.Classify(r, from, to)
}

// classifyAll is classify for the turn and each clause of it, into e.
func (a *Agent) classifyAll(e *evidence) {
	if a.rulesAlone {
		return
	}
	tokens := e.reading.Text.Tokens
	parts := append([]intents.Part{{To: len(tokens)}}, clauses(tokens)...)
	p := a.classifier.ClassifyParts(&e.reading, parts)
	e.whole = p[0]
	for i, c := range parts[1:] {
		e.parts = append(e.parts, part{c, p[i+1]})
	}
}

// shortReply is the most tokens of a message that is read as a reply to what
// was said before.
const shortReply = 12

// inContext reads a short message in the light of the last turn: after a
// question about booking, "the second one" and "San Jose" are about booking.
// A message with a clinical word in it gets no such benefit, and what rules
// found is not touched.
func (a *Agent) inContext(t Turn, e *evidence) {
	s := t.Session
	if len(e.whole) == 0 || len(s.Intents) == 0 || len(e.reading.Text.Tokens) > shortReply || e.found.clinical {
		return
	}
	last := s.Intents[0]
	if k := a.intents[last].Kind; k != intents.FrontDesk && k != intents.Conversation {
		return
	}
	own := 2 * a.thresholds.Context
	if changesVisit(last) && onlyTimes(e.reading.Text.Tokens, t.Now.In(t.Clinic.Zone)) {
		own *= timesAlone
		if last == intentname.Confirm { // a time was offered and is chosen
			last = intentname.Booking
		}
	}
	sum := 0.0
	if last == intentname.Booking {
		// while a visit is being arranged, another time is still booking
		a.move(e.whole, intentname.Reschedule, intentname.Booking)
	}
	for i, in := range a.classifier.Intents() {
		switch {
		case in.Name == last:
			e.whole[i] *= own
		case in.Kind == intents.FrontDesk || in.Kind == intents.Conversation:
			e.whole[i] *= a.thresholds.Context
		}
		sum += e.whole[i]
	}
	for i := range e.whole {
		e.whole[i] /= sum
	}
}

// timesAlone is how much likelier the last turn's intent becomes once more
// where it was about a visit and the answer is a day or a time and nothing else.
const timesAlone = 8

// onlyTimes reports whether tokens name days and times and nothing else: "2:30",
// "el jueves a las 3".
func onlyTimes(tokens []language.Token, now time.Time) bool {
	named := 0
	for _, m := range dates.Find(tokens, now, dates.Options{}) {
		named += m.End - m.Start
	}
	return named > 0 && named == len(tokens)
}

// move adds the probability of one intent to another.
func (a *Agent) move(p []float64, from, to string) {
	all := a.classifier.Intents()
	for i := range all {
		if all[i].Name != from {
			continue
		}
		for j := range all {
			if all[j].Name == to {
				p[j] += p[i]
				p[i] = 0
			}
		}
	}
}

// acrossTurns finds rules that only fire when the patient's last messages
// are read together, and that reach into this turn.
func (a *Agent) acrossTurns(tail []Message, e *evidence) []guard.Signal {
	var before []string
	for i := len(tail) - 1; i >= 0 && len(before) < joinedBefore; i-- {
		if tail[i].From == Patient {
			before = append([]string{tail[i].Text}, before...)
		}
	}
	if len(before) == 0 || e.text == "" {
		return nil
	}
	prefix := strings.Join(before, "\n") + "\n"
	alone := a.reader.Read(prefix)
	for _, s := range a.find(&alone) {
		if s.Risk == guard.Emergency {
			return nil // it was answered then, and must not colour what follows
		}
	}
	fired := map[string]bool{}
	for _, s := range e.signals {
		fired[s.Rule] = true
	}
	joined := a.reader.Read(prefix + e.text)
	var out []guard.Signal
	for _, s := range a.find(&joined) {
		if s.Span[1] <= len(prefix) || fired[s.Rule] {
			continue
		}
		s.Span = [2]int{max(0, s.Span[0]-len(prefix)), s.Span[1] - len(prefix)}
		out = append(out, s)
	}
	return out
}

// private reports whether an attachment of this type may show a person's
// care. Stickers do not.
func private(attachment string) bool { return attachment != "" && attachment != "sticker" }

// share adds up the probabilities of intents of the given kinds.
func (a *Agent) share(p []float64, kinds ...intents.Kind) float64 {
	sum := 0.0
	all := a.classifier.Intents()
	for i := range all {
		for _, k := range kinds {
			if all[i].Kind == k {
				sum += p[i]
			}
		}
	}
	return sum
}

// probability returns p of the intent with that name.
func (a *Agent) probability(p []float64, name string) float64 {
	all := a.classifier.Intents()
	for i := range all {
		if all[i].Name == name {
			return p[i]
		}
	}
	return 0
}

// best returns the most likely intent of the given kinds.
func (a *Agent) best(p []float64, kinds ...intents.Kind) Intent {
	best := Intent{Confidence: -1}
	all := a.classifier.Intents()
	for i := range all {
		for _, k := range kinds {
			if all[i].Kind == k && p[i] > best.Confidence {
				best = Intent{Name: all[i].Name, Confidence: p[i]}
			}
		}
	}
	return best
}

// risk is the highest share of the given kinds, in the whole turn and in any
// clause of it.
func (a *Agent) risk(e *evidence, kinds ...intents.Kind) (whole, clause float64) {
	whole = a.share(e.whole, kinds...)
	for _, p := range e.parts {
		clause = max(clause, a.share(p.p, kinds...))
	}
	return whole, clause
}

// wanted lists the intents of a turn, most certain first: those that rules
// imply, the best of the whole, and the best of each clause that is sure.
func (a *Agent) wanted(e *evidence) []Intent {
	found := map[string]float64{}
	for _, s := range e.signals {
		if s.Intent != "" && s.Category != guard.CategoryConsent && s.Category != guard.CategoryDecline && !s.Hint() {
			found[s.Intent] = max(found[s.Intent], s.Strength)
		}
	}
	all := a.classifier.Intents()
	top := func(p []float64, least float64) {
		best := 0
		for i := range p {
			if p[i] > p[best] {
				best = i
			}
		}
		if len(p) > 0 && p[best] >= least {
			found[all[best].Name] = max(found[all[best].Name], p[best])
		}
	}
	top(e.whole, 0)
	for _, p := range e.parts {
		top(p.p, a.thresholds.Clause)
	}
	out := make([]Intent, 0, len(found))
	for name, c := range found {
		out = append(out, Intent{Name: name, Confidence: math.Round(c*1000) / 1000})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Confidence != out[j].Confidence {
			return out[i].Confidence > out[j].Confidence
		}
		return out[i].Name < out[j].Name
	})
	return out
}

// keyword reports whether a text is nothing but a word that replies in both
// languages ask patients to write, and so tells no language.
func keyword(text string) bool {
	switch strings.ToUpper(strings.TrimSpace(text)) {
	case "STOP", "START", "HELP":
		return true
	}
	return false
}

// A mixed message is answered in the language of its grammar, where all its
// words together weigh as much as a third of a word of grammar each. Below
// leastFrame the conversation's language stays.
const (
	frameScore = 0.3
	leastFrame = 1
)

// replyLanguage is English or Spanish: what the patient asked for, else what
// they wrote, else what the conversation was in, else English.
func replyLanguage(r language.Result, s Session, text string, tokens []language.Token) (lang language.Language, chosen bool) {
	frame := language.Frame(tokens) + frameScore*r.Score
	switch {
	case s.Language != "" && keyword(text):
		return s.Language, false
	case r.Asked != "":
		return r.Asked, true
	case s.LanguageChosen:
		return s.Language, true
	case r.Language == language.English || r.Language == language.Spanish:
		return r.Language, false
	case r.Language == language.Mixed && frame >= leastFrame:
		return language.English, false
	case r.Language == language.Mixed && frame <= -leastFrame:
		return language.Spanish, false
	case s.Language != "":
		return s.Language, false
	case r.Score < 0:
		return language.Spanish, false
	}
	return language.English, false
}
