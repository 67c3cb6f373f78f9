package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// SealAddress seals a sender's address for an event's reply_to. It opens only
// for the same clinic, channel and conversation.
func SealAddress(b *Box, clinic, channel, conversation, address string) string {
	return base64.RawURLEncoding.EncodeToString(b.Seal([]byte(address), addressData(clinic, channel, conversation)))
}

// OpenAddress returns the address in a reply_to, or ErrBox.
func OpenAddress(b *Box, clinic, channel, conversation, replyTo string) (string, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(replyTo)
	if err != nil {
		return "", fmt.Errorf("%w: reply_to is not base64", ErrBox)
	}
	address, err := b.Open(sealed, addressData(clinic, channel, conversation))
	if err != nil {
		return "", err
	}
	return string(address), nil
}

func addressData(clinic, channel, conversation string) []byte {
	return []byte("reply_to|" + clinic + "|" + channel + "|" + conversation)
}

// ConversationID is the name of a conversation: HMAC-SHA256 of the address,
// as 32 hex characters. Without key, the phone numbers behind a list of ids
// cannot be found by trying them all. A changed key starts all conversations
// afresh.
func ConversationID(key []byte, clinic, channel, address string) string {
	mac := hmac.New(sha256.New, key)
	for _, part := range []string{clinic, channel, address} {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(mac.Sum(nil))[:32]
}
