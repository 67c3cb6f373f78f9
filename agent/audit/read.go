package audit

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Read returns up to n entries of a clinic before the place before (0: from
// the end), newest first. It does not verify them; what it cannot read at all
// has the kind Unreadable, and the time at which it was stored.
func (l *Log) Read(ctx context.Context, clinic string, before uint64, n int) ([]Entry, error) {
	if !validClinic(clinic) || n <= 0 {
		return nil, nil
	}
	c := chain{clinic: clinic}
	if err := l.learn(ctx, &c); err != nil {
		return nil, unavailable("read audit entries", err)
	}
	info, err := l.info(ctx, clinic)
	if err != nil || c.seq == 0 {
		return nil, err
	}
	// Places grow with the numbers of the stream, so the message of a place is
	// found by halving.
	first, end := info.State.FirstSeq, c.seq+1
	at := func(place uint64) (uint64, error) {
		var failed error
		i := sort.Search(int(end-first), func(i int) bool {
			if failed != nil {
				return true
			}
			m, _, err := l.batch(ctx, clinic, first+uint64(i), 1)
			if failed = err; err != nil || len(m) == 0 {
				return true
			}
			e, err := decode(m[0].data)
			return err == nil && e.Seq >= place
		})
		return first + uint64(i), failed
	}
	if before == 0 || before > c.last.Seq {
		before = c.last.Seq + 1
	} else if end, err = at(before); err != nil {
		return nil, err
	}
	start := first
	if before > uint64(n) {
		if start, err = at(before - uint64(n)); err != nil {
			return nil, err
		}
	}
	messages, _, err := l.batch(ctx, clinic, start, n)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, m := range messages {
		if m.seq >= end {
			break
		}
		e, err := decode(m.data)
		if err != nil {
			e = Entry{At: m.at, Act: Act{Clinic: clinic, Kind: Unreadable}}
		}
		entries = append(entries, e)
	}
	slices.Reverse(entries)
	return entries, nil
}

// Head is the end of a clinic's chain, to be noted elsewhere.
func (l *Log) Head(ctx context.Context, clinic string) (Head, error) {
	if !validClinic(clinic) {
		return Head{}, fmt.Errorf("read the end of an audit chain: %w: no such clinic", ErrAct)
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Patience)
	defer cancel()
	c := chain{clinic: clinic}
	if err := l.learn(ctx, &c); err != nil {
		return Head{}, unavailable("read the end of an audit chain", err)
	}
	return c.last, nil
}

// Clinics are those that have a chain, Common among them, in order.
func (l *Log) Clinics(ctx context.Context) ([]string, error) {
	info, err := l.info(ctx, ">")
	if err != nil {
		return nil, err
	}
	var clinics []string
	for s := range info.State.Subjects {
		if clinic := strings.TrimPrefix(s, subject("")); validClinic(clinic) {
			clinics = append(clinics, clinic)
		}
	}
	slices.Sort(clinics)
	return clinics, nil
}

// info tells of the stream and how many messages a clinic has in it.
func (l *Log) info(ctx context.Context, clinic string) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Patience)
	defer cancel()
	info, err := l.stream.Info(ctx, jetstream.WithSubjectFilter(subject(clinic)))
	if err != nil {
		return nil, unavailable("ask for the audit stream", err)
	}
	return info, nil
}
