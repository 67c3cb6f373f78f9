package private

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/bus"
	"recado/agent/inbox"
)

// digits is how long a code is.
const digits = 6

// doorFor is how long a door is kept after its last change: longer than
// anything in it holds.
const doorFor = 24 * time.Hour

func randomCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	return fmt.Sprintf("%0*d", digits, n), nil
}

func hexOf(raw []byte) string { return hex.EncodeToString(raw) }

// hashes are those of a code by each key, the newest first.
func (h *Handler) hashes(e entrance, nonce, code string) [][]byte {
	var all [][]byte
	for _, key := range h.cfg.Links.keys {
		all = append(all, key.MAC("private code", e.record.Clinic, e.record.Conversation, nonce, code))
	}
	return all
}

// sendCode sends a code over the channel that the patient wrote on, and
// returns the door that it opens.
func (h *Handler) sendCode(ctx context.Context, e entrance) (door, error) {
	c := e.conversation()
	if c.Channel == "" || c.Channel == agent.Terminal {
		return door{}, errNoChannel
	}
	if h.cfg.Consent != nil {
		stopped, err := h.cfg.Consent.Stopped(ctx, c)
		if err != nil {
			return door{}, fmt.Errorf("look up the patient's consent: %w", err)
		}
		if stopped {
			return door{}, errStopped
		}
	}
	code, err := randomCode()
	if err != nil {
		return door{}, err
	}
	nonce := strings.ToLower(rand.Text())
	d, err := h.change(ctx, e, func(d door, now time.Time) (door, error) {
		if d.shut(now) {
			return d, &lockedError{wait: d.Locked.Sub(now)}
		}
		if at := d.next(&h.cfg, now); at.After(now) {
			return d, &laterError{at.Sub(now)}
		}
		return d.send(&h.cfg, sentCode{Nonce: nonce, Hash: h.hashes(e, nonce, code)[0], At: now}), nil
	})
	if err != nil {
		return d, err
	}
	if err := h.audit(ctx, audit.PrivateCodeSent, e); err != nil {
		return d, err
	}
	return d, h.publish(ctx, e, nonce, code)
}

func (h *Handler) publish(ctx context.Context, e entrance, nonce, code string) error {
	now, lang := h.cfg.Now().UTC(), e.language()
	text, err := inbox.Render(h.cfg.Catalogue, inbox.KeyCode, lang, e.profile, now,
		map[string]any{"code": code, "minutes": int(h.cfg.CodeAge / time.Minute)})
	if err != nil {
		return fmt.Errorf("write the text of a code: %w", err)
	}
	c := e.conversation()
	return bus.PublishReply(ctx, h.cfg.JetStream, bus.Outbound{
		V: agent.Version, ID: "p" + nonce, Clinic: c.Clinic, Channel: c.Channel, Conversation: c.ID,
		Disposition: agent.Human, Keys: []string{inbox.KeyCode}, Language: lang, Text: text,
		ReplyTo: e.current.ReplyTo, At: now, Answers: []string{}, By: bus.ByPrivate,
	})
}

// change changes a door under compare-and-set. With a refusal that counts, a
// wrong try, the door is stored as well; any other leaves it as it is.
func (h *Handler) change(ctx context.Context, e entrance, f func(d door, now time.Time) (door, error)) (door, error) {
	for attempt := 0; ; attempt++ {
		d, revision, err := get[door](ctx, h.visits, e.doorKey())
		if err != nil {
			return d, err
		}
		next, refused := f(d, h.cfg.Now().UTC())
		var miss *wrongError
		var locked *lockedError
		if refused != nil && !errors.As(refused, &miss) && (!errors.As(refused, &locked) || !locked.now) {
			return d, refused
		}
		next.V = version
		if err = h.put(ctx, e.doorKey(), next, revision, doorFor); err == nil {
			return next, refused
		}
		if !errors.Is(err, errOvertaken) {
			return d, err
		}
		if err := pause(ctx, attempt); err != nil {
			return d, fmt.Errorf("change a door: %w", err)
		}
	}
}

// newCode sends another code.
func (h *Handler) newCode(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), h.cfg.Timeout)
	defer cancel()
	e, err := h.entering(ctx, r)
	if err != nil {
		h.fail(w, err, "a code could not be sent", "")
		return
	}
	if !h.limits.patients.allow(e.doorKey(), h.cfg.Now()) {
		h.tooFast(w)
		return
	}
	d, err := h.sendCode(ctx, e)
	if err != nil {
		h.fail(w, err, "a code could not be sent", e.record.ID)
		return
	}
	writeJSON(w, http.StatusOK, h.status(ctx, e, d))
}

// answered is what a patient answers at the door: a code, or a date of birth.
type answered struct {
	Code  string `json:"code"`
	Year  int    `json:"year"`
	Month int    `json:"month"`
	Day   int    `json:"day"`
}

// spoken is a code as it was sent, however it was typed.
func spoken(code string) (string, bool) {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.TrimSpace(code))
	return code, len(code) == digits && strings.Trim(code, "0123456789") == ""
}

// code takes a code, or a date of birth, and begins a visit.
func (h *Handler) code(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), h.cfg.Timeout)
	defer cancel()
	var in answered
	if err := h.body(w, r, &in); err != nil {
		h.invalid(w, err)
		return
	}
	e, err := h.entering(ctx, r)
	if err != nil {
		h.fail(w, err, "a code could not be checked", "")
		return
	}
	if !h.limits.patients.allow(e.doorKey(), h.cfg.Now()) {
		h.tooFast(w)
		return
	}
	known := h.bornKnown(ctx, e)
	code, form := spoken(in.Code)
	born := time.Date(in.Year, time.Month(in.Month), in.Day, 0, 0, 0, 0, time.UTC)
	if known {
		form = in.Year >= 1880 && born.Year() == in.Year && int(born.Month()) == in.Month && born.Day() == in.Day && born.Before(h.cfg.Now())
	}
	if !form { // a slip is no try
		key := "code_form"
		if known {
			key = "birthdate_form"
		}
		h.refuse(w, http.StatusBadRequest, refusal{Error: key})
		return
	}
	right := func(d door, now time.Time) (bool, error) { return h.rightCode(e, d, now, code) }
	if known {
		matches, err := h.cfg.Birthdates.Matches(ctx, e.conversation(), in.Year, time.Month(in.Month), in.Day)
		if err != nil {
			h.fail(w, err, "a date of birth could not be checked", e.record.ID)
			return
		}
		right = func(door, time.Time) (bool, error) { return matches, nil }
	}
	if err := h.try(ctx, e, right); err != nil {
		h.fail(w, err, "a code could not be checked", e.record.ID)
		return
	}
	if err := h.begin(ctx, w, r, visit{
		Clinic: e.record.Clinic, Conversation: e.record.Conversation, Record: e.record.ID, Case: e.record.Case, Language: e.language(),
	}); err != nil {
		h.fail(w, err, "a visit could not begin", e.record.ID)
		return
	}
	s := h.status(ctx, e, door{})
	s.Step = StepThread
	writeJSON(w, http.StatusOK, s)
}

// rightCode reports whether code is one of those that work; errOldCode where
// none does.
func (h *Handler) rightCode(e entrance, d door, now time.Time, code string) (bool, error) {
	codes := d.codes(&h.cfg, now)
	if len(codes) == 0 {
		return false, errOldCode
	}
	ok := false
	for _, c := range codes {
		for _, hash := range h.hashes(e, c.Nonce, code) {
			ok = hmac.Equal(hash, c.Hash) || ok
		}
	}
	return ok, nil
}

// try goes through the door or counts a wrong try. Nobody gets in whom the
// audit does not have.
func (h *Handler) try(ctx context.Context, e entrance, right func(door, time.Time) (bool, error)) error {
	told := false
	_, err := h.change(ctx, e, func(d door, now time.Time) (door, error) {
		if d.shut(now) {
			return d, &lockedError{wait: d.Locked.Sub(now)}
		}
		ok, err := right(d, now)
		if err != nil {
			return d, err
		}
		if !ok {
			if d = d.miss(&h.cfg, now); d.shut(now) {
				return d, &lockedError{d.Locked.Sub(now), true}
			}
			return d, &wrongError{d.left(&h.cfg, now)}
		}
		if !told {
			if err := h.audit(ctx, audit.PrivateOpened, e); err != nil {
				return d, err
			}
			told = true
		}
		return d.pass(), nil
	})
	kind := audit.PrivateCodeFailed
	var wrong *wrongError
	var locked *lockedError
	switch {
	case errors.As(err, &locked) && locked.now:
		kind = audit.PrivateLocked
	case !errors.As(err, &wrong):
		return err
	}
	if failed := h.audit(ctx, kind, e); failed != nil {
		h.log.Error("private page: a wrong code is not in the audit", zap.String("record", e.record.ID), zap.Error(failed))
	}
	return err
}

// audit tells the audit what the patient did.
func (h *Handler) audit(ctx context.Context, kind audit.Kind, e entrance) error {
	_, err := h.cfg.Audit.Append(ctx, audit.Act{
		Clinic: e.record.Clinic, Who: audit.Patient, Kind: kind, Case: e.current.ID, Record: e.record.ID,
	})
	return err
}

// bornKnown reports whether the patient is asked for the date of birth.
func (h *Handler) bornKnown(ctx context.Context, e entrance) bool {
	if h.cfg.Birthdates == nil {
		return false
	}
	known, err := h.cfg.Birthdates.Known(ctx, e.conversation())
	if err != nil {
		h.log.Error("private page: the clinic's records cannot be asked, a code is sent", zap.String("record", e.record.ID), zap.Error(err))
		return false
	}
	return known
}
