package graphtest

import "time"

// Limits are what the platform holds its customers to beside the form of a
// message. The zero Limits hold them to nothing.
type Limits struct {
	// Window refuses free messages (131047) to who has not written within 24
	// hours: see Server.Wrote.
	Window bool
	// PerSecond is how many messages a number may send in any second (130429).
	PerSecond int
	// Pair is how far apart the messages to one patient are (131056), and
	// PairBurst how many of them may go at once.
	Pair      time.Duration
	PairBurst int
}

// Meta's are the platform's limits.
var Meta = Limits{Window: true, PerSecond: 80, Pair: 6 * time.Second, PairBurst: 45}

// Limit holds clients to limits from now on.
func (s *Server) Limit(l Limits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = l
}

// Wrote opens the time of free messages to a patient, by phone number or user
// id, as a message at that time does.
func (s *Server) Wrote(who string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.After(s.wrote[who]) {
		s.wrote[who] = at
	}
}

// beyond is the code of the limit that a call breaks; 0 for none. A refused
// message costs nothing. The lock is held.
func (s *Server) beyond(c Call) int {
	if s.limits.Window && c.Template == "" && c.At.Sub(s.wrote[c.Who()]) > 24*time.Hour {
		return 131047
	}
	if most := s.limits.PerSecond; most > 0 {
		recent := 0
		for i := len(s.sent) - 1; i >= 0 && c.At.Sub(s.sent[i].At) < time.Second; i-- {
			if s.sent[i].Account == c.Account {
				recent++
			}
		}
		if recent >= most {
			return 130429
		}
	}
	if s.limits.Pair > 0 {
		pair := c.Account + " " + c.Who()
		paid := s.paid[pair]
		if paid.Before(c.At) {
			paid = c.At
		}
		if paid.Sub(c.At) > time.Duration(s.limits.PairBurst-1)*s.limits.Pair {
			return 131056
		}
		s.paid[pair] = paid.Add(s.limits.Pair)
	}
	return 0
}
