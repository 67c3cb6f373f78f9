package sms

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/vault"
)

// Blocks remembers for which phones Twilio refuses messages because their
// owners stopped there. Such a block ends with a word that Twilio answers
// itself, which Recado then must not do as well. It is called by many
// goroutines at once.
type Blocks interface {
	// Set notes that the clinic's number is blocked for a phone, or no longer.
	// Both are in digits.
	Set(ctx context.Context, account, phone string, blocked bool) error
	// Blocked returns what was noted last.
	Blocked(ctx context.Context, account, phone string) (bool, error)
}

// NewBlocks returns Blocks kept by keyed hashes in a bucket, bus.BucketAlias:
// it must not expire, as the blocks do not.
func NewBlocks(bucket jetstream.KeyValue, key []byte) Blocks { return &blocks{bucket, key} }

type blocks struct {
	bucket jetstream.KeyValue
	key    []byte
}

// blockedValue is no conversation id, which the bucket's other values are.
const blockedValue = "blocked"

func (b *blocks) name(account, phone string) string {
	return vault.ConversationID(b.key, account, "sms-block", phone)
}

func (b *blocks) Set(ctx context.Context, account, phone string, blocked bool) error {
	have, err := b.Blocked(ctx, account, phone)
	if err != nil || have == blocked {
		return err
	}
	value := ""
	if blocked {
		value = blockedValue
	}
	if _, err := b.bucket.Put(ctx, b.name(account, phone), []byte(value)); err != nil {
		return fmt.Errorf("note a block at Twilio: %w", err)
	}
	return nil
}

func (b *blocks) Blocked(ctx context.Context, account, phone string) (bool, error) {
	entry, err := b.bucket.Get(ctx, b.name(account, phone))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up a block at Twilio: %w", err)
	}
	return string(entry.Value()) == blockedValue, nil
}

// unblocks reports whether a message is one of the words by which Twilio ends
// a block without being told so by the clinic.
func unblocks(form url.Values) bool {
	switch strings.ToUpper(strings.TrimSpace(form.Get("Body"))) {
	case "START", "UNSTOP", "YES":
		return true
	}
	return false
}
