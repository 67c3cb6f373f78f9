package whatsapp

import (
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
	f.Fuzz(func(t *testing.T, data []byte) {
		d := newDesk(t)
		code := d.post(data, sign(data))
		if code != http.StatusOK && code != http.StatusBadRequest {
			t.Errorf("answered %d", code)
		}
		if d.logs.FilterMessageSnippet("panicked").Len() > 0 {
			t.Error("panicked")
		}
		for _, e := range d.events {
			if err := e.Validate(); err != nil {
				t.Errorf("event is not valid: %v", err)
			}
		}
	})
}
