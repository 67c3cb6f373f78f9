package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Only the console is given what opens sealed records, from a file of its own.
func TestOfTheComposeFilesServicesTheConsoleAloneGetsTheStaffSidesKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "staff.env")
	if _, errOut, code := runWith(t, "", "keys", "--staff", file); code != 0 {
		t.Fatal(errOut)
	}
	env := composeEnv(t)
	env["RECADO_STAFF_FILE"] = file
	project, err := loadCompose(t, env)
	must(t, err)
	if profiles := project.Services["console"].Profiles; len(profiles) != 1 || profiles[0] != "staff" {
		t.Errorf("the console starts with the profiles %v", profiles)
	}
	raw, err := os.ReadFile(file)
	must(t, err)
	secrets := settings(string(raw))
	for name, service := range project.Services {
		gets := false
		for _, f := range service.EnvFiles {
			gets = gets || f.Path == file
		}
		if gets != (name == "console") {
			t.Errorf("%s: is given the staff side's file: %v", name, gets)
		}
		for setting := range secrets {
			if setting == "RECADO_LINK_KEY" {
				continue // workers make the links
			}
			if _, has := service.Environment[setting]; has && name != "console" {
				t.Errorf("%s is given %s", name, setting)
			}
		}
	}
	help, _, _ := runWith(t, "", "console", "--help")
	for setting := range secrets {
		if !strings.Contains(help, "$"+setting) {
			t.Errorf("console does not know %s of the staff side's file", setting)
		}
	}
}

var firstLink = regexp.MustCompile(`(http://\S+)/staff/setup#(\S+)`)

// TestTheConsolesUsersOfTheComposeFileSufficeForItAll runs a console as the
// compose file's users of NATS and Redis and looks at its log for refusals.
func TestTheConsolesUsersOfTheComposeFileSufficeForItAll(t *testing.T) {
	c := startComposeInbox(t)
	redisAt := startComposeRedis(t)["console"].Options().Addr
	file := filepath.Join(t.TempDir(), "staff.env")
	if _, errOut, code := runWith(t, "", "keys", "--staff", file); code != 0 {
		t.Fatal(errOut)
	}
	raw, err := os.ReadFile(file)
	must(t, err)
	secrets := settings(string(raw))
	address, health := freeAddress(t), freeAddress(t)
	public := "http://localhost:" + address[strings.LastIndex(address, ":")+1:]
	out, err := os.CreateTemp(t.TempDir(), "out")
	must(t, err)
	errs, err := os.CreateTemp(t.TempDir(), "errs")
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{
			"console", "--clinic", sampleProfile(t), "--listen", address, "--public-url", public, "--health", health,
			"--nats-url", c.url, "--nats-user", "console", "--nats-password", c.env["NATS_CONSOLE_PASSWORD"],
			"--redis-address", redisAt, "--redis-user", "console", "--redis-password", c.env["REDIS_CONSOLE_PASSWORD"],
			"--seal-private-key", secrets["RECADO_SEAL_PRIVATE_KEY"], "--seal-verify-key", secrets["RECADO_SEAL_VERIFY_KEY"],
			"--staff-key", secrets["RECADO_STAFF_KEY"], "--link-key", secrets["RECADO_LINK_KEY"], "--private-url", public,
		}, streams{os.Stdin, out, errs})
	}()
	waitServing(t, "http://"+health+"/readyz")
	printed, err := os.ReadFile(out.Name())
	must(t, err)
	link := firstLink.FindSubmatch(printed)
	if link == nil || string(link[1]) != public {
		t.Fatalf("no first link is printed: %s", printed)
	}
	if !strings.Contains(string(printed), "warning:") {
		t.Errorf("it does not say that nobody would be paged: %s", printed)
	}
	admin := newStaffBrowser(t, public)
	admin.setUp(string(link[2]))
	for _, path := range []string{"/staff/buenavista", "/staff/buenavista/people", "/staff/buenavista/audit", "/staff/buenavista/numbers", "/staff/buenavista/export", "/staff/account", "/p"} {
		if status, body := admin.get(path); status != 200 {
			t.Errorf("%s is answered %d: %s", path, status, body)
		}
	}
	if status, body := admin.post("/staff/buenavista/audit/verify", nil); status != 200 || !strings.Contains(body, "intact") {
		t.Errorf("verifying is answered %d", status)
	}
	if status, body := get(t, "http://"+health+"/metrics"); status != 200 || !strings.Contains(body, "recado_inbox") {
		t.Errorf("metrics are answered %d", status)
	}
	stop()
	select {
	case code := <-ended:
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(patience):
		t.Error("the console does not stop")
	}
	log, err := os.ReadFile(errs.Name())
	must(t, err)
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, "ermission") || strings.Contains(line, `"level":"error"`) {
			t.Error("the log says", line)
		}
	}
}
