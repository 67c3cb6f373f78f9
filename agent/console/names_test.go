package console

import (
	"context"
	"errors"
	"testing"
	"time"

	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

// slowAccounts answer nobody who lists them while they are away.
type slowAccounts struct {
	staff.Accounts
	away  bool
	asked int
}

func (a *slowAccounts) All(ctx context.Context) ([]staff.Account, error) {
	if a.asked++; a.away {
		return nil, errors.New("away")
	}
	return a.Accounts.All(ctx)
}

func TestNamesAreShownWhileStorageIsAwayAndItIsAskedNowAndThen(t *testing.T) {
	accounts := &slowAccounts{}
	r := stafftest.New(t, func(c *staff.Config) { accounts.Accounts = c.Accounts; c.Accounts = accounts })
	ana := r.Person(t, map[string]staff.Role{"sol": staff.Staff})
	n := names{staff: r.Service, now: r.Clock.Now}
	if name, ok := n.of(t.Context(), ana.ID); !ok || name != ana.Name {
		t.Fatalf("she is called %q", name)
	}
	accounts.away = true
	r.Clock.Add(namesFor + time.Second)
	accounts.asked = 0
	gone, leave := context.WithCancel(t.Context())
	leave() // who asked first has left meanwhile
	for range 50 {
		if name, ok := n.of(gone, ana.ID); !ok || name != ana.Name {
			t.Fatalf("while storage is away she is called %q", name)
		}
		n.of(t.Context(), "nobody")
	}
	if accounts.asked != 1 {
		t.Errorf("storage that is away was asked %d times", accounts.asked)
	}
	accounts.away = false
	eva := r.Person(t, map[string]staff.Role{"sol": staff.Staff})
	r.Clock.Add(namesFor + time.Second)
	if name, ok := n.of(gone, eva.ID); !ok || name != eva.Name {
		t.Errorf("after that somebody new is called %q", name)
	}
}
