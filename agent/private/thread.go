package private

import (
	"context"
	"net/http"
	"time"

	"go.uber.org/zap"

	"recado/agent/inbox"
	"recado/agent/language"
	"recado/locales"
)

// entry is a message as its patient sees it: of staff she sees that they are.
type entry struct {
	ID   string    `json:"id"`
	From string    `json:"from"` // patient, staff
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// written is what patient and staff wrote to each other, oldest first.
type written struct {
	Entries []entry                      `json:"entries"`
	Reading map[language.Language]string `json:"reading"` // when staff will read what she writes now
	Ends    int                          `json:"ends"`    // seconds until the visit ends by itself
}

// thread shows what was written. It does not keep the visit: a page asks by
// itself as well.
func (h *Handler) thread(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), h.cfg.Timeout)
	defer cancel()
	v, err := h.visit(ctx, r)
	if err != nil {
		h.fail(w, err, "a visit could not be looked up", "")
		return
	}
	entries, err := h.cfg.Inbox.PrivateThread(ctx, v.Clinic, v.Conversation)
	if err != nil {
		h.fail(w, err, "a thread could not be read", v.Record)
		return
	}
	out := written{Entries: []entry{}, Reading: h.reading(v.Clinic), Ends: seconds(v.ends(&h.cfg).Sub(h.cfg.Now()))}
	for _, e := range entries {
		from := "patient"
		switch e.Kind {
		case inbox.EntryStaff:
			from = "staff"
		case inbox.EntryPatient:
		default:
			continue // never a note
		}
		out.Entries = append(out.Entries, entry{ID: e.ID, From: from, Text: e.Text, At: e.At})
	}
	writeJSON(w, http.StatusOK, out)
}

// keyReading says when staff will read what the patient writes.
const keyReading = "private.read"

// reading is that text in all languages.
func (h *Handler) reading(clinicID string) map[language.Language]string {
	all := map[language.Language]string{}
	for _, lang := range locales.Languages {
		text, err := inbox.Render(h.cfg.Catalogue, keyReading, lang, h.profile(clinicID), h.cfg.Now(), nil)
		if err != nil {
			h.log.Error("private page: a text cannot be written", zap.String("key", keyReading), zap.Error(err))
		}
		all[lang] = text
	}
	return all
}
