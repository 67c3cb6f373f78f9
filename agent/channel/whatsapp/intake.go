package whatsapp

import (
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/vault"
)

// What the webhooks of all channels share.
type (
	Accounts   = channel.Accounts
	AccountMap = channel.AccountMap
	Intake     = channel.Intake
	Statuses   = channel.Statuses
	Stray      = channel.Stray
	Strays     = channel.Strays
)

// Rules of the escalations about strays.
const (
	RuleNoAccount = channel.RuleNoAccount
	RuleNoID      = channel.RuleNoID
	RuleNoSender  = channel.RuleNoSender
	RuleForm      = channel.RuleForm
)

// NewIntake is channel.NewIntake.
func NewIntake(js jetstream.JetStream, seen jetstream.KeyValue) Intake {
	return channel.NewIntake(js, seen)
}

// NewStrays is channel.NewStrays.
func NewStrays(b *bus.Bus, sealer func(clinic string) *vault.Sealer) Strays {
	return channel.NewStrays(b, sealer)
}
