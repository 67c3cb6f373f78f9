package worker

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"recado/agent/bus"
	"recado/agent/channel/whatsapp"
	"recado/agent/session"
	"recado/agent/session/redistest"
	"recado/agent/vault"
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
	for _, place := range onDisk(t, r, canary) {
		t.Error(place)
	}
}

// A WhatsApp message id holds the number that it came from, in base64.
func TestAPatientsNumberIsNowhereInClear(t *testing.T) {
	const number = "16505551234"
	wamid := "wamid." + base64.StdEncoding.EncodeToString([]byte("\x1c\x18\x0b"+number+"\x15\x02\x00\x12\x18\x143EB0C767D"))
	r := setup(t)
	r.start(t, r.config())
	for i, text := range []string{"hola", "emergency", "care", "fail"} {
		r.fromWhatsApp(t, number, fmt.Sprintf("%s%d", wamid, i), text)
	}
	r.settled(t, soon)
	if p := r.read(t); len(p.turns) == 0 || len(p.outs) == 0 || len(p.marks) != 1 {
		t.Fatalf("%d turns, %d replies, %d marks: this test sees nothing", len(p.turns), len(p.outs), len(p.marks))
	}
	needles := []string{number, wamid[:len(wamid)-8], wamid[len("wamid.") : len("wamid.")+16]}
	for _, needle := range needles {
		for _, place := range leaks(t, r, needle) {
			t.Errorf("%s shows %s", place, needle)
		}
	}
	for _, place := range onDisk(t, r, needles...) {
		t.Error(place)
	}
}

// fromWhatsApp lets a message in as the gateway does.
func (r *rig) fromWhatsApp(t *testing.T, number, id, text string) {
	t.Helper()
	seen, err := r.js.KeyValue(t.Context(), bus.BucketSeen)
	must(t, err)
	aliases, err := r.js.KeyValue(t.Context(), bus.BucketAlias)
	must(t, err)
	box, err := vault.ParseBox(vault.NewBoxKey())
	must(t, err)
	key := bytes.Repeat([]byte("k"), 32)
	hook, err := whatsapp.NewWebhook(whatsapp.WebhookConfig{
		VerifyToken: "verify", AppSecrets: []string{"secret"}, Accounts: whatsapp.AccountMap{"555": "sunrise"},
		Intake: whatsapp.NewIntake(r.js, seen), Aliases: whatsapp.NewAliases(aliases, key), Box: box, ConversationKey: key, Log: r.log,
	})
	must(t, err)
	body := fmt.Sprintf(`{"entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"555"},`+
		`"messages":[{"id":%q,"from":%q,"timestamp":"1749416383","type":"text","text":{"body":%q}}]}}]}]}`, id, number, canary+" "+text)
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte(body))
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	request.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	answer := httptest.NewRecorder()
	hook.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		t.Fatalf("webhook answered %d", answer.Code)
	}
}

func TestAPlantedLeakIsFound(t *testing.T) {
	deep := strings.Repeat("x", 500) + canary
	for name, plant := range map[string]func(*testing.T, *rig){
		"deep in a hash in Redis":   func(_ *testing.T, r *rig) { r.redis.HSet("recado:{x}:state", "session", deep) },
		"deep in a string in Redis": func(t *testing.T, r *rig) { must(t, r.redis.Set("recado:{x}:lease", deep)) },
		"a log line":                func(_ *testing.T, r *rig) { r.log.Info("planted", zap.String("clinic", deep)) },
		"an error in a log line":    func(_ *testing.T, r *rig) { r.log.Info("planted", zap.Error(fmt.Errorf("about %s", deep))) },
		"the turn stream": func(t *testing.T, r *rig) {
			r.raw(t, bus.MarkSubject(event(1, 1, "").Of(), "planted"), []byte(`{"event":"`+deep+`"}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			if found := leaks(t, r, canary); len(found) != 0 {
				t.Fatalf("found %v before anything was planted", found)
			}
			plant(t, r)
			if found := leaks(t, r, canary); len(found) != 1 {
				t.Errorf("found %v, want the one that was planted", found)
			}
		})
	}
}

// checkNoCanary looks for patients' words in logs, in Redis, and in all that
// was published.
func checkNoCanary(t *testing.T, r *rig) {
	t.Helper()
	if r.logs.Len() == 0 {
		t.Error("nothing was logged: this test sees nothing")
	}
	for _, place := range leaks(t, r, canary) {
		t.Errorf("%s shows a patient's words", place)
	}
}

// leaks returns the places outside the encrypted streams that hold needle.
func leaks(t *testing.T, r *rig, needle string) []string {
	t.Helper()
	var places []string
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
		if strings.Contains(line, needle) {
			places = append(places, "log line: "+entry.Message)
		}
	}
	client := redis.NewClient(session.Options(r.redis.Addr()))
	defer client.Close()
	if strings.Contains(redistest.Contents(t, client), needle) {
		places = append(places, "Redis")
	}
	for _, data := range r.read(t).clear {
		if bytes.Contains(data, []byte(needle)) {
			places = append(places, "a message or subject of the turn stream")
		}
	}
	return places
}

// onDisk stops the server and returns its files that hold a needle.
func onDisk(t *testing.T, r *rig, needles ...string) []string {
	t.Helper()
	r.server.Stop() // everything is on disk
	var places []string
	err := filepath.WalkDir(r.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, needle := range needles {
			if bytes.Contains(data, []byte(needle)) {
				places = append(places, filepath.Base(path)+" holds "+needle)
			}
		}
		return err
	})
	must(t, err)
	return places
}
