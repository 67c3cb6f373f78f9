package staff_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
	"go.yaml.in/yaml/v4"

	"recado/agent/bus"
	"recado/agent/session/redistest"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

const secret = "test-password"

// shipped returns a file of the compose file's configs, with all secrets set.
func shipped(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("../../docker-compose.yml")
	must(t, err)
	var file struct {
		Configs map[string]struct {
			Content string `yaml:"content"`
		} `yaml:"configs"`
	}
	must(t, yaml.Unmarshal(data, &file))
	content := file.Configs[name].Content
	if content == "" {
		t.Fatalf("the compose file has no %s", name)
	}
	content = regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(content, secret)
	return strings.ReplaceAll(content, "$$", "$")
}

// natsAs starts the compose file's NATS and returns connections by user.
func natsAs(t *testing.T) func(user string, role bus.Role) jetstream.JetStream {
	t.Helper()
	for _, name := range []string{"ADMIN", "WORKER", "GATEWAY", "CONSOLE"} {
		t.Setenv("NATS_"+name+"_PASSWORD", secret)
	}
	t.Setenv("NATS_STORE_KEY", secret)
	file := filepath.Join(t.TempDir(), "nats.conf")
	must(t, os.WriteFile(file, []byte(shipped(t, "nats")), 0o600))
	options, err := server.ProcessConfigFile(file)
	must(t, err)
	options.Host, options.Port, options.HTTPPort, options.StoreDir = "127.0.0.1", -1, 0, t.TempDir()
	options.NoSigs, options.NoLog = true, true
	s, err := server.NewServer(options)
	must(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("NATS does not start")
	}
	return func(user string, role bus.Role) jetstream.JetStream {
		nc, err := bus.Connect(s.ClientURL(), role, nats.UserInfo(user, secret))
		must(t, err)
		t.Cleanup(nc.Close)
		js, err := jetstream.New(nc)
		must(t, err)
		return js
	}
}

// redisAs starts a Redis with the compose file's users and returns clients.
func redisAs(t *testing.T) func(user string) *redis.Client {
	t.Helper()
	real := redistest.Start(t)
	admin := redis.NewClient(&redis.Options{Addr: real.Addr})
	t.Cleanup(func() { admin.Close() })
	for line := range strings.Lines(shipped(t, "redis")) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "user" || fields[1] == "default" {
			continue
		}
		args := []any{"ACL", "SETUSER"}
		for _, f := range fields[1:] {
			args = append(args, f)
		}
		must(t, admin.Do(t.Context(), args...).Err())
	}
	return func(user string) *redis.Client {
		client := redis.NewClient(&redis.Options{Addr: real.Addr, Username: user, Password: secret})
		t.Cleanup(func() { client.Close() })
		return client
	}
}

// TestTheConsolesRightsSufficeForStaffAndNobodyElseHasThem does all that is
// done with storage as the users of the compose file.
func TestTheConsolesRightsSufficeForStaffAndNobodyElseHasThem(t *testing.T) {
	js, client := natsAs(t), redisAs(t)
	provision := js("admin", bus.RoleProvision)
	_, err := bus.Provision(t.Context(), provision, bus.Layout{})
	must(t, err)
	r := stafftest.Over(t, client("console"), js("console", bus.RoleConsole))
	admin := r.Admin(t)
	ana := r.Person(t, at(sun, staff.Staff))
	token, session := r.SignIn(t, ana)
	other, _ := r.SignIn(t, ana)
	is(t, signIn(t, r, ana, "wrong", "123456"), staff.ErrSignIn)
	_, err = r.StepUp(t.Context(), token, r.Code(t, ana), stafftest.Address)
	must(t, err)
	_, err = r.BreakGlass(t.Context(), token, sunset, "patient called, nobody is there")
	must(t, err)
	list, err := r.List(t.Context(), ana.ID)
	must(t, err)
	people, err := r.People(t.Context())
	must(t, err)
	if len(list) != 2 || len(people) != 2 {
		t.Errorf("%d sessions, %d people", len(list), len(people))
	}
	must(t, r.RevokeAll(t.Context(), ana.ID, session.ID))
	_, _, err = r.Get(t.Context(), other, true)
	is(t, err, staff.ErrExpired)
	for _, want := range []bool{true, false} {
		first, err := r.Config.Sessions.Once(t.Context(), "x", time.Minute)
		must(t, err)
		if first != want {
			t.Errorf("once is %v", first)
		}
	}
	must(t, r.Config.Sessions.Wait(t.Context(), admin.ID))
	_, err = r.Disable(t.Context(), admin.Person, ana.ID)
	must(t, err)
	_, _, err = r.Get(t.Context(), token, true)
	is(t, err, staff.ErrExpired)
	r.Clock.Add(staff.Absolute)
	must(t, r.Sweep(t.Context()))

	if err := client("console").Keys(t.Context(), "*").Err(); err == nil {
		t.Error("the console's user may list keys")
	}
	if err := client("worker").HGetAll(t.Context(), "recado-staff:{s}:out").Err(); err == nil || !strings.Contains(err.Error(), "NOPERM") {
		t.Errorf("a worker reads sessions of staff: %v", err)
	}
	for user, role := range map[string]bus.Role{"worker": bus.RoleWorker, "gateway": bus.RoleGateway} {
		if kv, err := js(user, role).KeyValue(short(t), bus.BucketStaff); err == nil {
			if _, err := kv.Get(short(t), "person.first"); err == nil {
				t.Errorf("%s reads accounts", user)
			}
		}
	}
}

// short is a context for what is never answered.
func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}
