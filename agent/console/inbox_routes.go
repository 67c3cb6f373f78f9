package console

import "net/http"

// wordsBody is the most bytes of a form in which somebody writes. It is more
// than may be kept, so that what is too long comes back to be shortened.
const wordsBody = 512 << 10

// inboxRoutes are the queue, cases, numbers, and what their pages follow.
func (s *Server) inboxRoutes() []Route {
	const one = "/staff/{clinic}/cases/{case}"
	get := func(pattern string, f func(*Request) error) Route {
		return Route{Method: http.MethodGet, Pattern: pattern, Needs: Reader, Handle: f}
	}
	quiet := func(pattern string, f func(*Request) error) Route {
		return Route{Method: http.MethodGet, Pattern: pattern, Needs: Reader, Quiet: true, Handle: f}
	}
	act := func(verb string, f func(*Request) error) Route {
		return Route{Method: http.MethodPost, Pattern: one + "/" + verb, Needs: Staff, Body: wordsBody, Handle: f}
	}
	return []Route{
		get("/staff/{clinic}", s.queue),
		get(one, s.showCasePage),
		get("/staff/{clinic}/numbers", s.numbers),

		// What pages ask for by themselves.
		quiet("/staff/events", s.events),
		quiet("/staff/{clinic}/cases.json", s.poll),
		quiet("/staff/{clinic}/live/queue", s.queuePart),
		quiet("/staff/{clinic}/live/cases/{case}", s.casePart),
		quiet("/staff/{clinic}/live/numbers", s.numbersPart),
		{Method: http.MethodGet, Pattern: "/staff/badge", Needs: Anyone, Quiet: true, Handle: badge},

		act("open", s.open),
		act("claim", s.action(s.claim)),
		act("release", s.action(s.release)),
		act("assign", s.action(s.assign)),
		act("hand-back", s.action(s.handBack)),
		act("note", s.action(s.note)),
		act("reply", s.action(s.reply)),
		act("write", s.action(s.write)),
		act("resolve", s.action(s.resolve)),
		act("reopen", s.action(s.reopen)),

		{Method: http.MethodPost, Pattern: "/staff/{clinic}/views", Needs: Reader, Handle: s.saveView},
		{Method: http.MethodPost, Pattern: "/staff/{clinic}/views/forget", Needs: Reader, Handle: s.forgetView},
	}
}
