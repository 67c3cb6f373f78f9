package private

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/language"
	"recado/locales"
)

// Step is where a patient is on her way in.
type Step string

// The steps.
const (
	StepCode      Step = "code"      // a code is on its way: enter it
	StepAgain     Step = "again"     // ask for a code
	StepBirthdate Step = "birthdate" // tell the date of birth
	StepThread    Step = "thread"    // she is in
)

// status is where a patient is, for the page.
type status struct {
	Step     Step              `json:"step"`
	Language language.Language `json:"language"`
	Channel  agent.Channel     `json:"channel,omitempty"`
	Clinic   clinicView        `json:"clinic"`
	// Sent is how many seconds ago the newest code that works was sent, Lasts
	// for how many more it works, Wait until when another may be asked for.
	Sent  int `json:"sent,omitempty"`
	Lasts int `json:"lasts,omitempty"`
	Wait  int `json:"wait,omitempty"`
	Left  int `json:"left,omitempty"` // tries before the door locks
	// Quiet is true where the channel may refuse a code until the patient
	// writes there again.
	Quiet bool `json:"quiet,omitempty"`
	// Place tells what a browser keeps for one conversation from what it keeps
	// for another.
	Place string `json:"place"`
	// Error is why no code was sent, as in refusal.
	Error string `json:"error,omitempty"`
}

type clinicView struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Dial  string `json:"dial"`
}

// entrance is a link that proved to be ours, with what it leads to.
type entrance struct {
	record  store.Record
	current inbox.Case // that goes on with the conversation
	profile *clinic.Profile
}

func (e entrance) conversation() agent.Conversation {
	return agent.Conversation{Clinic: e.record.Clinic, Channel: e.current.Channel, ID: e.record.Conversation}
}

// language is what the patient is spoken to in until she chooses.
func (e entrance) language() language.Language {
	for _, lang := range []language.Language{e.current.Language, e.record.Language} {
		for _, known := range locales.Languages {
			if lang == known {
				return lang
			}
		}
	}
	return language.English
}

func (e entrance) doorKey() string { return "door." + e.record.Clinic + "." + e.record.Conversation }
func (e entrance) linkKey() string { return "link." + e.record.Clinic + "." + e.record.ID }

// enter finds what a token leads to. The error is errUnknown for a token that
// is not ours, or whose record is not filed yet, and errExpired.
func (h *Handler) enter(ctx context.Context, text string) (entrance, error) {
	t, ok := parseToken(text)
	if !ok {
		return entrance{}, errUnknown
	}
	for _, profile := range h.cfg.Clinics().Profiles() {
		id := profile.ID
		record, err := h.cfg.Inbox.Record(ctx, id, t.record)
		if errors.Is(err, inbox.ErrNotFound) {
			continue
		}
		if err != nil {
			return entrance{}, err
		}
		if record.Clinic != id || !h.cfg.Links.proves(t, record) {
			continue
		}
		e := entrance{record: record, profile: profile}
		if e.current, err = h.cfg.Inbox.Current(ctx, id, record.Case); errors.Is(err, inbox.ErrNotFound) {
			return entrance{}, errUnknown // its case is about to be written
		}
		if err == nil && !h.cfg.Now().Before(expires(record, e.current)) {
			err = errExpired
		}
		return e, err
	}
	return entrance{}, errUnknown
}

// entering is enter by the cookie that the link left.
func (h *Handler) entering(ctx context.Context, r *http.Request) (entrance, error) {
	text, ok := h.cookieOf(r, linkCookie)
	if !ok {
		return entrance{}, errNoLink
	}
	return h.enter(ctx, text)
}

// usedFor is how long it is known that a link was opened: longer than links
// are likely to be sent again.
const usedFor = 60 * 24 * time.Hour

// use opens a link, once: of any number who do at the same time, one is first.
func (h *Handler) use(ctx context.Context, e entrance) (first bool, err error) {
	err = h.put(ctx, e.linkKey(), struct {
		V  int       `json:"v"`
		At time.Time `json:"at"`
	}{version, h.cfg.Now().UTC()}, 0, usedFor)
	if errors.Is(err, errOvertaken) {
		return false, nil
	}
	return err == nil, err
}

// open takes a link's token, or goes on with the one that was opened in this
// browser. The first time it sends a code; after that, and in every other
// browser, it says how to get in and sends nothing.
func (h *Handler) open(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), h.cfg.Timeout)
	defer cancel()
	var in struct {
		Token string `json:"token"`
	}
	if err := h.body(w, r, &in); err != nil {
		h.invalid(w, err)
		return
	}
	fresh := in.Token != ""
	var e entrance
	var err error
	if fresh {
		e, err = h.enter(ctx, in.Token)
	} else {
		e, err = h.entering(ctx, r)
	}
	if err != nil {
		h.fail(w, err, "a link could not be opened", "")
		return
	}
	if !h.limits.patients.allow(e.doorKey(), h.cfg.Now()) {
		h.tooFast(w)
		return
	}
	first := false
	if fresh {
		if first, err = h.use(ctx, e); err != nil {
			h.fail(w, err, "a link could not be opened", e.record.ID)
			return
		}
		http.SetCookie(w, h.cookie(r, linkCookie, in.Token))
	}
	v, err := h.visit(ctx, r)
	switch {
	case err == nil && v.place() == e.record.Clinic+"."+e.record.Conversation:
		s := h.status(ctx, e, door{})
		s.Step = StepThread
		writeJSON(w, http.StatusOK, s)
		return
	case err != nil && !errors.Is(err, errNoVisit):
		h.fail(w, err, "a visit could not be looked up", e.record.ID)
		return
	}
	d, _, err := get[door](ctx, h.visits, e.doorKey())
	if err != nil {
		h.fail(w, err, "a link could not be opened", e.record.ID)
		return
	}
	s := h.status(ctx, e, d)
	code := http.StatusConflict
	if first {
		code = http.StatusOK
		if s.Step != StepBirthdate {
			s = h.send(ctx, e, s)
		}
	}
	writeJSON(w, code, s)
}

// send is the status after a first code was sent, or why none was.
func (h *Handler) send(ctx context.Context, e entrance, s status) status {
	d, err := h.sendCode(ctx, e)
	if err == nil {
		return h.status(ctx, e, d)
	}
	status, out := refusalOf(err)
	if status == 0 {
		h.log.Error("private page: a code could not be sent", zap.String("record", e.record.ID), zap.Error(err))
		out = refusal{Error: "unavailable"}
	}
	if out.Error == "later" {
		return s // one is on its way
	}
	s.Error, s.Wait = out.Error, out.Wait
	return s
}

// status says how to get in.
func (h *Handler) status(ctx context.Context, e entrance, d door) status {
	now := h.cfg.Now()
	s := status{
		Step: StepAgain, Language: e.language(), Channel: e.current.Channel, Clinic: viewOf(e.profile), Place: h.place(e),
		Wait: seconds(d.next(&h.cfg, now).Sub(now)), Left: d.left(&h.cfg, now), Quiet: quiet(e.current, now),
	}
	codes := d.codes(&h.cfg, now)
	switch {
	case d.shut(now):
		s.Error, s.Wait = "locked", seconds(d.Locked.Sub(now))
	case h.bornKnown(ctx, e):
		s.Step, s.Wait = StepBirthdate, 0
	case len(codes) > 0:
		newest := codes[len(codes)-1].At
		s.Step, s.Sent, s.Lasts = StepCode, seconds(now.Sub(newest)), seconds(newest.Add(h.cfg.CodeAge).Sub(now))
	}
	return s
}

// quietAfter is a little less than the day after which WhatsApp delivers no
// text until the patient writes again.
const quietAfter = 23 * time.Hour

func quiet(c inbox.Case, now time.Time) bool {
	if c.Channel != agent.WhatsApp {
		return false
	}
	for _, a := range c.Arrivals {
		if a.Kind != inbox.Private && now.Sub(a.At) < quietAfter {
			return false
		}
	}
	return true
}

// place is a name of the conversation that says nothing about it.
func (h *Handler) place(e entrance) string {
	return hexOf(h.cfg.Links.keys[0].MAC("private place", e.record.Clinic, e.record.Conversation)[:6])
}

func viewOf(p *clinic.Profile) clinicView {
	return clinicView{Name: p.Name, Phone: p.Phone, Dial: dial(p.Phone)}
}
