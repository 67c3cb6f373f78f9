package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/vault"
)

// Aliases remembers conversations of patients who are known by more than one
// address, a phone number and a user id. It is called by many goroutines at
// once.
type Aliases interface {
	// Conversation returns the conversation recorded for an address, else "".
	Conversation(ctx context.Context, clinic, address string) (string, error)
	// Record notes the conversation of an address unless one is recorded
	// already, and returns the one that is recorded then.
	Record(ctx context.Context, clinic, address, conversation string) (string, error)
}

// NewAliases returns Aliases kept by keyed hashes of addresses in a bucket,
// bus.BucketAlias. It must not expire: an alias carries the patient's opt-out.
func NewAliases(bucket jetstream.KeyValue, key []byte) Aliases {
	return &aliases{bucket: bucket, key: key}
}

type aliases struct {
	bucket jetstream.KeyValue
	key    []byte
}

func (a *aliases) name(clinic, address string) string {
	return vault.ConversationID(a.key, clinic, "whatsapp-alias", address)
}

func (a *aliases) Conversation(ctx context.Context, clinic, address string) (string, error) {
	entry, err := a.bucket.Get(ctx, a.name(clinic, address))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read an alias: %w", err)
	}
	return string(entry.Value()), nil
}

func (a *aliases) Record(ctx context.Context, clinic, address, conversation string) (string, error) {
	_, err := a.bucket.Create(ctx, a.name(clinic, address), []byte(conversation))
	if errors.Is(err, jetstream.ErrKeyExists) {
		return a.Conversation(ctx, clinic, address)
	}
	if err != nil {
		return "", fmt.Errorf("write an alias: %w", err)
	}
	return conversation, nil
}

// conversations finds the conversation of a person.
type conversations struct {
	aliases Aliases
	key     []byte
}

// of returns the conversation that p is in at clinic. The first address that
// a patient was known by names it, the phone where there is a choice; every
// other address becomes an alias of it.
func (s conversations) of(ctx context.Context, clinic string, p person) (string, error) {
	byPhone, err := s.recorded(ctx, clinic, p.phone)
	if err != nil {
		return "", err
	}
	byUser, err := s.recorded(ctx, clinic, p.user)
	if err != nil {
		return "", err
	}
	switch {
	case p.user == "":
		return first(byPhone, s.hash(clinic, p.phone)), nil
	case p.phone == "":
		if byUser != "" {
			return byUser, nil
		}
		return s.aliases.Record(ctx, clinic, p.user, s.hash(clinic, p.user))
	}
	c := first(first(byPhone, byUser), s.hash(clinic, p.phone))
	if byUser == "" {
		if byUser, err = s.aliases.Record(ctx, clinic, p.user, c); err != nil {
			return "", err
		}
		if byPhone == "" {
			c = byUser // another webhook was first
		}
	}
	if byPhone == "" && c != s.hash(clinic, p.phone) {
		return s.aliases.Record(ctx, clinic, p.phone, c)
	}
	return c, nil
}

// follow makes the new addresses of a person aliases of conversation, so
// that opt-outs and open matters survive a new number.
func (s conversations) follow(ctx context.Context, clinic, conversation string, p person) error {
	for _, address := range []string{p.phone, p.user} {
		if address == "" {
			continue
		}
		if _, err := s.aliases.Record(ctx, clinic, address, conversation); err != nil {
			return err
		}
	}
	return nil
}

func (s conversations) recorded(ctx context.Context, clinic, address string) (string, error) {
	if address == "" {
		return "", nil
	}
	return s.aliases.Conversation(ctx, clinic, address)
}

func (s conversations) hash(clinic, address string) string {
	return vault.ConversationID(s.key, clinic, string(agent.WhatsApp), address)
}

// ConversationOf returns the conversation of a phone number, in digits, with
// a clinic, whether it wrote before or not. key is the gateways' key of
// conversation ids.
func ConversationOf(ctx context.Context, aliases Aliases, key []byte, clinic, phone string) (agent.Conversation, error) {
	known := conversations{aliases: aliases, key: key}
	id, err := known.recorded(ctx, clinic, phone)
	if err != nil {
		return agent.Conversation{}, err
	}
	return agent.Conversation{Clinic: clinic, Channel: agent.WhatsApp, ID: first(id, known.hash(clinic, phone))}, nil
}

// ConversationsOf returns every conversation that a patient with a clinic may
// have, known by a phone number, in digits, by a user id, or by both; either
// may be empty. There is more than one where the two were met apart before
// they were met together: what was said in one of them holds in all.
func ConversationsOf(ctx context.Context, aliases Aliases, key []byte, clinic, phone, user string) ([]agent.Conversation, error) {
	known := conversations{aliases: aliases, key: key}
	var all []agent.Conversation
	for _, address := range []string{phone, user} {
		if address == "" {
			continue
		}
		id, err := known.recorded(ctx, clinic, address)
		if err != nil {
			return nil, err
		}
		for _, id := range []string{id, known.hash(clinic, address)} {
			c := agent.Conversation{Clinic: clinic, Channel: agent.WhatsApp, ID: id}
			if id != "" && !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}
