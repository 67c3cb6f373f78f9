package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/bus"
	"recado/agent/vault"
)

// deadRig is the compose file's NATS with the staff side's keys; its letters
// are published by the worker's user and looked at by the console's.
type deadRig struct {
	auditRig
	staff  string // its file
	sealer *vault.Sealer
	worker *nats.Conn
	js     jetstream.JetStream // as the console
}

func startDead(t *testing.T) deadRig {
	t.Helper()
	r := deadRig{auditRig: startAudit(t), staff: filepath.Join(t.TempDir(), "staff.env")}
	out, errOut, code := runWith(t, "", "keys", "--staff", r.staff)
	if code != 0 {
		t.Fatal(errOut)
	}
	setting := func(name string) string {
		m := regexp.MustCompile(`(?m)^` + name + `=(.+)$`).FindStringSubmatch(out)
		if m == nil {
			t.Fatalf("no %s in\n%s", name, out)
		}
		return m[1]
	}
	var err error
	r.sealer, err = sealerOf(setting("RECADO_SEAL_PUBLIC_KEY"), setting("RECADO_SEAL_SIGNING_KEY"))
	must(t, err)
	env := composeEnv(t)
	r.worker = as(t, r.flags[1], "worker", bus.RoleWorker, env)
	r.js, err = openJetStream(as(t, r.flags[1], "console", bus.RoleConsole, env))
	must(t, err)
	return r
}

// letter publishes one and returns its id.
func (r deadRig) letter(id string, reason bus.Reason, content []byte) {
	r.t.Helper()
	sealed, err := r.sealer.Seal("sol", id, content)
	must(r.t, err)
	c := agent.Conversation{Clinic: "sol", Channel: agent.Web, ID: "0123456789abcdef"}
	data, err := json.Marshal(bus.Dead{Envelope: sealed, ID: id, Clinic: c.Clinic, Conversation: c.ID, Reason: reason, Seq: 7, At: time.Now().UTC()})
	must(r.t, err)
	js, err := openJetStream(r.worker)
	must(r.t, err)
	_, err = js.Publish(r.t.Context(), bus.DeadSubject(c), data)
	must(r.t, err)
}

func (r deadRig) dead(want int, args ...string) string {
	r.t.Helper()
	out, errOut, code := runWith(r.t, "", append(append([]string{"dead"}, args...), r.flags...)...)
	if code != want {
		r.t.Fatalf("dead %v: exit code %d, want %d\n%s%s", args, code, want, out, errOut)
	}
	return out + errOut
}

func TestDeadLettersAreListedShownAndPutBackByTheConsolesUserWithTheStaffsKeys(t *testing.T) {
	r := startDead(t)
	says(t, r.dead(0, "list"), "There are no dead letters.")
	event, err := json.Marshal(agent.Event{
		V: agent.Version, ID: "e1", Clinic: "sol", Channel: agent.Web, Conversation: "0123456789abcdef",
		At: time.Now().UTC(), Kind: agent.KindText, Text: "kanarienvogel",
	})
	must(t, err)
	r.letter("d1", bus.ReasonUndecided, event)
	r.letter("d2", bus.ReasonUnreadable, []byte("no event: kanarienvogel \x1b[31m"))

	listed := r.dead(0, "list")
	says(t, listed, "undecided", "unreadable", "sol", "0123456789abcdef")
	if strings.Index(listed, "unreadable") > strings.Index(listed, "undecided") {
		t.Errorf("not the newest first:\n%s", listed)
	}
	says(t, r.dead(0, "list", "--json", "--reason", "undecided"), `"id":"d1"`, `"event_seq":7`)
	shown := r.dead(0, "show", "d1")
	says(t, shown, "undecided", "hand-off", "recado dead retry")
	// Nothing that was said is seen without the key and the word for it.
	r.dead(2, "show", "d1", "--content")
	r.dead(2, "retry", "d1")
	if all := listed + shown + r.dead(0, "show", "d2", "--staff", r.staff); strings.Contains(all, "kanarienvogel") {
		t.Errorf("a patient's words are shown:\n%s", all)
	}
	content := r.dead(0, "show", "d2", "--content", "--staff", r.staff, "--by", "person-9")
	says(t, content, "kanarienvogel", "WARNING")
	if strings.ContainsRune(content, '\x1b') {
		t.Error("a letter commands the terminal")
	}
	r.dead(2, "show", "d3")

	says(t, r.dead(1, "retry", "d2", "d1", "--staff", r.staff, "--by", "person-9"), "d2 is not put back", "is put back", "1 of 2")
	says(t, r.dead(0, "retry", "d1", "--staff", r.staff), "already")
	in, err := r.js.Stream(t.Context(), bus.StreamIn)
	must(t, err)
	if state := in.CachedInfo().State; state.Msgs != 1 {
		t.Errorf("%d events are put back, want 1", state.Msgs)
	}
	if line := r.dead(0, "list", "--reason", "undecided"); strings.Contains(line, " -\n") {
		t.Errorf("it is not marked:\n%s", line)
	}
	entries, err := r.log.Read(t.Context(), "sol", 0, 10)
	must(t, err)
	var noted []string
	for _, e := range entries {
		if e.Kind == audit.RecordOpened {
			noted = append(noted, e.Who+" "+e.Subject+" "+e.Record)
		}
	}
	says(t, strings.Join(noted, "\n"), "person-9 dead.shown d2", "person-9 dead.retried d1", "recado dead.retried d1")

	// Another clinic's key opens nothing, and what is opened is always noted.
	other := filepath.Join(t.TempDir(), "other.env")
	if _, errOut, code := runWith(t, "", "keys", "--staff", other); code != 0 {
		t.Fatal(errOut)
	}
	r.dead(1, "show", "d1", "--content", "--staff", other)
	r.admin() // the audit is away
	if said := r.dead(2, "show", "d1", "--content", "--staff", r.staff); strings.Contains(said, "kanarienvogel") {
		t.Error("it is opened and nobody notes it")
	}
}

func TestTheConsoleMarksNothingButWhatItPutBack(t *testing.T) {
	r := startDead(t)
	c := agent.Conversation{Clinic: "sol", Channel: agent.Web, ID: "0123456789abcdef"}
	must(t, bus.PublishMark(t.Context(), r.js, bus.RetrySubject(c, "d1"), []byte(`{"v":1}`)))
	nc := r.js.Conn()
	must(t, nc.Publish(bus.MarkSubject(c, bus.EventKey(c, "wamid.1")), nil))
	must(t, nc.Flush())
	if err := nc.LastError(); err == nil || !strings.Contains(err.Error(), "recado.mark") {
		t.Errorf("the console can say that an emergency was answered: %v", err)
	}
}

func TestAStaffFileWithoutVerifyKeysOpensNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "staff.env")
	keys, err := newDevKeys()
	must(t, err)
	must(t, os.WriteFile(path, []byte("RECADO_SEAL_PRIVATE_KEY="+keys.Private+"\n"), 0o600))
	if _, err := (staffKeysFlag{path}).keys(); err == nil || !strings.Contains(err.Error(), "RECADO_SEAL_VERIFY_KEY") {
		t.Errorf("error is %v", err)
	}
}
