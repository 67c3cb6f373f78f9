package agent

import (
	"context"
	"strings"
	"unicode/utf8"

	"recado/agent/booking"
	"recado/agent/intentname"
	"recado/agent/language"
	"recado/agent/schedule"
	"recado/locales"
)

// ruleVisitReply decides a message that is nothing but a reply to what was
// asked about a visit, or has such a sentence.
const ruleVisitReply = "booking.reply"

// visitPart is the part that the appointment book has in a decision.
type visitPart struct {
	turn  booking.Turn
	heard booking.Heard
	// rest is what the turn holds beside a reply; nil for nothing.
	rest   *evidence
	beside verdict // on rest
	// untold is what staff have to know of visits that the patient was not told
	// of.
	untold booking.Result
	// taken is true where the book's part says what is to be said.
	taken   bool
	said    booking.Result
	intents []string // that it answers
}

// tapped notes a tap on a choice about a visit. It reports whether the event's
// words are the clinic's own, those of the choice: anything else that comes with
// a tap was written by somebody and is read.
func (p *visitPart) tapped(t Turn, ev Event) bool {
	if !takes(t.Book) || !booking.IsChoice(ev.Button) {
		p.turn.Followed = p.turn.Followed || strings.TrimSpace(ev.Text) != ""
		return false
	}
	id := booking.Resolve(ownerOf(t), t.Session.Booking, ev.Button)
	p.turn.Button, p.turn.Followed = id, false
	return t.Session.Booking.Titled(id, ev.Text)
}

// takes reports whether visits are arranged in the conversation: booked, or
// wished and asked of staff.
func takes(book schedule.Schedule) bool {
	if book == nil {
		return false
	}
	can := book.Can()
	return can.Offers || can.Requests
}

// ownerOf is whose bookings a turn is about.
func ownerOf(t Turn) schedule.Owner {
	first := t.Events[0]
	return schedule.Owner{Clinic: first.Clinic, Channel: string(first.Channel), Conversation: first.Conversation, Turn: t.Reads}
}

// hearVisit reads the turn as a reply to what was asked about a visit. What
// else it holds is gathered by itself.
func (a *Agent) hearVisit(t Turn, e *evidence) {
	if !takes(t.Book) {
		return
	}
	p := &e.visit
	p.turn = booking.Turn{
		Profile: t.Clinic, Book: t.Book, Now: t.Now, Draft: t.Session.Booking.Live(t.Now),
		Owner: ownerOf(t),
		Text:  e.reading.Text.Raw, Tokens: e.reading.Text.Tokens, Button: p.turn.Button, Followed: p.turn.Followed,
		Approves: len(e.reading.Text.Tokens) == 0 && approves(e.reading.Text.Emoji),
	}
	p.heard = booking.Hear(p.turn)
	if len(p.heard.Rest) == 0 {
		return
	}
	var rest []string
	for _, part := range p.heard.Rest {
		rest = append(rest, sentence(e.reading.Text, part))
	}
	other := t
	other.Events = []Event{t.Events[0]}
	other.Events[0].Kind, other.Events[0].Text, other.Events[0].Button = KindText, strings.Join(rest, "\n"), ""
	other.Book, other.Session.Booking, other.Session.Tail = nil, nil, nil
	p.rest = a.gather(other)
}

// sentence is what was written from one token to another, with the mark that
// follows.
func sentence(text language.Text, part [2]int) string {
	end := len(text.Raw)
	if part[1] < len(text.Tokens) {
		end = text.Tokens[part[1]].Start
	}
	return strings.TrimSpace(text.Raw[text.Tokens[part[0]].Start:end])
}

// visitReply decides a reply to what was asked about a visit. Danger, care and
// consent were looked for in the whole turn before; what is said beside the
// reply is judged by itself, and may raise the risk.
func (a *Agent) visitReply(e *evidence) (verdict, bool) {
	p := &e.visit
	if p.heard.Bare && e.asked == "" {
		return verdict{disposition: Answer, rule: ruleVisitReply, intent: intentname.Cancel}, true
	}
	if p.heard.Request && !e.unreadable {
		return verdict{disposition: Answer, rule: ruleVisitReply, intent: intentname.Booking}, true
	}
	if !p.heard.Plain || e.unreadable {
		return verdict{}, false
	}
	if p.heard.Stop {
		return verdict{disposition: Consent, rule: "policy.chosen", intent: intentname.OptOut}, true
	}
	v := verdict{disposition: Answer, rule: ruleVisitReply, intent: intentname.Booking}
	if p.rest == nil {
		return v, true
	}
	p.beside = a.judge(p.rest)
	switch p.beside.disposition {
	case Emergency, Escalate:
		return p.beside, true
	case Human:
		if whole := a.desk(e); p.beside.unsure && whole.disposition == Answer && changesVisit(whole.intent) {
			p.beside = verdict{} // it belongs to the reply: "Thursday works, I'm off then"
		} else {
			p.heard.Guard() // "2. quiero hablar con una persona"
		}
	}
	return v, true
}

// arrange lets the appointment book take part, once it is clear what is done
// with the turn. It is the only step that calls it. A bare yes or no that
// nothing asked for is for the book where there is a visit: it answers a
// reminder.
func (a *Agent) arrange(ctx context.Context, t Turn, e *evidence, v verdict) verdict {
	p := &e.visit
	if p.turn.Book == nil {
		return v
	}
	p.expired(ctx, t, v)
	switch v.disposition {
	case Answer, Human, Decline:
		reminded := intentname.Confirm
		if p.heard.Deny {
			reminded = intentname.Cancel
		}
		if (p.heard.Affirm || p.heard.Deny) && t.Session.Asked == "" {
			if p.take(booking.Step(ctx, p.turn, p.heard, reminded)); p.taken {
				return verdict{disposition: Answer, rule: ruleVisitReply, intent: reminded}
			}
		}
	}
	switch v.disposition {
	case Answer:
		if v.rule == ruleVisitReply {
			p.take(booking.Step(ctx, p.turn, p.heard, v.intent))
			return v
		}
		for _, q := range a.questions(t, e, v) {
			if changesVisit(q.Name) {
				p.take(booking.Step(ctx, p.turn, p.heard, q.Name))
				return v
			}
		}
		p.look(ctx, t, v)
		p.said = booking.Remind(p.turn)
		p.taken = p.said.Draft != nil
	case Escalate:
		p.look(ctx, t, v)
		p.said = booking.Aside(p.turn)
		p.taken = p.said.Draft != nil
	default:
		p.look(ctx, t, v)
	}
	return v
}

func (p *visitPart) take(said booking.Result, ok bool) {
	if ok {
		p.said, p.taken = said, true
		p.intents = []string{intentname.Booking, intentname.Reschedule, intentname.Cancel, intentname.Confirm}
	}
}

// answers reports whether the book's part answers an intent.
func (p *visitPart) answers(intent string) bool {
	return len(p.intents) > 0 && changesVisit(intent)
}

// draft is what the session remembers of the visit.
func (p *visitPart) draft(t Turn, v verdict) *booking.Draft {
	switch {
	case v.disposition == Consent && v.intent == intentname.OptOut:
		return nil
	case v.disposition == Emergency:
		return t.Session.Booking.Live(t.Now).Close()
	case p.taken:
		return p.said.Draft
	case p.turn.Book != nil:
		return p.turn.Draft
	}
	return t.Session.Booking.Live(t.Now)
}

// besideVisit answers what stands beside a reply about a visit.
func (a *Agent) besideVisit(t Turn, e *evidence, s *said) []locales.Message {
	p := &e.visit
	switch {
	case p.rest == nil:
	case p.beside.disposition == Answer && p.beside.intent != "unclear" && p.rest.asksOf():
		p.rest.questions = a.questions(t, p.rest, p.beside)
		for _, q := range p.rest.questions {
			if changesVisit(q.Name) {
				return nil // one thing at a time
			}
		}
		messages, more := a.answers(t, p.rest, p.beside)
		s.staff = s.staff || more.staff || more.unpublished
		s.slots = more.slots
		return messages
	case p.beside.disposition == Human:
		s.staff = true
		return []locales.Message{{Key: fixedKey(p.beside, p.rest)}}
	}
	return nil
}

// asksOf reports whether the turn asks for something: a few words around a
// reply ("no wait") do not.
func (e *evidence) asksOf() bool {
	tokens := e.reading.Text.Tokens
	return e.reading.Text.Question || asks(tokens, 0, len(tokens)) || aboutTopic(tokens, 0, len(tokens))
}

// introduced adds who is speaking: at the end, but in front of a question that
// is answered by choosing.
func introduced(messages []locales.Message, p visitPart) []locales.Message {
	intro := locales.Message{Key: "intro"}
	if len(p.said.Choices) > 0 {
		return append([]locales.Message{intro}, messages...)
	}
	return append(messages, intro)
}

// offerChoices adds the choices about a visit to the reply that they belong
// to, which is the last of the book's.
func (a *Agent) offerChoices(lang language.Language, t Turn, p visitPart, s *said) {
	if len(p.said.Choices) == 0 || len(p.said.Messages) == 0 {
		return
	}
	var choices []Choice
	for _, c := range p.said.Choices {
		title, err := a.catalogue.Render(lang, t.Clinic, c.Title)
		if err != nil {
			s.staff, s.broken = true, true
			return
		}
		choice := Choice{ID: c.ID, Title: cut(title, mostTitle)}
		if c.Detail != nil {
			if detail, err := a.catalogue.Render(lang, t.Clinic, *c.Detail); err == nil {
				choice.Detail = cut(detail, mostDetail)
			}
		}
		if choice.Detail == "" && choice.Title != title {
			choice.Detail = cut(title, mostDetail)
		}
		choices = append(choices, choice)
	}
	key := p.said.Messages[len(p.said.Messages)-1].Key
	for i := len(s.replies) - 1; i >= 0; i-- {
		if s.replies[i].Key == key {
			s.replies[i].Choices = choices
			if p.said.Draft != nil {
				p.said.Draft.Titles = titles(choices)
			}
			return
		}
	}
}

func titles(choices []Choice) []string {
	out := make([]string, len(choices))
	for i, c := range choices {
		out[i] = c.Title
	}
	return out
}

// What a choice may be long, in letters; see Choice.
const (
	mostTitle  = 20
	mostDetail = 72
)

// cut shortens a text to n letters, at a word where that leaves half of it.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	short := string([]rune(s)[:n])
	if i := strings.LastIndexByte(short, ' '); i > n/2 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,.;:")
}
