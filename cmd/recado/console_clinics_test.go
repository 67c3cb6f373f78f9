package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/nats-io/nats.go"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/inbox"
)

// source is where a console has its clinics from.
type source struct {
	put    func(id string, raw []byte)
	remove func(id string)
	from   string // what --clinic says
	follow func(context.Context, *servedClinics)
}

func folderSource(t *testing.T) source {
	dir := t.TempDir()
	return source{
		from: dir,
		put: func(id string, raw []byte) {
			must(t, os.WriteFile(filepath.Join(dir, "."+id), raw, 0o600))
			must(t, os.Rename(filepath.Join(dir, "."+id), filepath.Join(dir, id+".yaml")))
		},
		remove: func(id string) { must(t, os.Remove(filepath.Join(dir, id+".yaml"))) },
		follow: func(ctx context.Context, s *servedClinics) { s.folder.Watch(ctx, s.Library, 20*time.Millisecond) },
	}
}

func bucketSource(t *testing.T, nc *nats.Conn) source {
	bucket, err := openProfiles(t.Context(), nc)
	must(t, err)
	return source{
		from:   profilesInKV,
		put:    func(id string, raw []byte) { must(t, bucket.Push(t.Context(), &clinic.Profile{ID: id}, raw)) },
		remove: func(id string) { must(t, bucket.Remove(t.Context(), id)) },
		follow: func(_ context.Context, s *servedClinics) { s.changes() },
	}
}

// liveConsole is a console whose clinics change, with its admin signed in.
type liveConsole struct {
	*devDesk
	source
	admin   *staffBrowser
	base    string
	keys    devKeys
	logs    *observer.ObservedLogs
	printed *safeBuffer // pages
	publish func(*nats.Msg)
}

func startLiveConsole(t *testing.T, from func(*testing.T, *nats.Conn) source) *liveConsole {
	t.Helper()
	server, provision := startProvisioned(t)
	nc, err := server.Connect(bus.RoleConsole)
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := openJetStream(provision)
	must(t, err)
	core, logs := observer.New(zap.InfoLevel)
	c := &liveConsole{source: from(t, provision), logs: logs, printed: &safeBuffer{}, publish: func(m *nats.Msg) {
		_, err := js.PublishMsg(t.Context(), m)
		must(t, err)
	}}
	c.put("harbor", profileOf("harbor"))
	clinics, err := servedClinicFlag{Clinic: c.from}.open(zap.New(core), nil, true)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	must(t, clinics.connect(ctx, nc))
	client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { client.Close() })
	c.keys, err = newDevKeys()
	must(t, err)
	web := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(web.Listener.Addr().String(), ":")
	c.base = "http://localhost:" + port
	c.devDesk, err = newDevConsole(ctx, devConsole{
		nc: nc, redis: client, clinics: clinics, keys: &c.keys, public: c.base, out: c.printed, log: zap.New(core), save: func() error { return nil },
	})
	must(t, err)
	end := c.begin(ctx, stop)
	following := make(chan struct{})
	go func() { defer close(following); c.follow(ctx, clinics) }()
	web.Config.Handler = c.handler
	web.Start()
	t.Cleanup(func() {
		c.close()
		web.Close()
		stop()
		<-following
		must(t, end())
	})
	c.admin = newStaffBrowser(t, c.base)
	_, token, _ := strings.Cut(c.demoPath, "#")
	if status, page := c.admin.post("/staff/demo", url.Values{"token": {token}}); status != http.StatusOK {
		t.Fatalf("signing in is answered %d: %s", status, page)
	}
	return c
}

// sees waits until a page has what it should.
func (c *liveConsole) sees(t *testing.T, who *staffBrowser, path string, status int, part string) {
	t.Helper()
	within(t, path+" shows "+part, func() bool {
		code, page := who.get(path)
		return code == status && strings.Contains(page, part)
	})
}

// handOff publishes an urgent record as a worker does.
func (c *liveConsole) handOff(t *testing.T, clinicID, id string) {
	t.Helper()
	sealer, err := c.keys.sealer()
	must(t, err)
	of := agent.Conversation{Clinic: clinicID, Channel: agent.WhatsApp, ID: "0123456789abcdef0123456789abcdef"}
	plain, err := json.Marshal(agent.Escalation{
		V: agent.Version, ID: id, Clinic: of.Clinic, Channel: of.Channel, Conversation: of.ID, Priority: agent.PriorityUrgent,
		Messages: []agent.Message{{From: agent.Patient, Text: "me duele"}}, At: time.Now(),
	})
	must(t, err)
	sealed, err := sealer.Seal(of.Clinic, id, plain)
	must(t, err)
	data, err := json.Marshal(bus.Escalation{Envelope: sealed, ID: id, Clinic: of.Clinic, Conversation: of.ID, Channel: of.Channel, Priority: agent.PriorityUrgent, At: time.Now()})
	must(t, err)
	c.publish(&nats.Msg{Subject: bus.EscSubject(of, agent.PriorityUrgent), Data: data})
}

func (c *liveConsole) logged(t *testing.T, part string, times int) {
	t.Helper()
	within(t, "the log says "+part, func() bool { return c.logs.FilterMessageSnippet(part).Len() >= times })
}

var setUpLink = regexp.MustCompile(`/staff/setup#([A-Za-z0-9_-]+)`)

func TestAConsoleFollowsItsClinicsWithoutARestart(t *testing.T) {
	for name, from := range map[string]func(*testing.T, *nats.Conn) source{
		"a folder":   func(t *testing.T, _ *nats.Conn) source { return folderSource(t) },
		"the bucket": bucketSource,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); followsClinics(t, startLiveConsole(t, from)) })
	}
}

func followsClinics(t *testing.T, c *liveConsole) {
	bookable := bytes.Replace(profileOf("oak"), []byte("  kind: "+string(clinic.BookLink)+" "), []byte("  kind: "+string(clinic.BookEmbedded)+" "), 1)
	if status, _ := c.admin.get("/staff/oak"); status != http.StatusNotFound {
		t.Fatalf("a clinic that is not there is answered %d", status)
	}

	// It comes: its queue, its day, its staff and whom it pages are there.
	c.put("oak", bookable)
	c.sees(t, c.admin, "/staff/oak", http.StatusOK, "Clinic oak")
	c.sees(t, c.admin, "/staff/oak/day", http.StatusOK, "Clinic oak")
	c.sees(t, c.admin, "/staff/harbor", http.StatusOK, `href="/staff/oak"`)
	c.logged(t, "a clinic is new", 1)
	c.handOff(t, "oak", "t1")
	c.sees(t, c.admin, "/staff/oak", http.StatusOK, "/staff/oak/cases/")
	within(t, "somebody is paged", func() bool { return strings.Contains(c.printed.String(), "Clinic oak") })
	status, page := c.admin.post("/staff/oak/people", url.Values{"name": {"Rosa"}, "email": {"rosa@clinic.example"}, "role": {"admin"}, "language": {"es"}})
	link := setUpLink.FindStringSubmatch(page)
	if status != http.StatusOK || link == nil {
		t.Fatalf("inviting is answered %d: %s", status, page)
	}
	rosa := newStaffBrowser(t, c.base)
	rosa.setUp(link[1])
	c.sees(t, rosa, "/staff", http.StatusOK, "/staff/oak/cases/")
	if status, _ := rosa.get("/staff/harbor"); status != http.StatusNotFound {
		t.Errorf("its admin sees another clinic: %d", status)
	}

	// A profile that cannot be used is told of, and changes nothing.
	c.put("oak", bytes.Replace(bookable, []byte("\nphone:"), []byte("\nphnoe:"), 1))
	c.logged(t, "the last good one is served on", 1)
	c.sees(t, rosa, "/staff/oak", http.StatusOK, "Clinic oak")
	if why := c.clinics.Trouble().Refused; len(why) != 1 {
		t.Errorf("refused is %v", why)
	}
	c.put("oak", bytes.Replace(bookable, []byte("Clinic oak"), []byte("Clinic of the Oak"), 1))
	c.sees(t, rosa, "/staff/oak", http.StatusOK, "Clinic of the Oak")

	// It goes: nothing is shown, and all of it is there when it is back.
	c.remove("oak")
	c.sees(t, rosa, "/staff/oak", http.StatusNotFound, "")
	if status, page := rosa.get("/staff"); status != http.StatusOK || strings.Contains(page, "/staff/oak") {
		t.Errorf("a clinic that is gone is shown: %d", status)
	}
	c.logged(t, "a clinic is gone", 1)
	if gone := c.logs.FilterMessageSnippet("a clinic is gone").All(); gone[0].ContextMap()["count"] != int64(1) {
		t.Errorf("its open case is not told of: %v", gone[0].ContextMap())
	}
	must(t, c.returnOnce(t.Context()))
	if n := c.index.Count(inbox.Query{Clinics: []string{"oak"}}); n != 1 {
		t.Errorf("%d of its cases are left", n)
	}
	c.put("oak", bookable)
	c.sees(t, rosa, "/staff/oak", http.StatusOK, "/staff/oak/cases/")
}
