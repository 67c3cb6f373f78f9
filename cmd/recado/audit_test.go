package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recado/agent/audit"
	"recado/agent/bus"
)

// auditRig is the compose file's NATS with two chains, seen by the console's
// user.
type auditRig struct {
	t     *testing.T
	flags []string
	log   *audit.Log
	admin func() // takes the stream away
}

func startAudit(t *testing.T) auditRig {
	t.Helper()
	env := composeEnv(t)
	url := startComposeNATS(t, env)
	admin, err := openJetStream(as(t, url, "admin", bus.RoleProvision, env))
	must(t, err)
	_, err = bus.Provision(t.Context(), admin, bus.Layout{})
	must(t, err)
	js, err := openJetStream(as(t, url, "console", bus.RoleConsole, env))
	must(t, err)
	log, err := audit.Open(t.Context(), audit.Config{JetStream: js})
	must(t, err)
	return auditRig{
		t: t, log: log,
		flags: []string{"--nats-url", url, "--nats-user", "console", "--nats-password", env["NATS_CONSOLE_PASSWORD"]},
		admin: func() { must(t, admin.DeleteStream(t.Context(), bus.StreamAudit)) },
	}
}

func (r auditRig) record(clinic, record string) {
	r.t.Helper()
	_, err := r.log.Append(r.t.Context(), audit.Act{Clinic: clinic, Who: "person-1", Kind: audit.RecordOpened, Record: record, Why: "called\nback"})
	must(r.t, err)
}

// run expects an exit code, and returns both outputs.
func (r auditRig) run(want int, args ...string) string {
	r.t.Helper()
	out, errOut, code := runWith(r.t, "", append(append([]string{"audit"}, args...), r.flags...)...)
	if code != want {
		r.t.Fatalf("audit %v: exit code %d, want %d\n%s%s", args, code, want, out, errOut)
	}
	return out + errOut
}

func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func TestAuditVerifiesListsAndExportsAsTheConsolesUser(t *testing.T) {
	r := startAudit(t)
	says(t, r.run(0, "verify"), "Nothing is recorded yet.")
	for _, id := range []string{"r1", "r2", "r3"} {
		r.record("sol", id)
	}
	r.record(audit.Common, "r4")
	head, err := r.log.Head(t.Context(), "sol")
	must(t, err)

	says(t, r.run(0, "verify"), "sol: intact, 3 entries", "_common: intact, 1 entries", "head "+head.String(), "Keep the heads elsewhere")
	says(t, r.run(0, "verify", "--head", head.String(), "--clinic", "sol"), "sol: intact")
	says(t, r.run(0, "list"), "sol", "3 entries", head.String())
	listed := r.run(0, "list", "--clinic", "sol", "-n", "2")
	says(t, listed, "record r3", "record r2", "record_opened", "why called back")
	if strings.Contains(listed, "r1") || strings.Index(listed, "r3") > strings.Index(listed, "r2") {
		t.Errorf("not the two newest, newest first:\n%s", listed)
	}
	says(t, r.run(0, "list", "--clinic", "sol", "--before", "2"), "record r1")
	says(t, r.run(0, "list", "--clinic", "luna"), "Nothing is recorded for luna")

	path := filepath.Join(t.TempDir(), "sol.jsonl")
	says(t, r.run(0, "export", "--clinic", "sol", "--out", path), "3 entries of sol are exported", head.String())
	r.run(2, "export", "--clinic", "sol", "--out", path) // never over another one
	printed := r.run(0, "export", "--clinic", "sol")
	written, err := os.ReadFile(path)
	must(t, err)
	says(t, printed, string(written))

	// Offline there is no NATS to ask.
	out, errOut, code := runWith(t, "", "audit", "verify", "--file", path, "--head", head.String(), "--nats-url", "nats://"+freeAddress(t))
	if code != 0 {
		t.Fatalf("offline: exit code %d: %s%s", code, out, errOut)
	}
	says(t, out, "(sol): intact, 3 entries")
	must(t, os.WriteFile(path, []byte(strings.Replace(string(written), "person-1", "person-2", 1)), 0o600))
	out, errOut, code = runWith(t, "", "audit", "verify", "--file", path)
	if code != 1 {
		t.Errorf("a changed export: exit code %d", code)
	}
	says(t, out+errOut, "(sol): BROKEN", "changed: entry 1 was changed", "1 of 1 audit chains are broken")
}

func TestAuditVerifyWithAFileOfHeadsSeesACutOffEnd(t *testing.T) {
	r := startAudit(t)
	heads := filepath.Join(t.TempDir(), "heads")
	r.record("sol", "r1")
	r.record("luna", "r1")
	r.run(0, "verify", "--heads", heads)
	r.record("sol", "r2")
	r.run(0, "verify", "--heads", heads, "--clinic", "sol")
	noted, err := os.ReadFile(heads)
	must(t, err)
	says(t, string(noted), "sol:2:", "luna:1:")
	r.admin()
	env := append([]string{"streams"}, "--nats-url", r.flags[1], "--nats-user", "admin", "--nats-password", "value-of-nats_admin_password")
	if out, errOut, code := runWith(t, "", env...); code != 0 {
		t.Fatalf("%s%s", out, errOut)
	}
	// The console that knew the chain is refused once, then it begins anew.
	_, _ = r.log.Append(t.Context(), audit.Act{Clinic: "sol", Who: audit.Recado, Kind: audit.KeyRotated})
	r.record("sol", "r1")
	says(t, r.run(1, "verify", "--heads", heads), "sol: BROKEN", "cut_off: the end is cut off: the chain ends at entry 1 and had 2", "luna: BROKEN, 0 entries")
	after, err := os.ReadFile(heads)
	must(t, err)
	if string(after) != string(noted) {
		t.Errorf("the heads of a broken chain are noted:\n%s", after)
	}
}

func TestAuditTellsWrongUseAndNoNATSByExitCode2(t *testing.T) {
	r := startAudit(t)
	text := filepath.Join(t.TempDir(), "text")
	must(t, os.WriteFile(text, []byte("hello\n"), 0o600))
	for name, args := range map[string][]string{
		"no command": {}, "no clinic": {"export"}, "no such file": {"verify", "--file", text + "x"}, "no export": {"verify", "--file", text},
		"bad head": {"verify", "--head", "sol"}, "bad heads": {"verify", "--heads", text}, "bad clinic": {"verify", "--clinic", "Sol y Luna"},
		"no number": {"list", "-n", "0"},
	} {
		t.Run(name, func(t *testing.T) { auditRig{t: t, flags: r.flags}.run(2, args...) })
	}
	r.admin()
	says(t, r.run(2, "verify"), "recado streams")

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	must(t, err)
	defer null.Close()
	if code := run(ctx, []string{"audit", "verify", "--nats-url", "nats://" + freeAddress(t)}, streams{null, null, null}); code != 2 {
		t.Errorf("no NATS: exit code %d", code)
	}
}
