package fhir

import (
	"context"
	"slices"
	"time"

	"recado/agent/schedule"
)

// statement is what a server's CapabilityStatement says about appointments.
type statement struct {
	slots        []string // interactions with Slot
	appointments []string // interactions with Appointment
	versions     string   // how Slots are versioned; empty where it is not said
	conditional  bool     // Appointments are created once by a condition
	atomic       bool     // a transaction Bundle happens whole or not at all
	operations   []string // of Appointment: find, hold, book
}

// statementAge is how long a CapabilityStatement is taken for granted.
const statementAge = 10 * time.Minute

// locks reports whether slots can be held by conditional update.
func (s *statement) locks() bool {
	return contains(s.slots, "read", "search-type", "update") && s.versions != "no-version" &&
		contains(s.appointments, "create", "update", "search-type")
}

// operates reports whether the server itself finds, holds and books.
func (s *statement) operates() bool {
	return !s.locks() && contains(s.operations, "find", "book") && contains(s.appointments, "read", "update", "search-type")
}

// requests reports whether staff can be left a request.
func (s *statement) requests() bool { return contains(s.appointments, "create", "search-type") }

func contains(all []string, want ...string) bool {
	for _, w := range want {
		if !slices.Contains(all, w) {
			return false
		}
	}
	return true
}

// server returns the statement, read anew when it is old. An old one serves
// while a new one cannot be read.
func (b *Book) server(ctx context.Context) (*statement, error) {
	const op = "read CapabilityStatement"
	if err := ctx.Err(); err != nil {
		return nil, &Error{Op: op, kind: schedule.ErrUnavailable, cause: err}
	}
	b.mu.Lock()
	known, at := b.statement, b.stated
	b.mu.Unlock()
	if known != nil && b.now().Sub(at) < statementAge {
		return known, nil
	}
	r, err := b.client.read(ctx, op, b.client.address("metadata", nil))
	if err != nil {
		if known != nil {
			return known, nil
		}
		return nil, err
	}
	s := stated(r)
	b.mu.Lock()
	b.statement, b.stated, b.silent = s, b.now(), time.Time{}
	b.mu.Unlock()
	return s, nil
}

// operates is statement.operates of the server as it is known.
func (b *Book) operates() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.statement != nil && b.statement.operates()
}

func stated(r resource) *statement {
	s := &statement{}
	for _, rest := range r.children("rest") {
		if rest.text("mode") != "server" {
			continue
		}
		s.atomic = slices.Contains(codes(rest, "interaction", "code"), "transaction")
		for _, kind := range rest.children("resource") {
			switch kind.text("type") {
			case "Slot":
				s.slots, s.versions = codes(kind, "interaction", "code"), kind.text("versioning")
			case "Appointment":
				s.appointments = codes(kind, "interaction", "code")
				s.operations = codes(kind, "operation", "name")
				s.conditional, _ = kind["conditionalCreate"].(bool)
			}
		}
	}
	return s
}

func codes(r resource, list, field string) []string {
	var all []string
	for _, c := range r.children(list) {
		all = append(all, trimDollar(c.text(field)))
	}
	return all
}

func trimDollar(s string) string {
	if len(s) > 0 && s[0] == '$' {
		return s[1:]
	}
	return s
}
