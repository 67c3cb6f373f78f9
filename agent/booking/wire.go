package booking

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"recado/agent/schedule"
)

// Choices go out to carriers and pages. The id of a time begins with the kind of
// the visit, and a kind may tell of a person's care, so neither goes out: what
// does is a digest, with the conversation's own name in it, that the draft is
// asked back for.

// wire is what stands for a choice outside.
func wire(owner schedule.Owner, id string) string {
	for _, kind := range []string{idTime, idKind} {
		if name, ok := strings.CutPrefix(id, kind); ok {
			sum := sha256.Sum256([]byte(owner.Clinic + "\x00" + owner.Channel + "\x00" + owner.Conversation + "\x00" + name))
			return kind + hex.EncodeToString(sum[:8])
		}
	}
	return id
}

// Resolve is the choice that a button stands for: one that d offers or did
// before. What it does not know it returns as it is.
func Resolve(owner schedule.Owner, d *Draft, button string) string {
	if d == nil {
		return button
	}
	known := slices.Clone(d.Choices)
	for _, slot := range d.Past {
		known = append(known, idTime+slot)
	}
	for _, o := range d.Offered {
		known = append(known, idTime+o.ID)
	}
	if i := slices.IndexFunc(known, func(id string) bool { return wire(owner, id) == button }); i >= 0 {
		return known[i]
	}
	return button
}

// mostPast is how many times of earlier offers are remembered.
const mostPast = 9

// passes notes the times on offer, before others take their place.
func (d *Draft) passes() {
	for _, o := range d.Offered {
		if !slices.Contains(d.Past, o.ID) {
			d.Past = append(d.Past, o.ID)
		}
	}
	d.Past = d.Past[max(0, len(d.Past)-mostPast):]
}
