package paging

import (
	"context"
	"fmt"
	"io"
	"sync"

	"recado/agent"
	"recado/agent/language"
	"recado/agent/paging/ladder"
)

// Printer prints pages, for a development run.
type Printer struct {
	mu  sync.Mutex
	out io.Writer
}

var _ Sender = (*Printer)(nil)

// NewPrinter prints to out.
func NewPrinter(out io.Writer) *Printer { return &Printer{out: out} }

// Send implements Sender.
func (p *Printer) Send(_ context.Context, to ladder.Contact, page Page) error {
	line, _, err := page.Write(to.Language)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err = fmt.Fprintf(p.out, "page: %s  %s\n", line, page.Link)
	return err
}

// Reach implements Sender.
func (p *Printer) Reach(context.Context, ladder.Contact) error { return nil }

// PrinterPlan is a plan whose pages a Printer takes: one step for all clinics
// and priorities, and a digest.
func PrinterPlan() ladder.Plan {
	to := []ladder.Contact{{Via: ladder.Terminal, To: "terminal", Language: language.English}}
	return ladder.Plan{ladder.Others: {
		Steps: []ladder.Step{{Name: "terminal", To: to, Priorities: []agent.Priority{
			agent.PriorityEmergency, agent.PriorityUrgent, agent.PriorityRoutine, agent.PriorityRequest,
		}}},
		Repeat: ladder.DefaultRepeat, Digest: ladder.Digest{To: to, At: ladder.Opening},
	}}
}
