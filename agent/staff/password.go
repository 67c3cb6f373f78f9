package staff

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Cost is what one argon2id hash costs.
type Cost struct {
	Time    uint32 // passes
	Memory  uint32 // KiB
	Threads uint8
}

// DefaultCost is RFC 9106's choice for little memory, on one thread: about a
// tenth of a second. A change of it hashes each password anew at its next use.
var DefaultCost = Cost{Time: 3, Memory: 64 << 10, Threads: 1}

const (
	saltSize = 16
	hashSize = 32
	// MinPassword is the shortest password, in characters.
	MinPassword = 12
	maxPassword = 256
	// maxMemory bounds what a stored hash may ask for, in KiB.
	maxMemory = 1 << 20
	// hashWait is how long one waits at most for others' hashes.
	hashWait = 5 * time.Second
)

// hasher makes and checks hashes, few at a time: each takes its memory, and
// anybody may ask for one by trying to sign in.
type hasher struct {
	cost  Cost
	slots chan struct{}
	// dummy is checked for people who do not exist or have no password.
	dummy string
}

func newHasher(c Cost) (*hasher, error) {
	if c.Time == 0 || c.Threads == 0 || c.Memory < 8*uint32(c.Threads) || c.Memory > maxMemory {
		return nil, fmt.Errorf("staff config: Cost: time %d, memory %d KiB, threads %d is out of argon2id's range", c.Time, c.Memory, c.Threads)
	}
	h := &hasher{cost: c, slots: make(chan struct{}, max(2, min(4, runtime.GOMAXPROCS(0))))}
	salt := make([]byte, saltSize)
	h.dummy = c.encode(salt, make([]byte, hashSize)) // the hash of no known password
	return h, nil
}

// enter takes a slot.
func (h *hasher) enter(ctx context.Context) error {
	late := time.NewTimer(hashWait)
	defer late.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-late.C:
		return &SlowDownError{Wait: hashWait}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (h *hasher) leave() { <-h.slots }

// hash returns a password as a PHC string.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails
	return h.cost.encode(salt, h.cost.sum(password, salt, hashSize)), nil
}

// verify says whether a password has this hash, and whether to hash it anew
// with today's cost. An empty phc costs as much and never fits.
func (h *hasher) verify(ctx context.Context, phc, password string) (ok, stale bool, err error) {
	unknown := phc == ""
	if unknown {
		phc = h.dummy
	}
	cost, salt, want, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	if utf8.RuneCountInString(password) > maxPassword {
		password = "" // no account has it, and nobody pays for its length
	}
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.leave()
	got := cost.sum(password, salt, uint32(len(want)))
	ok = subtle.ConstantTimeCompare(got, want) == 1 && !unknown
	return ok, ok && (cost != h.cost || len(want) != hashSize || len(salt) != saltSize), nil
}

func (c Cost) sum(password string, salt []byte, size uint32) []byte {
	// One password is typed in several ways on different keyboards.
	return argon2.IDKey(norm.NFKC.Bytes([]byte(password)), salt, c.Time, c.Memory, c.Threads, size)
}

func (c Cost) encode(salt, sum []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads, b.EncodeToString(salt), b.EncodeToString(sum))
}

var errPHC = errors.New("stored password hash is not readable: reset this person's factors")

func parsePHC(phc string) (c Cost, salt, sum []byte, err error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); err != nil || c.Memory > maxMemory || c.Time == 0 || c.Time > 64 || c.Threads == 0 {
		return c, nil, nil, errPHC
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return c, nil, nil, errPHC
	}
	if sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(sum) < 16 || len(sum) > 64 {
		return c, nil, nil, errPHC
	}
	return c, salt, sum, nil
}
