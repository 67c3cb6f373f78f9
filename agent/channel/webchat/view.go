package webchat

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/language"
)

// reply is what the page gets of a reply.
type reply struct {
	ID          string            `json:"id"`
	Text        string            `json:"text"`
	Language    language.Language `json:"language"`
	Disposition agent.Disposition `json:"disposition"`
	Emergency   bool              `json:"emergency"`
	Choices     []agent.Choice    `json:"choices,omitempty"` // that may be tapped
	At          time.Time         `json:"at"`
}

func replyOf(out bus.Outbound) reply {
	return reply{
		ID: out.ID, Text: out.Text, Language: out.Language, Disposition: out.Disposition,
		Emergency: channel.IsEmergency(out), Choices: out.Choices, At: out.At,
	}
}

// recheckAfter is when a page has to come back for a reply that could not be
// checked.
const recheckAfter = time.Second

// view is what one open page shows of its conversation.
type view struct {
	h   *Handler
	c   agent.Conversation
	out eventSink
	// recheck is set while a reply could not be checked, and ends the
	// connection: the page comes back for that reply and all after it.
	// Emergency texts do not wait for that.
	recheck <-chan time.Time
}

// eventSink is where a view shows what it has: the id says from where on a page
// that comes back reads, and 0 leaves that as it was.
type eventSink interface {
	event(name string, id uint64, content any) error
}

// take shows a reply or withholds it, and tells of a turn without one; what is
// none of these is passed over. An error means that the page is gone.
func (v *view) take(ctx context.Context, msg jetstream.Msg) error {
	meta, err := msg.Metadata()
	if err != nil {
		return err
	}
	out, ok, err := bus.ReplyIn(msg.Subject(), msg.Data())
	if err == nil && !ok && v.recheck == nil {
		return v.out.event("quiet", meta.Sequence.Stream, struct{}{}) // decided, with nothing to say
	}
	if err != nil || !ok || out.V != agent.Version || out.Text == "" {
		return nil
	}
	if v.recheck != nil {
		if !channel.IsEmergency(out) {
			return nil
		}
		// Without an id the page still comes back for what is before it, and
		// gets this once more; it shows no reply twice.
		return v.show(out, 0)
	}
	why, err := v.check(ctx, out, meta.Sequence.Stream)
	if err != nil {
		v.h.log.Warn("web chat cannot check a reply; the page has to come back for it", v.fields(out, zap.Error(err))...)
		v.recheck = time.After(recheckAfter)
		return nil
	}
	if why != "" {
		v.h.log.Info("reply withheld", v.fields(out, zap.String("reason", string(why)))...)
		return v.out.event("withheld", meta.Sequence.Stream, struct{}{})
	}
	return v.show(out, meta.Sequence.Stream)
}

// check is the last check of a reply. Where it concerns staff that it is
// withheld they are told.
func (v *view) check(ctx context.Context, out bus.Outbound, seq uint64) (channel.Withholding, error) {
	cfg := v.h.cfg
	ctx, cancel := context.WithTimeout(ctx, cfg.PublishTimeout)
	defer cancel()
	why, err := channel.LastCheck{Consent: cfg.Consent, Owners: cfg.Owners}.Withhold(ctx, v.c, out)
	if err != nil || !why.Concerns(out) || cfg.Undelivered == nil {
		return why, err
	}
	data, err := json.Marshal(out)
	if err != nil {
		return "", fmt.Errorf("write a withheld reply: %w", err)
	}
	err = cfg.Undelivered(ctx, channel.Notice{
		Conversation: v.c, Reply: out.ID, Seq: seq, Reason: string(why), Data: data, At: cfg.Now().UTC(),
	})
	if err != nil {
		return "", fmt.Errorf("tell staff of a withheld reply: %w", err)
	}
	return why, nil
}

func (v *view) show(out bus.Outbound, seq uint64) error {
	return v.out.event("reply", seq, replyOf(out))
}

func (v *view) fields(out bus.Outbound, more ...zap.Field) []zap.Field {
	return append([]zap.Field{zap.String("conversation", v.c.ID), zap.String("reply", out.ID)}, more...)
}

// eventWriter writes server-sent events, each within a time of its own.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

const writeTimeout = 20 * time.Second

func (e *eventWriter) write(text string) error {
	// Not every ResponseWriter has deadlines; without one the server's own hold.
	_ = e.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.control.Flush()
}

// event implements eventSink.
func (e *eventWriter) event(name string, id uint64, content any) error {
	data, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	head := ""
	if id > 0 {
		head = fmt.Sprintf("id: %d\n", id)
	}
	return e.write(fmt.Sprintf("%sevent: %s\ndata: %s\n\n", head, name, data))
}
