// Package cassette records what a language model replied and replays it, so
// that evals and tests run without one and always alike.
//
// A recording is found by its canonical request, which holds model and
// schema, and by the repeat that the caller counts. A request that was never
// recorded is an error that shows the nearest recording's difference: nothing
// is ever asked in its place.
//
// A cassette holds requests and responses in clear. Record made-up messages
// only.
package cassette

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"sync"
)

// maxBody bounds what is recorded of a request or response.
const maxBody = 4 << 20

// Recording is one line of a cassette.
type Recording struct {
	Key    string `json:"key"`
	Model  string `json:"model"`
	Schema string `json:"schema"` // hash of the reply's schema; empty without one
	Repeat int    `json:"repeat"`
	// Request is canonical: fields in order, no space, scrubbed.
	Request json.RawMessage `json:"request"`
	Status  int             `json:"status"`
	// Response is the body, with finish_reason, usage and refusal, and without
	// what tells one call from the next.
	Response json.RawMessage `json:"response"`
}

// Scrub takes out what must not be stored, from the bodies of requests before
// their key is made and from those of responses.
type Scrub func(body []byte) []byte

// Cassette is an http.RoundTripper. It is safe for use by many goroutines.
type Cassette struct {
	path  string
	base  http.RoundTripper // nil when replaying
	scrub []Scrub

	mu         sync.Mutex
	journal    *os.File // the file itself, while recording
	recordings map[string]Recording
	used       map[string]bool
	misses     []error
}

var _ http.RoundTripper = (*Cassette)(nil)

// Replay opens a cassette that answers from its recordings alone.
func Replay(path string, scrub ...Scrub) (*Cassette, error) { return open(path, nil, scrub) }

// Record opens a cassette that asks base for everything and keeps what it
// replies with status 200: at once at the end of the file, so that a killed
// process loses none, and in order with Close. Recordings that the file holds
// already stay unless they are made again. The file need not exist.
func Record(path string, base http.RoundTripper, scrub ...Scrub) (*Cassette, error) {
	if base == nil {
		return nil, errors.New("record cassette: it needs a transport to ask")
	}
	c, err := open(path, base, scrub)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("record cassette: %w", err)
	}
	if c.journal, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o644); err != nil {
		return nil, fmt.Errorf("record cassette: %w", err)
	}
	return c, c.endLine()
}

// endLine ends a last line that was cut while it was written, which is passed
// over from then on.
func (c *Cassette) endLine() error {
	info, err := c.journal.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	var last [1]byte
	if _, err = c.journal.ReadAt(last[:], info.Size()-1); err == nil && last[0] != '\n' {
		_, err = c.journal.WriteString("\n")
	}
	if err != nil {
		return fmt.Errorf("record cassette: %w", err)
	}
	return nil
}

func open(path string, base http.RoundTripper, scrub []Scrub) (*Cassette, error) {
	c := &Cassette{path: path, base: base, scrub: scrub, recordings: map[string]Recording{}, used: map[string]bool{}}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && base != nil {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open cassette: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, 2*maxBody)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var r Recording
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil || r.Key == "" {
			if base != nil && !json.Valid(lines.Bytes()) {
				continue // cut while it was written; Close leaves it out
			}
			return nil, fmt.Errorf("%s:%d: no recording: record it again", path, n)
		}
		c.recordings[r.Key] = r
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read cassette %s: %w", path, err)
	}
	return c, nil
}

type repeatKey struct{}

// WithRepeat counts the repeats of one request, so that each is recorded and
// replayed by itself. Without it the repeat is 0.
func WithRepeat(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, repeatKey{}, n)
}

// RoundTrip implements http.RoundTripper. Its error for a request that was
// not recorded is a *MissError.
func (c *Cassette) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(io.LimitReader(r.Body, maxBody))
		if closing := r.Body.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return nil, fmt.Errorf("read request for cassette: %w", err)
		}
	}
	repeat, _ := r.Context().Value(repeatKey{}).(int)
	rec, err := describe(c.scrubbed(body), repeat)
	if err != nil {
		return nil, err
	}
	if c.base == nil {
		return c.replay(r, rec)
	}
	return c.record(r, rec, body)
}

func (c *Cassette) scrubbed(body []byte) []byte {
	for _, s := range c.scrub {
		body = s(body)
	}
	return body
}

func (c *Cassette) replay(r *http.Request, asked Recording) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.recordings[asked.Key]
	if !ok {
		miss := c.miss(asked)
		c.misses = append(c.misses, miss)
		return nil, miss
	}
	c.used[asked.Key] = true
	return response(r, found.Status, found.Response), nil
}

func (c *Cassette) record(r *http.Request, rec Recording, body []byte) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res, err := c.base.RoundTrip(out)
	if err != nil || res.StatusCode != http.StatusOK {
		return res, err
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if closing := res.Body.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, fmt.Errorf("read response for cassette: %w", err)
	}
	res.Body = io.NopCloser(bytes.NewReader(raw))
	stored, err := settle(c.scrubbed(raw))
	if err != nil || len(raw) > maxBody {
		return res, nil // what is no JSON is the client's to refuse, and not worth keeping
	}
	rec.Status, rec.Response = res.StatusCode, stored
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.append(rec); err != nil {
		return nil, err
	}
	c.recordings[rec.Key] = rec
	c.used[rec.Key] = true
	return res, nil
}

// append writes one recording at the end of the file.
func (c *Cassette) append(r Recording) error {
	if c.journal == nil {
		return errors.New("record cassette: it is closed")
	}
	line, err := encode(r)
	if err == nil {
		_, err = c.journal.Write(line)
	}
	if err != nil {
		return fmt.Errorf("record cassette: %w", err)
	}
	return nil
}

// encode is the line of a recording.
func encode(r Recording) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(r)
	return b.Bytes(), err
}

func response(r *http.Request, status int, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}

// Unused names the recordings that nothing asked for, sorted: a cassette that
// no test claims grows stale unseen.
func (c *Cassette) Unused() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for key := range c.recordings {
		if !c.used[key] {
			out = append(out, key)
		}
	}
	sort.Strings(out)
	return out
}

// Close writes what was recorded, whole or not at all. When replaying it
// returns every miss, since whoever made the request may have swallowed it.
func (c *Cassette) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.base == nil {
		return errors.Join(c.misses...)
	}
	keys := make([]string, 0, len(c.recordings))
	for key := range c.recordings {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	var b bytes.Buffer
	for _, key := range keys {
		line, err := encode(c.recordings[key])
		if err != nil {
			return fmt.Errorf("write cassette: %w", err)
		}
		b.Write(line)
	}
	if c.journal != nil {
		if err := c.journal.Close(); err != nil {
			return fmt.Errorf("write cassette: %w", err)
		}
		c.journal = nil
	}
	half := c.path + ".new"
	if err := os.WriteFile(half, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write cassette: %w", err)
	}
	if err := os.Rename(half, c.path); err != nil {
		return fmt.Errorf("write cassette: %w", err)
	}
	return nil
}
