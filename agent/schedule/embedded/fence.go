package embedded

import (
	"context"
	"time"

	"recado/agent/schedule"
)

// fenceFor is how long a turn that was seen holds earlier ones back. No worker
// is behind for longer, and a stream of events that was made anew counts from 1.
const fenceFor = time.Hour

// admit refuses owner where a later turn of theirs was seen, else notes the
// turn. news is true where the page has to be written for that.
func (p *page) admit(owner schedule.Owner, now time.Time) (news bool, err error) {
	standing := now.Sub(p.Seen) < fenceFor
	switch {
	case owner.Turn == 0 || standing && owner.Turn == p.Turn:
		return false, nil
	case standing && owner.Turn < p.Turn:
		return false, schedule.ErrOvertaken
	}
	p.Turn, p.Seen = owner.Turn, now.UTC()
	return true, nil
}

// mine reads a patient's own page for a change.
func (b *Book) mine(ctx context.Context, owner schedule.Owner) (*page, error) {
	p, err := b.list(ctx, owner)
	if err != nil {
		return nil, err
	}
	_, err = p.admit(owner, b.cfg.Now())
	return p, err
}

// fence writes down which turn owner's call is of, for calls that change no
// visit. From then on no earlier turn changes any.
func (b *Book) fence(ctx context.Context, doing string, owner schedule.Owner) error {
	if owner.Turn == 0 {
		return nil
	}
	_, err := b.change(ctx, doing, func(ctx context.Context) (visit, []*page, error) {
		p, err := b.list(ctx, owner)
		if err != nil {
			return visit{}, nil, err
		}
		news, err := p.admit(owner, b.cfg.Now())
		if err != nil || !news {
			return visit{}, nil, err
		}
		p.V, p.Did, p.Ref = version, "turn", ""
		return visit{}, []*page{p}, nil
	})
	return err
}
