package whatsapp

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// FuzzNotification holds that no signed payload panics, or makes an event
// that breaks the contract.
func FuzzNotification(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no payloads in testdata", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":106540352242922},"messages":[{"id":"a","from":"US.1","type":"interactive","interactive":{"type":"list_reply"}}]}}]}]}`))
	f.Add([]byte(`{"entry":{"changes":null}}`))
	f.Fuzz(holds)
}

// holds fails where a signed payload does harm.
func holds(t *testing.T, data []byte) {
	d := newDesk(t)
	code := d.post(data, sign(data))
	if code != http.StatusOK && code != http.StatusBadRequest {
		t.Errorf("answered %d to %.2000s", code, data)
	}
	if d.logs.FilterMessageSnippet("panicked").Len() > 0 {
		t.Errorf("panicked at %.2000s", data)
	}
	for _, e := range d.events {
		if err := e.Validate(); err != nil {
			t.Errorf("event is not valid: %v", err)
		}
	}
}

// TestMangledNotificationsDoNoHarm puts values of wrong types everywhere.
func TestMangledNotificationsDoNoHarm(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	odd := []any{nil, true, -1.5, 1e300, "", "\x00\u2028", []any{}, []any{nil, "x"}, map[string]any{}, map[string]any{"id": []any{1.0}}}
	var mangle func(v any, one int) any
	mangle = func(v any, one int) any {
		if random.IntN(one) == 0 {
			return odd[random.IntN(len(odd))]
		}
		switch v := v.(type) {
		case []any:
			for i := range v {
				v[i] = mangle(v[i], one)
			}
		case map[string]any:
			for k := range v {
				v[k] = mangle(v[k], one)
			}
		}
		return v
	}
	for _, name := range []string{"types", "statuses", "malformed", "new_user_id", "both_known", "batch"} {
		seed := payload(t, name)
		for range 150 {
			var v any
			if err := json.Unmarshal(seed, &v); err != nil {
				t.Fatal(err)
			}
			data, err := json.Marshal(mangle(v, 10+random.IntN(200)))
			if err != nil {
				t.Fatal(err)
			}
			holds(t, data)
		}
	}
}
