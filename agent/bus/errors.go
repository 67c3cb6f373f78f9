package bus

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Errors of publishing that callers decide by. Any other error leaves open
// whether the messages were stored: publish again under the same condition.
var (
	// ErrConflict: the subject's last message is not the expected one, so
	// somebody else wrote first. Nothing was stored.
	ErrConflict = errors.New("another writer was first")
	// ErrDuplicate: a message with this Msg-Id is stored already. Of a batch,
	// nothing was stored.
	ErrDuplicate = errors.New("message is stored already")
	// ErrBusy: the server has too many batches open. Nothing was stored; try
	// again shortly.
	ErrBusy = errors.New("server has too many batches open")
)

// The server's error codes behind them.
const (
	codeWrongLastSequence         jetstream.ErrorCode = 10071
	codeWrongLastSequenceInFlight jetstream.ErrorCode = 10164
	codeBatchDuplicate            jetstream.ErrorCode = 10201
	codeBatchTooManyInflight      jetstream.ErrorCode = 10210
)

// typed wraps a server's error in the one of this package that it means.
func typed(err *jetstream.APIError) error {
	switch err.ErrorCode {
	case codeWrongLastSequence, codeWrongLastSequenceInFlight:
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case codeBatchDuplicate:
		return fmt.Errorf("%w: %w", ErrDuplicate, err)
	case codeBatchTooManyInflight:
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}
