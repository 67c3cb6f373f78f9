package worker

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recado/agent/bus"
)

func TestAPatientsWordsAreNowhereInClear(t *testing.T) {
	r := setup(t)
	r.start(t, r.config())
	for i, text := range []string{"hola", "emergency", "care", "stop", "panic", "fail"} {
		r.publish(t, event(i, 1, text))
	}
	r.raw(t, bus.InSubject(event(9, 1, "").Of()), []byte(canary))
	r.settled(t, soon)
	checkNoCanary(t, r)
	r.server.Stop() // everything is on disk
	err := filepath.WalkDir(r.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(canary)) {
			t.Errorf("%s holds it", filepath.Base(path))
		}
		return err
	})
	must(t, err)
}

// checkNoCanary looks for patients' words in logs, in Redis, and in all that
// was published.
func checkNoCanary(t *testing.T, r *rig) {
	t.Helper()
	if r.logs.Len() == 0 {
		t.Error("nothing was logged: this test sees nothing")
	}
	for _, entry := range r.logs.All() {
		line := entry.Message
		for _, f := range entry.Context {
			if err, ok := f.Interface.(error); ok {
				line += err.Error()
			}
			if b, ok := f.Interface.([]byte); ok {
				line += string(b)
			}
			line += f.String
		}
		if strings.Contains(line, canary) {
			t.Errorf("a log line holds it: %s", entry.Message)
		}
	}
	if strings.Contains(r.redis.Dump(), canary) {
		t.Error("Redis holds it")
	}
	for _, data := range r.read(t).clear {
		if bytes.Contains(data, []byte(canary)) {
			t.Error("a message or subject of the turn stream holds it")
		}
	}
}
