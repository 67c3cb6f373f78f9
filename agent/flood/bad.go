package flood

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
)

// attacker sends one kind of bad request, again and again.
type attacker struct {
	name string
	// body is what it sends; sized tells its length beforehand.
	body  func(cfg Config) []byte
	sized bool
	// signed signs it rightly; else the signature is forged.
	signed bool
}

// long is longer than any channel's notification: 10 MB.
const long = 10 << 20

var kinds = []attacker{
	{name: "forged signature", body: func(cfg Config) []byte { return cfg.Good(0) }, sized: true},
	{name: "malformed JSON", body: malformed, sized: true},
	{name: "malformed JSON, signed", body: malformed, sized: true, signed: true},
	{name: "10 MB, announced", body: zeros(long), sized: true},
	{name: "10 MB, not announced", body: zeros(long)},
	{name: "2 MB, forged", body: zeros(2 << 20), sized: true},
}

func malformed(Config) []byte {
	return []byte(`{"object":"x","entry":[{"changes":[[[[{"value":` + "\x00\xff")
}

func zeros(n int) func(Config) []byte {
	return func(Config) []byte { return bytes.Repeat([]byte{'0'}, n) }
}

// attack sends until ctx ends, each time over a connection of its own as
// senders from all over the world do.
func (a attacker) attack(ctx context.Context, cfg Config, t *tally) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	body := a.body(cfg)
	for ctx.Err() == nil {
		var from io.Reader = bytes.NewReader(body)
		if !a.sized {
			from = unsized{from}
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, cfg.URL, from)
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "application/json")
		name, value := cfg.Sign(body)
		if !a.signed {
			value = value[:len(value)-8] + strings.Repeat("0", 8)
		}
		r.Header.Set(name, value)
		answer, err := client.Do(r)
		if ctx.Err() != nil {
			if err == nil {
				answer.Body.Close()
			}
			return
		}
		if err != nil {
			t.count(0)
			continue
		}
		io.Copy(io.Discard, answer.Body) //nolint:errcheck // its status is all that counts
		answer.Body.Close()
		t.count(answer.StatusCode)
	}
}

// unsized hides how long a body is, so that it is sent in chunks.
type unsized struct{ io.Reader }
