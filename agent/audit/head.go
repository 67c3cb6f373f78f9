package audit

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Head is the end of a chain. One that was noted outside of NATS is an
// anchor: it shows whether the chain up to it is still the same.
type Head struct {
	Clinic string `json:"clinic"`
	Seq    uint64 `json:"seq"`  // of the last entry; 0 for an empty chain
	Hash   string `json:"hash"` // of the last entry; empty for an empty chain
}

// String is <clinic>:<seq>:<hash>, which ParseHead reads.
func (h Head) String() string {
	return h.Clinic + ":" + strconv.FormatUint(h.Seq, 10) + ":" + h.Hash
}

var hexHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseHead reads what String made.
func ParseHead(text string) (Head, error) {
	parts := strings.Split(strings.TrimSpace(text), ":")
	if len(parts) != 3 {
		return Head{}, errors.New("a head is <clinic>:<number>:<hash>, as recado audit verify prints it")
	}
	h := Head{Clinic: parts[0], Hash: parts[2]}
	var err error
	if h.Seq, err = strconv.ParseUint(parts[1], 10, 64); err != nil {
		return Head{}, errors.New("a head's number is a whole number, 0 or more")
	}
	if !validClinic(h.Clinic) {
		return Head{}, fmt.Errorf("a head's clinic is a clinic's id or %s", Common)
	}
	if h.Seq == 0 && h.Hash != "" || h.Seq > 0 && !hexHash.MatchString(h.Hash) {
		return Head{}, errors.New("a head's hash is 64 characters 0-9 and a-f, and nothing for number 0")
	}
	return h, nil
}
