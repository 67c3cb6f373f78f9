package fhir

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"recado/agent/schedule"
)

// change is one resource that is written: an update under the version that
// was read, or a creation.
type change struct {
	r resource
	// once is the search under which a resource is created: none where there
	// is one already.
	once url.Values
}

func (c change) op() string {
	if c.once != nil {
		return "create " + c.r.kind()
	}
	return "update " + c.r.kind()
}

// put writes one change and returns the resource as it is then. A version that is not the current one any more is
// schedule.ErrTaken.
func (b *Book) put(ctx context.Context, s *statement, c change) (resource, error) {
	if c.once != nil {
		return b.create(ctx, s, c)
	}
	version, body, err := body(c.r)
	if err != nil {
		return nil, err
	}
	if version == "" {
		return nil, &Error{Op: c.op(), Code: "not-supported", kind: schedule.ErrUnsupported, cause: errors.New("the server gives no versions")}
	}
	kind, id := c.r.kind(), c.r.id()
	address := b.client.address(kind+"/"+id, nil)
	got, err := b.client.write(ctx, request{
		op: c.op(), method: http.MethodPut, url: address, body: body,
		header: map[string]string{"If-Match": etag(version)},
	})
	if err == nil && got.kind() != kind { // no body, or one about the update
		return b.client.read(ctx, "read "+kind, address)
	}
	return got, err
}

func (b *Book) create(ctx context.Context, s *statement, c change) (resource, error) {
	header := map[string]string{}
	if s.conditional {
		header["If-None-Exist"] = c.once.Encode()
	} else {
		found, err := b.client.search(ctx, c.r.kind(), c.once)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			return found[0], nil
		}
	}
	_, body, err := body(c.r)
	if err != nil {
		return nil, err
	}
	got, err := b.client.write(ctx, request{op: c.op(), method: http.MethodPost, url: b.client.address(c.r.kind(), nil), body: body, header: header})
	if err == nil && got.kind() != c.r.kind() {
		found, err := b.client.search(ctx, c.r.kind(), c.once)
		if err != nil || len(found) == 0 {
			return got, err
		}
		got = found[0]
	}
	return got, err
}

// together writes all of the changes or none, by a transaction.
func (b *Book) together(ctx context.Context, changes ...change) error {
	entries := make([]any, 0, len(changes))
	for i, c := range changes {
		version, _, err := body(c.r)
		if err != nil {
			return err
		}
		request := resource{"method": http.MethodPut, "url": c.r.kind() + "/" + c.r.id(), "ifMatch": etag(version)}
		entry := resource{"resource": unversioned(c.r), "request": request}
		if c.once != nil {
			entry["request"] = resource{"method": http.MethodPost, "url": c.r.kind(), "ifNoneExist": c.once.Encode()}
			entry["fullUrl"] = "urn:uuid:00000000-0000-4000-8000-" + strconv.FormatInt(100000000000+int64(i), 10)
		}
		entries = append(entries, entry)
	}
	body, err := json.Marshal(resource{"resourceType": "Bundle", "type": "transaction", "entry": entries})
	if err != nil {
		return &Error{Op: "transaction", kind: schedule.ErrUnavailable, cause: err}
	}
	_, err = b.client.write(ctx, request{op: "transaction", method: http.MethodPost, url: b.client.base.String(), body: body})
	return err
}

// body is a resource as it is sent, and the version that it was read in.
func body(r resource) (version string, raw []byte, err error) {
	raw, err = json.Marshal(unversioned(r))
	if err != nil {
		return "", nil, &Error{Op: "write " + r.kind(), kind: schedule.ErrUnavailable, cause: err}
	}
	return r.version(), raw, nil
}

// unversioned is r without what the server itself sets.
func unversioned(r resource) resource {
	sent := r.clone()
	if meta := sent.look("meta"); meta != nil {
		delete(meta, "versionId")
		delete(meta, "lastUpdated")
		if len(meta) == 0 {
			delete(sent, "meta")
		}
	}
	return sent
}

func etag(version string) string { return `W/"` + version + `"` }

// taken reports whether a write met another version.
func taken(err error) bool { return errors.Is(err, schedule.ErrTaken) }

// unsure reports whether the server may have done what failed.
func unsure(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Unsure
}
