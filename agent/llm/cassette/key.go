package cassette

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// describe makes the recording, without its response, that a request body
// asks for.
func describe(body []byte, repeat int) (Recording, error) {
	canonical, tree, err := canon(body)
	if err != nil {
		return Recording{}, errors.New("cassette: the request's body is no JSON object: only chat completions are recorded")
	}
	r := Recording{Repeat: repeat, Request: canonical}
	r.Model, _ = tree["model"].(string)
	if format, ok := tree["response_format"].(map[string]any); ok {
		if schema, ok := format["json_schema"].(map[string]any); ok {
			raw, err := json.Marshal(schema["schema"])
			if err != nil {
				return r, fmt.Errorf("cassette: hash schema: %w", err)
			}
			r.Schema = digest(raw)
		}
	}
	r.Key = digest(fmt.Appendf(nil, "%s\n%s\n%d\n%s", r.Model, r.Schema, repeat, canonical))
	return r, nil
}

// canon writes an object with its fields in order and no space.
func canon(body []byte) (json.RawMessage, map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // a number is kept as it was written
	var tree map[string]any
	if err := d.Decode(&tree); err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		return nil, nil, err
	}
	return bytes.TrimSpace(b.Bytes()), tree, nil
}

// settle takes out of a response what differs from call to call and says
// nothing about the reply.
func settle(body []byte) (json.RawMessage, error) {
	_, tree, err := canon(body)
	if err != nil {
		return nil, err
	}
	for _, field := range []string{"id", "created", "system_fingerprint", "service_tier"} {
		delete(tree, field)
	}
	raw, err := json.Marshal(tree)
	return raw, err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])[:16]
}
