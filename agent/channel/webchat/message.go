package webchat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
)

// maxBody is the largest request in bytes.
const maxBody = 8 << 10

var choiceForm = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,200}$`)

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// posted is a message as the page sends it.
type posted struct {
	ID   string `json:"id"` // UUID made by the page, the same for every attempt
	Text string `json:"text"`
	// Choice is the id of the choice that was tapped; Text is its title then.
	Choice string `json:"choice,omitempty"`
}

// event is the message as workers get it.
func (m posted) event(c agent.Conversation) agent.Event {
	e := agent.Event{
		V: agent.Version, Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID,
		// The page chose the UUID: with the conversation before it, no
		// visitor's id stands for another's.
		ID: c.ID + "." + m.ID, Kind: agent.KindText, Text: m.Text,
	}
	if m.Choice != "" {
		e.Kind, e.Button = agent.KindButton, m.Choice
	}
	return e
}

// accepted tells the page from where on to read replies.
type accepted struct {
	ID    string `json:"id"`
	After uint64 `json:"after"` // no later than the last reply before this message
}

// refusal is an error that the page shows in its language; Error is the key
// of the text.
type refusal struct {
	Error   string            `json:"error"`
	Message map[string]string `json:"message"`
}

func (h *Handler) message(w http.ResponseWriter, r *http.Request, p place) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		h.refuse(w, http.StatusUnsupportedMediaType, "error_invalid")
		return
	}
	var in posted
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in)
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		h.refuse(w, http.StatusRequestEntityTooLarge, "error_too_long")
		return
	}
	if err != nil {
		h.refuse(w, http.StatusBadRequest, "error_invalid")
		return
	}
	if status, key := h.check(&in); status != 0 {
		h.refuse(w, status, key)
		return
	}
	token, known := h.visitor(r, p)
	if !known {
		h.refuse(w, http.StatusForbidden, "error_start")
		return
	}
	c := h.conversation(p, token)
	if !h.limits.visitors.allow(c.ID, h.cfg.Now()) {
		h.refuseRate(w)
		return
	}
	after, err := h.store(r.Context(), c, in)
	if err != nil {
		h.log.Error("web chat message not stored", zap.String("conversation", c.ID), zap.Error(err))
		w.Header().Set("Retry-After", "3")
		h.refuse(w, http.StatusServiceUnavailable, "error_unavailable")
		return
	}
	writeJSON(w, http.StatusAccepted, accepted{ID: in.ID, After: after})
}

// check trims a message, and returns what it is refused with or 0.
func (h *Handler) check(in *posted) (status int, key string) {
	in.Text = strings.TrimSpace(in.Text)
	switch {
	case !uuidForm.MatchString(in.ID), in.Text == "", in.Choice != "" && !choiceForm.MatchString(in.Choice):
		return http.StatusBadRequest, "error_invalid"
	case utf8.RuneCountInString(in.Text) > h.cfg.MaxText:
		return http.StatusRequestEntityTooLarge, "error_too_long"
	}
	return 0, ""
}

// store publishes the message and returns the sequence after which its reply
// comes: that of the conversation's last reply, or 0 for a message that is
// stored already, whose reply may be the last one. The page knows replies by
// their ids and shows none twice.
func (h *Handler) store(ctx context.Context, c agent.Conversation, in posted) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.PublishTimeout)
	defer cancel()
	turn, err := h.replies(ctx)
	if err != nil {
		return 0, err
	}
	var after uint64
	for _, subject := range []string{bus.TurnSubject(c), bus.OutSubject(c)} {
		switch last, err := turn.GetLastMsgForSubject(ctx, subject); {
		case err == nil:
			after = max(after, last.Sequence)
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return 0, fmt.Errorf("look up the last reply: %w", err)
		}
	}
	e := in.event(c)
	e.At = h.cfg.Now().UTC()
	_, err = bus.PublishEvent(ctx, h.cfg.JetStream, e)
	switch {
	case errors.Is(err, bus.ErrDuplicate):
		return 0, nil
	case err != nil:
		return 0, err
	}
	return after, nil
}

func (h *Handler) refuseRate(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "5")
	h.refuse(w, http.StatusTooManyRequests, "error_rate")
}

func (h *Handler) refuse(w http.ResponseWriter, status int, key string) {
	writeJSON(w, status, refusal{Error: key, Message: map[string]string{
		"en": h.pages.texts["en"][key], "es": h.pages.texts["es"][key],
	}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(data)
}
