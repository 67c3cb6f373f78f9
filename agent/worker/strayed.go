package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"recado/agent"
	"recado/agent/bus"
)

// nowhere is the clinic of what came on a subject that names none.
const nowhere = "unknown"

// strayed hands to the operator what was published on a subject that names
// no conversation: there is no order to keep, so a mark alone makes sure
// that it happens once.
func (w *Worker) strayed(ctx context.Context, d *delivery) outcome {
	c := agent.Conversation{Clinic: nowhere, ID: bus.EventKey(agent.Conversation{}, d.subject)}
	letter := deadLetter{d.stored, bus.ReasonSubject}
	key := bus.EventKey(c, strconv.FormatUint(d.seq, 10))
	mark, err := json.Marshal(bus.Mark{V: agent.Version, Event: key, At: w.cfg.Now()})
	if err != nil {
		return w.later(d, fmt.Errorf("write a mark: %w", err))
	}
	messages := []bus.Message{{Subject: bus.MarkSubject(c, key), Data: mark}}
	if messages, err = w.appendDeadLetter(messages, c, letter); err != nil {
		return w.later(d, err)
	}
	if messages, err = w.appendEscalation(messages, c, deadEscalation(c, []deadLetter{letter}, agent.Decision{})); err != nil {
		return w.later(d, err)
	}
	_, err = w.cfg.Bus.PublishBatch(ctx, 0, messages...)
	if err != nil && !errors.Is(err, bus.ErrConflict) {
		return w.later(d, err)
	}
	if err == nil {
		w.meters.letters(ctx, letter)
	}
	return outcome{cursor: d.seq}
}
