package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Version is the form of entries.
const Version = 1

// Entry is an act in its place in the clinic's chain.
type Entry struct {
	V   int       `json:"v"`
	ID  string    `json:"id"`  // random, so that two equal acts are two entries
	Seq uint64    `json:"seq"` // place in the clinic's chain, from 1 without gaps
	At  time.Time `json:"at"`  // UTC, by the clock of the process that wrote it
	Act
	Prev string `json:"prev"` // hash of the entry before; empty in the first
	Hash string `json:"hash"` // of everything above: 64 hex characters
}

// domain keeps these hashes apart from those of anything else.
const domain = "recado audit entry v1"

// maxSeq is more than anybody will ever do, and far from overflowing.
const maxSeq = 1 << 53

// sum is the entry's hash as it has to be. Each part is preceded by its
// length, so that no two entries are the same bytes.
func (e Entry) sum() string {
	h := sha256.New()
	for _, part := range []string{
		domain, strconv.Itoa(e.V), e.ID, e.Clinic, strconv.FormatUint(e.Seq, 10), e.At.Format(time.RFC3339Nano),
		e.Who, string(e.Kind), e.Case, e.Record, e.Subject, e.Why, e.Prev,
	} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		io.WriteString(h, part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// encode is the one form in which an entry is stored and exported.
func (e Entry) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, fmt.Errorf("encode an audit entry: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// errForm: bytes that encode has not made.
var errForm = errors.New("not an audit entry in its one form")

// decode is the inverse of encode. What has another form, be it only a space
// more, is refused: nothing may be added to an entry where no hash covers it.
func decode(data []byte) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(data, &e); err != nil {
		return Entry{}, errForm // err would quote the data
	}
	if e.V != Version {
		return e, fmt.Errorf("%w: version is %d, this build reads %d", errForm, e.V, Version)
	}
	again, err := e.encode()
	if err != nil || !bytes.Equal(again, data) || e.Seq == 0 || e.Seq > maxSeq {
		return e, errForm
	}
	return e, nil
}
