package dispatch

import (
	"context"
	"time"

	"recado/agent/bus"
	"recado/agent/channel"
)

// windowMargin is how long before its end a channel's time of free replies is
// taken to be over: the call takes its time, and clocks differ.
const windowMargin = time.Minute

// windowClosed is why a reply fails that came too late for a free one.
const windowClosed = "the time of free replies has passed since the patient wrote, and the clinic's profile has no approved template for this text"

// closed reports whether the channel's time of free replies to the patient has
// passed, and with which code the channel would say so. Where nothing is known
// of when the patient wrote it is open, and the channel decides.
func (l *lane) closed(ctx context.Context, sender channel.Sender, to channel.Address, mine *try) (code int, shut bool, err error) {
	windowed, ok := sender.(channel.Windowed)
	if !ok {
		return 0, false, nil
	}
	open, code := windowed.Window()
	if mine.shut {
		return code, true, nil
	}
	last := to.Wrote
	over := func() bool { return !last.IsZero() && l.d.cfg.Now().Sub(last) > open-windowMargin }
	if (last.IsZero() || over()) && l.d.cfg.Windows != nil {
		at, err := l.d.cfg.Windows.LastWrote(ctx, l.c)
		if err != nil {
			return 0, false, err
		}
		last = later(last, at)
	}
	return code, over(), nil
}

// template returns what is sent in place of a reply outside the time of free
// ones; nil without a template for it.
func (l *lane) template(out bus.Outbound) *channel.Template {
	if l.d.cfg.Templates == nil {
		return nil
	}
	t, ok := l.d.cfg.Templates.Template(out)
	if !ok {
		return nil
	}
	return &t
}
