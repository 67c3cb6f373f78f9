package fhir

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"recado/agent/schedule"
)

// Bounds of what one call may cost.
const (
	maxBody     = 8 << 20         // bytes of an answer
	maxPages    = 50              // of one search
	maxAttempts = 3               // of a read
	maxWait     = 5 * time.Second // before a read is tried again
	firstWait   = 200 * time.Millisecond
)

const mediaType = "application/fhir+json"

// client speaks FHIR's REST interface to one server.
type client struct {
	base    *url.URL
	http    *http.Client
	timeout time.Duration
	signIn  *signIn // nil where the server wants none
	wait    func(context.Context, time.Duration) error
}

// request is one interaction. Its op stands in errors, so it holds no id.
type request struct {
	op     string
	method string
	url    string // whole
	body   []byte
	header map[string]string
}

// address is where a path and a query of the server are.
func (c *client) address(path string, query url.Values) string {
	u := *c.base
	u.Path += "/" + path
	u.RawQuery = query.Encode()
	return u.String()
}

// read gets a resource, and again where the server or the way to it failed.
func (c *client) read(ctx context.Context, op, address string) (resource, error) {
	pause := firstWait
	for attempt := 1; ; attempt++ {
		r, after, err := c.once(ctx, request{op: op, method: http.MethodGet, url: address})
		if err == nil || attempt == maxAttempts || !transient(err) || ctx.Err() != nil {
			return r, err
		}
		if after > maxWait {
			return nil, err
		}
		if c.wait(ctx, max(pause, after)) != nil {
			return nil, err
		}
		pause *= 4
	}
}

// transient reports whether the same request may succeed soon.
func transient(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == 0 || e.Status == http.StatusTooManyRequests || e.Status >= 500)
}

// write sends a change once: a lost answer is not asked for again here, since
// the book's calls are repeatable as a whole.
func (c *client) write(ctx context.Context, r request) (resource, error) {
	got, _, err := c.once(ctx, r)
	return got, err
}

// once sends r, and again only where the server wanted a fresh token.
func (c *client) once(ctx context.Context, r request) (resource, time.Duration, error) {
	got, after, err := c.send(ctx, r)
	var e *Error
	if c.signIn != nil && errors.As(err, &e) && e.Status == http.StatusUnauthorized {
		c.signIn.forget()
		return c.send(ctx, r)
	}
	return got, after, err
}

func (c *client) send(ctx context.Context, r request) (resource, time.Duration, error) {
	header := map[string]string{"Accept": mediaType}
	if r.body != nil {
		header["Content-Type"] = mediaType
		header["Prefer"] = "return=representation"
	}
	for k, v := range r.header {
		header[k] = v
	}
	if c.signIn != nil {
		token, err := c.signIn.token(ctx)
		if err != nil {
			return nil, 0, err
		}
		header["Authorization"] = "Bearer " + token
	}
	status, answer, body, err := c.exchange(ctx, r, header)
	if err != nil {
		return nil, 0, err
	}
	if status < 200 || status > 299 {
		return nil, retryAfter(answer), refusal(r.op, status, body)
	}
	got := resource{}
	if len(bytes.TrimSpace(body)) == 0 {
		return got, 0, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&got); err != nil {
		return nil, 0, &Error{Op: r.op, Code: "structure", Unsure: r.method != http.MethodGet, kind: schedule.ErrUnavailable}
	}
	if tag := answer.Get("ETag"); tag != "" && got.version() == "" {
		got.child("meta")["versionId"] = strings.Trim(strings.TrimPrefix(tag, "W/"), `"`)
	}
	return got, 0, nil
}

// exchange sends a request and reads a bounded answer. Its errors hold no
// address: net/http puts them in its own.
func (c *client) exchange(ctx context.Context, r request, header map[string]string) (int, http.Header, []byte, error) {
	fail := func(cause error) (int, http.Header, []byte, error) {
		if !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
			cause = nil
		} else {
			cause = errors.Join(ctx.Err())
		}
		return 0, nil, nil, &Error{Op: r.op, Unsure: r.method != http.MethodGet, kind: schedule.ErrUnavailable, cause: cause}
	}
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(bounded, r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return fail(nil)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fail(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return fail(err)
	}
	if len(body) > maxBody {
		return 0, nil, nil, &Error{Op: r.op, Code: "too-costly", Unsure: r.method != http.MethodGet, kind: schedule.ErrUnavailable}
	}
	return res.StatusCode, res.Header, body, nil
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// search returns all matches, and what they include, by the links of the
// server's Bundles.
func (c *client) search(ctx context.Context, kind string, query url.Values) ([]resource, error) {
	op, next := "search "+kind, c.address(kind, query)
	var all []resource
	for range maxPages {
		bundle, err := c.read(ctx, op, next)
		if err != nil {
			return nil, err
		}
		if bundle.kind() != "Bundle" {
			return nil, &Error{Op: op, Code: "structure", kind: schedule.ErrUnavailable}
		}
		for _, entry := range bundle.children("entry") {
			if r := entry.child("resource"); r.kind() != "OperationOutcome" && r.kind() != "" {
				all = append(all, r)
			}
		}
		link := ""
		for _, l := range bundle.children("link") {
			if l.text("relation") == "next" {
				link = l.text("url")
			}
		}
		if link == "" {
			return all, nil
		}
		if next, err = c.follow(link); err != nil {
			return nil, &Error{Op: op, Code: "security", kind: schedule.ErrUnavailable}
		}
	}
	return nil, &Error{Op: op, Code: "too-costly", kind: schedule.ErrUnavailable}
}

var errElsewhere = errors.New("the link leads to another server")

// follow returns a link's address. The token must not leave the server.
func (c *client) follow(link string) (string, error) {
	u, err := url.Parse(link)
	if err != nil {
		return "", errElsewhere
	}
	root := *c.base
	root.Path += "/"
	u = root.ResolveReference(u)
	if u.Scheme != c.base.Scheme || u.Host != c.base.Host || u.User != nil {
		return "", errElsewhere
	}
	return u.String(), nil
}
