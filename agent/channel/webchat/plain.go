package webchat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// The page without script is a form. What it shows are the replies to the last
// message, which its address tells by their place in the stream: nothing is
// remembered here, and what the patient wrote is shown nowhere.

// looks is how often a page that waits for a reply comes back by itself.
const looks = 12

// plain shows the form, and the replies after ?after=.
func (h *Handler) plain(w http.ResponseWriter, r *http.Request, p place) {
	lang := h.pages.language(r)
	data := h.common(p, lang)
	data["Form"] = plainForm{ID: newUUID(), Visit: newUUID()}
	if after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 62); err == nil {
		look, _ := strconv.Atoi(r.URL.Query().Get("look"))
		h.answered(r, p, lang, after, look, data)
	}
	h.plainPage(w, r, data)
}

// plainForm is what the form is filled with: its ids, so that sent twice it is
// one message of one visitor, and what was refused.
type plainForm struct{ ID, Visit, Text, Error string }

func (h *Handler) plainPage(w http.ResponseWriter, r *http.Request, data map[string]any) {
	// Without a referrer, browsers tell no origin with a form.
	w.Header().Set("Referrer-Policy", "same-origin")
	h.html(w, r, "plain.html", data)
}

// answered fills in the replies, or what is to be said while there is none.
func (h *Handler) answered(r *http.Request, p place, lang string, after uint64, look int, data map[string]any) {
	again := func(look int) string {
		return plainAddress(p, lang, url.Values{"after": {strconv.FormatUint(after, 10)}, "look": {strconv.Itoa(look)}})
	}
	data["Look"] = again(0)
	replies, settled, err := h.repliesAfter(r, p, after)
	switch {
	case err != nil:
		h.log.Warn("web chat cannot read replies for the page without script", zap.Error(err))
		data["Note"] = "plain_unavailable"
	case len(replies) > 0:
		data["Replies"] = replies
	case settled:
		data["Note"] = "plain_received"
	case look >= looks:
		data["Note"] = "plain_late"
	default:
		data["Note"], data["Waiting"] = "plain_waiting", again(max(look, 0)+1)
		data["Seconds"] = max(1, int(h.cfg.LookEvery.Seconds()))
	}
}

// repliesAfter are the visitor's replies after a sequence that may be shown.
// settled is true where there is an outcome, be it one that is not shown.
func (h *Handler) repliesAfter(r *http.Request, p place, after uint64) (replies []reply, settled bool, err error) {
	token, ok := h.visitor(r, p)
	if !ok {
		return nil, false, errors.New("the visitor is not known: the browser kept no cookie")
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.cfg.PublishTimeout)
	defer cancel()
	out := &collected{}
	v := &view{h: h, c: h.conversation(p, token), out: out}
	err = h.readReplies(ctx, v.c, after, func(m jetstream.Msg) error { return v.take(ctx, m) })
	if err == nil && v.recheck != nil && len(out.replies) == 0 {
		err = errors.New("a reply could not be checked")
	}
	return out.replies, out.settled, err
}

// collected is what a view shows, for a page that is written at once.
type collected struct {
	replies []reply
	settled bool
}

func (c *collected) event(name string, _ uint64, content any) error {
	c.settled = true
	if r, ok := content.(reply); ok {
		c.replies = append(c.replies, r)
	}
	return nil
}

// say takes the form. The answer is an address to look at, so that a reload
// sends nothing again.
func (h *Handler) say(w http.ResponseWriter, r *http.Request, p place) {
	lang := h.pages.language(r)
	refuse := func(status int, key string, in posted) {
		data := h.common(p, lang)
		data["Form"] = plainForm{ID: newUUID(), Visit: newUUID(), Text: in.Text, Error: key}
		if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "5")
			// It may be stored: sent again it is to be the same message.
			data["Form"] = plainForm{ID: in.ID, Visit: r.PostForm.Get("visit"), Text: in.Text, Error: key}
		}
		h.plainPage(&withStatus{ResponseWriter: w, status: status}, r, data)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		tooLong := (*http.MaxBytesError)(nil)
		if errors.As(err, &tooLong) {
			refuse(http.StatusRequestEntityTooLarge, "error_too_long", posted{})
			return
		}
		refuse(http.StatusBadRequest, "error_invalid", posted{})
		return
	}
	in := posted{ID: r.PostForm.Get("id"), Text: r.PostForm.Get("text"), Choice: r.PostForm.Get("choice")}
	if status, key := h.check(&in); status != 0 {
		refuse(status, key, in)
		return
	}
	token, known := h.visitor(r, p)
	if !known {
		visit := r.PostForm.Get("visit")
		if !uuidForm.MatchString(visit) {
			refuse(http.StatusBadRequest, "error_invalid", in)
			return
		}
		if !h.limits.newcomer(p.clinic) {
			refuse(http.StatusTooManyRequests, "error_rate", in)
			return
		}
		token = h.tokens(p.clinic).of(visit)
		http.SetCookie(w, h.cookie(r, p, token))
	}
	c := h.conversation(p, token)
	if !h.limits.visitors.allow(c.ID, h.cfg.Now()) {
		refuse(http.StatusTooManyRequests, "error_rate", in)
		return
	}
	after, err := h.store(r.Context(), c, in)
	if err != nil {
		h.log.Error("web chat message not stored", zap.String("conversation", c.ID), zap.Error(err))
		refuse(http.StatusServiceUnavailable, "error_unavailable", in)
		return
	}
	http.Redirect(w, r, plainAddress(p, lang, url.Values{"after": {strconv.FormatUint(after, 10)}}), http.StatusSeeOther)
}

// maxForm is maxBody where each character may take three times the room.
const maxForm = 3 * maxBody

// withStatus answers with a status that is no success, and a page.
type withStatus struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (w *withStatus) Write(data []byte) (int, error) {
	if !w.begun {
		w.begun = true
		w.WriteHeader(w.status)
	}
	return w.ResponseWriter.Write(data)
}

func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
