package channel

import "context"

// Accounts finds the clinic behind its own side of a channel.
type Accounts interface {
	// Clinic returns the id of the clinic with this account (see
	// Address.Account), or false.
	Clinic(account string) (clinic string, ok bool)
}

// AccountMap is Accounts from account to clinic id.
type AccountMap map[string]string

// Clinic implements Accounts.
func (m AccountMap) Clinic(account string) (string, bool) {
	clinic, ok := m[account]
	return clinic, ok
}

// Statuses takes what a channel tells about messages that were sent.
// dispatch.Deliveries implements it. It is called by many goroutines at once.
type Statuses interface {
	// Apply notes a status. Statuses come in any order and more than once.
	// An error means: deliver it again.
	Apply(ctx context.Context, s Status) error
}
