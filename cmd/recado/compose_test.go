package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/clinic"
	"recado/agent/session/redistest"
)

const composeFile = "../../docker-compose.yml"

var required = regexp.MustCompile(`\$\{([A-Z_]+):\?`)

// composeEnv gives every variable that the file requires a value.
func composeEnv(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, m := range required.FindAllStringSubmatch(string(raw), -1) {
		env[m[1]] = "value-of-" + strings.ToLower(m[1])
	}
	return env
}

// loadCompose reads the file as `docker compose config` does, by the same
// library.
func loadCompose(t *testing.T, env map[string]string) (*types.Project, error) {
	t.Helper()
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: filepath.Dir(composeFile), Environment: env,
		ConfigFiles: []types.ConfigFile{{Filename: composeFile}},
	}, func(o *loader.Options) { o.SetProjectName("recado", true); o.Profiles = []string{"*"} })
}

func TestTheComposeFileLoadsAndEachMissingSecretStopsIt(t *testing.T) {
	env := composeEnv(t)
	project, err := loadCompose(t, env)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nats", "redis", "streams", "worker", "gateway", "console", "ollama"} {
		if _, ok := project.Services[name]; !ok {
			t.Errorf("service %s is missing", name)
		}
	}
	if replicas := project.Services["worker"].Deploy.Replicas; replicas == nil || *replicas != 2 {
		t.Error("there are not two workers")
	}
	for name := range composeEnv(t) {
		without := map[string]string{}
		for k, v := range env {
			if k != name {
				without[k] = v
			}
		}
		if _, err := loadCompose(t, without); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: error is %v", name, err)
		}
	}
}

func TestTheServicesOfTheComposeFileMayDrainTellTheirHealthAndReachWhatTheyNeed(t *testing.T) {
	project, err := loadCompose(t, composeEnv(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"worker", "gateway", "console"} {
		service := project.Services[name]
		if grace := service.StopGracePeriod; grace == nil || time.Duration(*grace) <= max(drainLimit, shutdownLimit) {
			t.Errorf("%s: killed before it has drained", name)
		}
		check := service.HealthCheck
		if check == nil || len(check.Test) < 2 || check.Test[0] != "CMD" || check.Test[1] != "/recado" || service.Environment["RECADO_HEALTH"] == nil {
			t.Errorf("%s: no health check that works without a shell", name)
			continue
		}
		t.Setenv("RECADO_HEALTH", *service.Environment["RECADO_HEALTH"])
		if _, errOut, code := runWith(t, "", append(check.Test[2:], "--help")...); code != 0 {
			t.Errorf("%s: the health check is no command: %s", name, errOut)
		}
		for _, network := range []string{"inside", "outside"} {
			if _, ok := service.Networks[network]; !ok {
				t.Errorf("%s: not on the network %s", name, network)
			}
		}
	}
	for _, name := range []string{"nats", "redis", "streams"} {
		if _, ok := project.Services[name].Networks["outside"]; ok {
			t.Errorf("%s reaches outside", name)
		}
	}
	for _, name := range []string{"gateway", "console"} {
		service := project.Services[name]
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is published on %q, where nothing ends TLS", name, port.Published, port.HostIP)
			}
		}
		if secure := service.Environment["RECADO_SECURE"]; secure == nil || *secure != "true" {
			t.Errorf("%s: the cookie is not marked as secure", name)
		}
	}
	for name := range composeEnv(t) {
		if strings.Contains(name, "PRIVATE") {
			t.Errorf("a host of workers is asked for %s", name)
		}
	}
}

// What an operator leaves out arrives as an empty variable.
func TestTheEmptyVariablesOfTheComposeFileMeanTheDefaults(t *testing.T) {
	project, err := loadCompose(t, composeEnv(t))
	if err != nil {
		t.Fatal(err)
	}
	empty := 0
	for name, value := range project.Services["worker"].Environment {
		if value != nil && *value == "" {
			t.Setenv(name, "")
			empty++
		}
	}
	if empty == 0 {
		t.Fatal("the compose file passes no empty variable")
	}
	if _, errOut, code := runWith(t, `{"id":"1","text":"hola"}`, "decide"); code != 0 {
		t.Errorf("exit code %d: %s", code, errOut)
	}
	t.Setenv("RECADO_SEAL_PUBLIC_KEY", "")
	if _, errOut, code := runWith(t, "", "worker"); code != 2 || !strings.Contains(errOut, "missing flags") || !strings.Contains(errOut, "--seal-public-key") {
		t.Errorf("an empty secret is not called missing: exit code %d: %s", code, errOut)
	}
}

func TestEverySettingOfTheComposeFileIsOneThatTheCommandKnows(t *testing.T) {
	project, err := loadCompose(t, composeEnv(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{"streams", "worker", "gateway", "console"} {
		out, err := os.CreateTemp(t.TempDir(), "help")
		if err != nil {
			t.Fatal(err)
		}
		run(t.Context(), []string{service, "--help"}, streams{os.Stdin, out, out})
		help, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		for name := range project.Services[service].Environment {
			if !strings.Contains(string(help), "$"+name) {
				t.Errorf("%s: %s is not in its --help", service, name)
			}
		}
	}
}

// startComposeNATS runs a server with the configuration of the compose file.
func startComposeNATS(t *testing.T, env map[string]string) string {
	t.Helper()
	project, err := loadCompose(t, env)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range env {
		if strings.HasPrefix(k, "NATS_") {
			t.Setenv(k, v)
		}
	}
	file := filepath.Join(t.TempDir(), "nats.conf")
	// compose turns $$ into $ when it writes the file
	content := strings.ReplaceAll(project.Configs["nats"].Content, "$$", "$")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	options, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	options.Host, options.Port, options.HTTPPort, options.StoreDir = "127.0.0.1", -1, 0, memoryDir(t)
	options.NoSigs, options.NoLog = true, true
	s, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("NATS does not start")
	}
	return s.ClientURL()
}

func as(t *testing.T, url, user string, role bus.Role, env map[string]string) *nats.Conn {
	t.Helper()
	nc, err := natsFlags{NATSURL: url, NATSUser: user, NATSPassword: env["NATS_"+strings.ToUpper(user)+"_PASSWORD"]}.connect(t.Context(), role)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func TestTheRolesOfTheComposeFileSufficeForAMessageAndNoMore(t *testing.T) {
	env := composeEnv(t)
	url := startComposeNATS(t, env)
	admin := as(t, url, "admin", bus.RoleProvision, env)
	adminJS, err := openJetStream(admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bus.Provision(t.Context(), adminJS, bus.Layout{}); err != nil {
		t.Fatalf("the admin cannot provision: %v", err)
	}
	keys, err := newDevKeys()
	if err != nil {
		t.Fatal(err)
	}
	graph := graphtest.New()
	t.Cleanup(graph.Close)
	ctx, stop := context.WithCancel(context.Background())
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan int, 2)
	start := func(args ...string) {
		go func() { ended <- run(ctx, args, streams{null, null, os.Stderr}) }()
	}
	t.Cleanup(func() {
		stop()
		for range 2 {
			select {
			case <-ended:
			case <-time.After(patience):
				t.Error("a process does not stop")
			}
		}
	})
	address, profile := freeAddress(t), sampleProfile(t)
	health := map[string]string{"worker": freeAddress(t), "gateway": freeAddress(t)}
	start("worker", "--clinic", profile, "--health", health["worker"], "--nats-url", url, "--nats-user", "worker", "--nats-password", env["NATS_WORKER_PASSWORD"],
		"--redis-address", redisAddress(t), "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing, "--session-key", keys.Session)
	start("gateway", "--clinic", profile, "--health", health["gateway"], "--nats-url", url, "--nats-user", "gateway", "--nats-password", env["NATS_GATEWAY_PASSWORD"], "--listen", address,
		"--address-key", keys.Address, "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing,
		"--whatsapp-number-id", "1", "--whatsapp-token", "t", "--whatsapp-app-secret", "s", "--whatsapp-verify-token", "v", "--whatsapp-base-url", graph.URL())
	r := &running{base: "http://" + address, graph: graph, output: &safeBuffer{}}
	waitServing(t, r.base+"/livez")
	for service, address := range health {
		waitServing(t, "http://"+address+"/readyz")
		if _, errOut, code := runWith(t, "", "ready", "--health", address); code != 0 {
			t.Errorf("the %s is not ready: exit code %d, %s", service, code, errOut)
		}
	}
	for i, q := range questions {
		if code := r.post(t, whatsAppText("1", q.from, fmt.Sprint("wamid.", i), q.text), "s"); code != http.StatusOK {
			t.Fatalf("webhook answers %d", code)
		}
	}
	r.waitSent(t, len(questions))

	// A worker that wrote escalations can read none.
	worker, err := openJetStream(as(t, url, "worker", bus.RoleWorker, env))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := worker.Stream(t.Context(), bus.StreamTurn)
	if err != nil {
		t.Fatal(err)
	}
	ctx2, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	conversation := agent.Conversation{Clinic: clinic.Sample().ID, Channel: agent.WhatsApp, ID: "00000000"}
	reads := map[string]func() error{
		"last by subject": func() error {
			_, err := stream.GetLastMsgForSubject(ctx2, bus.EscSubject(conversation, agent.PriorityEmergency))
			return err
		},
		"by sequence": func() error { _, err := stream.GetMsg(ctx2, stream.CachedInfo().State.FirstSeq); return err },
		"consumer": func() error {
			_, err := worker.OrderedConsumer(ctx2, bus.StreamTurn, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"recado.esc.>"}})
			return err
		},
	}
	for name, read := range reads {
		if err := read(); err == nil {
			t.Errorf("a worker can read the turn stream: %s", name)
		}
	}
}

// startComposeRedis runs a server with the users of the compose file and
// returns a client of each.
func startComposeRedis(t *testing.T) map[string]*redis.Client {
	t.Helper()
	return startComposeRedisAt(t, redistest.Start(t).Addr)
}

// startComposeRedisAt gives a server at an address the users of the compose
// file, and none beside them.
func startComposeRedisAt(t *testing.T, address string) map[string]*redis.Client {
	t.Helper()
	env := composeEnv(t)
	project, err := loadCompose(t, env)
	if err != nil {
		t.Fatal(err)
	}
	admin := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { admin.Close() })
	clients := map[string]*redis.Client{}
	for line := range strings.Lines(project.Configs["redis"].Content) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "user" || fields[1] == "default" {
			continue
		}
		args := []any{"ACL", "SETUSER"}
		for _, f := range fields[1:] {
			args = append(args, f)
		}
		if err := admin.Do(t.Context(), args...).Err(); err != nil {
			t.Fatalf("Redis refuses the rules of user %s: %v", fields[1], err)
		}
		client := redisFlags{RedisAddress: address, RedisUser: fields[1], RedisPassword: env["REDIS_"+strings.ToUpper(fields[1])+"_PASSWORD"]}.client()
		t.Cleanup(func() { client.Close() })
		clients[fields[1]] = client
	}
	if err := admin.Do(t.Context(), "ACL", "SETUSER", "default", "off").Err(); err != nil {
		t.Fatal(err)
	}
	return clients
}

func TestEachRedisUserOfTheComposeFileHasItsOwnKeysAndNoMore(t *testing.T) {
	clients := startComposeRedis(t)
	for user, keys := range map[string]struct{ own, foreign string }{
		"worker":  {"recado:{x}:state", "recado-staff:{x}:session"},
		"console": {"recado-staff:{x}:session", "recado:{x}:state"},
	} {
		client := clients[user]
		if client == nil {
			t.Errorf("there is no user %s", user)
			continue
		}
		if err := client.Ping(t.Context()).Err(); err != nil {
			t.Errorf("%s: PING: %v", user, err)
		}
		if err := client.Eval(t.Context(), `redis.call("PEXPIRE", KEYS[1], 60000) return redis.call("HSET", KEYS[1], "a", "b")`, []string{keys.own}).Err(); err != nil {
			t.Errorf("%s: a script on its own keys: %v", user, err)
		}
		if got, err := client.HGetAll(t.Context(), keys.own).Result(); err != nil || got["a"] != "b" {
			t.Errorf("%s: reading its own keys: %v, %v", user, got, err)
		}
		for what, try := range map[string]func() error{
			"read the other's keys":   func() error { return client.HGetAll(t.Context(), keys.foreign).Err() },
			"write the other's keys":  func() error { return client.Set(t.Context(), keys.foreign, "x", 0).Err() },
			"list keys":               func() error { return client.Keys(t.Context(), "*").Err() },
			"scan keys":               func() error { return client.Scan(t.Context(), 0, "*", 10).Err() },
			"write keys of nobody":    func() error { return client.Set(t.Context(), "other", "x", 0).Err() },
			"wipe Redis":              func() error { return client.FlushAll(t.Context()).Err() },
			"change its own rights":   func() error { return client.Do(t.Context(), "ACL", "SETUSER", user, "+@all").Err() },
			"read the configuration":  func() error { return client.ConfigGet(t.Context(), "*").Err() },
			"look at others' traffic": func() error { return client.Do(t.Context(), "MONITOR").Err() },
		} {
			if err := try(); err == nil {
				t.Errorf("%s can %s", user, what)
			}
		}
	}
}
