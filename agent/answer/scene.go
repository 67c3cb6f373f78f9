package answer

import (
	"fmt"
	"maps"
	"time"

	"recado/agent/clinic"
	"recado/agent/dates"
	"recado/agent/language"
	"recado/locales"
)

// scene is a question with what was understood of its words.
type scene struct {
	Question
	p        *clinic.Profile
	now      time.Time
	intent   string
	tokens   []language.Token // of this question
	index    *index
	mentions []dates.Mention
	places   []*clinic.Location // those that were named; none: not said
	slots    map[string]string
}

func newScene(q Question) *scene {
	s := &scene{Question: q, p: q.Profile, now: q.Now.In(q.Profile.Zone), intent: q.Intent, slots: map[string]string{}}
	s.index = indexOf(q.Profile)
	if q.Reading != nil {
		all := q.Reading.Text.Tokens
		from, to := max(0, min(q.From, len(all))), max(0, min(q.To, len(all)))
		if from < to {
			s.tokens = all[from:to]
		}
	}
	s.mentions = dates.Find(s.tokens, s.now, dates.Options{Opens: s.index.opens})
	places := s.index.places.find(s.tokens)
	if len(places) == 0 && q.Reading != nil && len(s.tokens) < len(q.Reading.Text.Tokens) {
		places = s.index.places.find(q.Reading.Text.Tokens) // "I am at the Eastside one. Where do I park?"
	}
	for _, hit := range places {
		s.places = append(s.places, &q.Profile.Location[hit.id])
	}
	if len(s.places) > 0 {
		s.slots["location"] = s.places[0].ID
	}
	for _, m := range s.mentions {
		switch m.Kind {
		case dates.Day:
			if m.Every {
				s.slots["day"] = m.Day.Weekday().String()
			} else {
				s.slots["day"] = m.Day.String()
			}
		case dates.Time:
			s.slots["time"] = fmt.Sprintf("%02d:%02d", m.Time/60, m.Time%60)
		}
	}
	return s
}

// allPlaces are the places that were named, else all of the clinic.
func (s *scene) allPlaces() []*clinic.Location {
	if len(s.places) > 0 {
		return s.places
	}
	out := make([]*clinic.Location, len(s.p.Location))
	for i := range s.p.Location {
		out[i] = &s.p.Location[i]
	}
	return out
}

// message is a text with the standard arguments and these.
func (s *scene) message(key string, args map[string]any) locales.Message {
	all := s.index.standard(s.p, s.now, len(args))
	maps.Copy(all, args)
	return locales.Message{Key: key, Args: all}
}

func (s *scene) known(key string, args map[string]any) Answer {
	return Answer{Messages: []locales.Message{s.message(key, args)}, Known: true}
}

// unknown says that the facts are lacking and that staff were asked.
func (s *scene) unknown(key string) Answer {
	return Answer{Messages: []locales.Message{s.message(key, nil)}, Staff: true}
}

// has reports whether the question holds one of the words.
func (s *scene) has(words map[string]bool) bool {
	for _, t := range s.tokens {
		if words[t.Word] || words[t.Surface] {
			return true
		}
	}
	return false
}

// note is a Bilingual as an argument: nil where it is empty, so that texts
// can test for it.
func note(b clinic.Bilingual) any {
	if b == (clinic.Bilingual{}) {
		return nil
	}
	return b
}

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func holidayName(h *clinic.Holiday) any {
	if h == nil {
		return nil
	}
	return note(h.Name)
}
