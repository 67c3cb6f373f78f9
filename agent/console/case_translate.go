package console

import (
	"context"
	"time"

	"recado/agent"
	"recado/agent/language"
)

// translateTimeout bounds the translation of all that is opened at once. The
// originals are shown without it, however long it takes.
const translateTimeout = 15 * time.Second

// foreign reports whether a case's words may be in another language than the
// reader's, and something can translate them.
func (s *Server) foreign(t Texts, l language.Language) bool {
	return s.cfg.Translator != nil && string(l) != t.Lang()
}

// translate puts the patient's messages into the reader's language. What
// cannot be translated says so; the original stands beside all of it.
func (s *Server) translate(ctx context.Context, t Texts, messages []messageView) {
	ctx, cancel := context.WithTimeout(ctx, translateTimeout)
	defer cancel()
	for i := range messages {
		m := &messages[i]
		if m.From != string(agent.Patient) || m.Text == "" {
			continue
		}
		got, err := s.cfg.Translator.Translate(ctx, agent.TranslateQuery{Text: m.Text, To: language.Language(t.Lang())})
		switch {
		case err != nil:
			m.Untranslated = t.Say("case.words.untranslated")
		case string(got.From) == t.Lang():
			m.Lang = t.Lang() // it is the reader's already
		default:
			m.Translation, m.TranslatedBy = got.Text, t.Say("case.words.machine", "model", got.Model)
		}
	}
}
