package private

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"recado/agent/audit"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/language"
)

// posted is a message as the page sends it.
type posted struct {
	ID       string            `json:"id"` // UUID made by the page, the same for every attempt
	Text     string            `json:"text"`
	Language language.Language `json:"language"` // that the page is shown in
}

// accepted tells the page that staff have the message.
type accepted struct {
	ID        string     `json:"id"`
	At        time.Time  `json:"at"`
	Emergency *emergency `json:"emergency,omitempty"`
	// Reading is when staff will read it, by language.
	Reading map[language.Language]string `json:"reading"`
}

// message takes what the patient writes. An emergency is answered even where
// the message cannot be stored, or the visit has ended.
func (h *Handler) message(w http.ResponseWriter, r *http.Request) {
	// Storing goes on when the patient's connection breaks.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), h.cfg.Timeout)
	defer cancel()
	var in posted
	if err := h.body(w, r, &in); err != nil {
		h.invalid(w, err)
		return
	}
	in.Text = strings.TrimSpace(strings.ToValidUTF8(in.Text, "\uFFFD"))
	switch {
	case uuid.Validate(in.ID) != nil || in.ID != strings.ToLower(in.ID) || len(in.ID) != 36, in.Text == "":
		h.refuse(w, http.StatusBadRequest, refusal{Error: "invalid"})
		return
	case utf8.RuneCountInString(in.Text) > h.cfg.MaxText, len(in.Text) > inbox.MaxEntryText:
		h.refuse(w, http.StatusRequestEntityTooLarge, refusal{Error: "too_long"})
		return
	}
	v, err := h.visit(ctx, r)
	if err == nil && !h.limits.patients.allow(v.place(), h.cfg.Now()) {
		h.tooFast(w)
		return
	}
	danger, priority := h.screen(ctx, h.clinicOf(v), conversationOf(v), in.ID, in.Text, in.Language)
	if err != nil {
		h.failBeside(w, err, "a visit could not be looked up", "", danger)
		return
	}
	c, err := h.cfg.Inbox.Said(ctx, v.Clinic, v.Case, in.ID, in.Text, priority)
	if input := (*inbox.InputError)(nil); errors.As(err, &input) {
		h.refuse(w, http.StatusBadRequest, refusal{Error: "invalid", Emergency: danger})
		return
	}
	if err != nil {
		h.failBeside(w, err, "a message could not be stored", v.Record, danger)
		return
	}
	h.cfg.Said(c)
	if err := h.touch(ctx, v); err != nil {
		h.log.Warn("private page: a visit could not be kept", zap.String("record", v.Record), zap.Error(err))
	}
	if _, err := h.cfg.Audit.Append(ctx, audit.Act{Clinic: v.Clinic, Who: audit.Patient, Kind: audit.WrotePrivate, Case: c.ID, Record: in.ID}); err != nil {
		// It is stored: telling the patient otherwise would lose her message.
		h.log.Error("private page: a patient's message is not in the audit", zap.String("case", c.ID), zap.Error(err))
	}
	writeJSON(w, http.StatusAccepted, accepted{ID: in.ID, At: h.cfg.Now().UTC(), Emergency: danger, Reading: h.reading(v.Clinic)})
}

// clinicOf is the visit's clinic; where there is none, or it is gone, any will
// do, to render the text of an emergency.
func (h *Handler) clinicOf(v visit) string {
	all := h.cfg.Clinics().Profiles()
	if v.Clinic != "" && h.profile(v.Clinic) != nil || len(all) == 0 {
		return v.Clinic
	}
	return all[0].ID
}

// profile is a clinic's as it is now; nil for none.
func (h *Handler) profile(id string) *clinic.Profile {
	p, _ := h.cfg.Clinics().Profile(id)
	return p
}

// nobody is the conversation of who has no visit.
const nobody = "00000000000000000000000000000000"

func conversationOf(v visit) string {
	if v.Conversation != "" {
		return v.Conversation
	}
	return nobody
}
