package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/inbox/store"
	"recado/agent/paging/smtp/smtptest"
	"recado/agent/session"
)

// house is gateway, worker and console as their own commands, over a NATS
// server that encrypts nothing and a Redis, so that what they store shows.
type house struct {
	*testing.T
	js            jetstream.JetStream
	redis         *redis.Client
	chat, staff   string // addresses
	health        []string
	output        *safeBuffer // of all commands
	frames, hooks *safeBuffer // of event streams, and what the webhook got
	mail          *smtptest.Server
}

func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, output: &safeBuffer{}, frames: &safeBuffer{}, hooks: &safeBuffer{}}
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), NoSync: true, Listen: true})
	must(t, err)
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleProvision)
	must(t, err)
	t.Cleanup(nc.Close)
	h.js, err = openJetStream(nc)
	must(t, err)
	_, err = bus.Provision(t.Context(), h.js, bus.Layout{})
	must(t, err)
	redisAt := redisAddress(t)
	h.redis = redis.NewClient(session.Options(redisAt))
	t.Cleanup(func() { h.redis.Close() })
	h.mail, err = smtptest.Start(smtptest.Options{StartTLS: true, User: "recado", Password: "geheim"})
	must(t, err)
	t.Cleanup(h.mail.Close)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.Header.Write(h.hooks)
		_, _ = io.Copy(h.hooks, r.Body)
	}))
	t.Cleanup(hook.Close)
	keys, err := newDevKeys()
	must(t, err)
	profile, chat, desk := sampleProfile(t), freeAddress(t), freeAddress(t)
	h.chat, h.staff = "http://"+chat, "http://localhost:"+desk[strings.LastIndex(desk, ":")+1:]
	ladder := pagingFile(t, "clinics:\n  - clinic: "+clinic.Sample().ID+"\n    steps:\n      - name: desk\n        priorities: [emergency, urgent, routine]\n"+
		"        to: [{webhook: "+hook.URL+"/x, private: yes}, {email: desk@clinic.example, language: es}]\n")
	shared := []string{"--clinic", profile, "--nats-url", server.URL()}
	links := []string{"--link-key", keys.Link, "--private-url", h.staff}
	sealing := []string{"--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing}
	h.command(append(append([]string{"gateway", "--listen", chat, "--address-key", keys.Address}, sealing...), shared...))
	h.command(append(append(append([]string{"worker", "--session-key", keys.Session, "--redis-address", redisAt}, links...), sealing...), shared...))
	h.command(append(append([]string{
		"console", "--listen", desk, "--public-url", h.staff, "--redis-address", redisAt, "--seal-private-key", keys.Private,
		"--seal-verify-key", verifyKeyOf(t, keys), "--staff-key", keys.Staff, "--paging", ladder, "--paging-secret", "0123456789abcdef0123",
		"--smtp", h.mail.Address(), "--smtp-user", "recado", "--smtp-password", "geheim", "--smtp-from", "Recado <recado@clinic.example>",
	}, links...), shared...))
	return h
}

// command runs one until the test ends.
func (h *house) command(args []string) {
	h.Helper()
	health := freeAddress(h.T)
	h.health = append(h.health, "http://"+health)
	out, in, err := os.Pipe()
	must(h, err)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _, _ = io.Copy(h.output, out) })
	running.Go(func() {
		defer in.Close()
		if code := run(ctx, append(args, "--health", health), streams{os.Stdin, in, in}); code != 0 {
			h.Errorf("recado %s ended with code %d", args[0], code)
		}
	})
	h.Cleanup(func() { stop(); running.Wait() })
	waitServing(h.T, "http://"+health+"/readyz")
}

// visitor is a patient's browser.
type visitor struct {
	*house
	client *http.Client
}

func (h *house) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	must(h, err)
	return &visitor{h, &http.Client{Jar: jar}}
}

func (v *visitor) post(at, body string) string {
	v.Helper()
	resp, err := v.client.Post(at, "application/json", strings.NewReader(body))
	must(v, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(v, err)
	if resp.StatusCode/100 != 2 {
		v.Fatalf("%s is answered %d: %s", at, resp.StatusCode, raw)
	}
	return string(raw)
}

// listen keeps what an event stream says, until the test ends.
func (h *house) listen(client *http.Client, at string) {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), http.MethodGet, at, nil)
	must(h, err)
	req.Header.Set("Accept", "text/event-stream")
	streaming := *client
	streaming.Timeout = 0
	resp, err := streaming.Do(req)
	must(h, err)
	if resp.StatusCode != http.StatusOK {
		h.Fatalf("%s is answered %d", at, resp.StatusCode)
	}
	go func() {
		defer resp.Body.Close()
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			fmt.Fprintf(h.frames, "%s\n", lines.Bytes())
		}
	}()
}

// says waits for what matches in the event streams.
func (h *house) says(pattern string) string {
	h.Helper()
	form := regexp.MustCompile(pattern)
	var found []string
	within(h.T, pattern+" in an event stream", func() bool {
		found = form.FindStringSubmatch(strings.ReplaceAll(h.frames.String(), `\n`, "\n"))
		return found != nil
	})
	return found[1]
}

// stored is everything that NATS and Redis hold, but for the mailbox that
// patients' messages come in by: only the server's encryption seals that.
func (h *house) stored() (sealed map[string]string, mailbox string) {
	h.Helper()
	sealed = map[string]string{}
	names := h.js.StreamNames(h.Context())
	for name := range names.Name() {
		stream, err := h.js.Stream(h.Context(), name)
		must(h, err)
		var all bytes.Buffer
		for seq, last := stream.CachedInfo().State.FirstSeq, stream.CachedInfo().State.LastSeq; seq <= last; seq++ {
			if m, err := stream.GetMsg(h.Context(), seq); err == nil {
				fmt.Fprintln(&all, m.Subject, m.Header, string(m.Data))
			}
		}
		if name == bus.StreamIn {
			mailbox = all.String()
			continue
		}
		sealed["stream "+name] = all.String()
	}
	must(h, names.Err())
	keys, err := h.redis.Keys(h.Context(), "*").Result()
	must(h, err)
	for _, key := range keys {
		var value any
		kind, err := h.redis.Type(h.Context(), key).Result()
		must(h, err)
		switch kind {
		case "hash":
			value, err = h.redis.HGetAll(h.Context(), key).Result()
		case "zset":
			value, err = h.redis.ZRange(h.Context(), key, 0, -1).Result()
		case "set":
			value, err = h.redis.SMembers(h.Context(), key).Result()
		case "list":
			value, err = h.redis.LRange(h.Context(), key, 0, -1).Result()
		default:
			value, err = h.redis.Get(h.Context(), key).Result()
		}
		must(h, err)
		sealed["redis "+key] = fmt.Sprint(key, value)
	}
	return sealed, mailbox
}

// legible reports whether text holds the word, as it is or in base64.
func legible(text, word string) bool {
	forms := []string{word}
	for shift := range 3 { // the bytes before it move it
		coded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + word))
		forms = append(forms, coded[4:len(coded)-4])
	}
	for _, form := range forms {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

// What patients and staff write is in clear on the pages of those who may read
// it, and nowhere else: the whole way, from the chat over the desk to the
// private page and back.
func TestWhatIsWrittenForStaffIsNowhereInClear(t *testing.T) {
	h := openHouse(t)
	desk := "/staff/" + clinic.Sample().ID
	link := h.saysPrinted(`/staff/setup#(\S+)`)

	patient := h.visitor()
	patient.post(h.chat+"/chat/start", "")
	writes := func(text string) {
		patient.post(h.chat+"/chat/messages", fmt.Sprintf(`{"id":%q,"text":%q}`, uuid.NewString(), text))
	}
	writes("me duele el " + canary + " desde ayer")
	h.listen(patient.client, h.chat+"/chat/events?after=0")
	token := h.says(regexp.QuoteMeta(h.staff) + `/p#([A-Za-z0-9_-]+)`)
	writes("mi papá tiene dolor de pecho " + canary) // a turn of its own, and a page
	h.says(`(911)`)

	admin := newStaffBrowser(t, h.staff)
	admin.setUp(link)
	h.listen(admin.client, h.staff+"/staff/events?clinic="+clinic.Sample().ID)
	var kase string
	within(t, "the case is in the inbox", func() bool {
		_, page := admin.get(desk)
		kase = regexp.MustCompile(desk + `/cases/[0-9a-f-]{36}`).FindString(page)
		return kase != ""
	})
	act := func(verb string, pairs ...string) string {
		t.Helper()
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		status, page := admin.post(kase+"/"+verb, form)
		if status != http.StatusOK {
			t.Fatalf("%s is answered %d", verb, status)
		}
		return page
	}
	act("claim")
	act("note", "id", store.NewEntryID(), "text", "nota "+canary)
	act("write", "id", store.NewEntryID(), "notice", store.NewEntryID(), "text", "le escribo "+canary, "tell", "1")

	patient.post(h.staff+"/p/open", fmt.Sprintf(`{"token":%q}`, token))
	patient.post(h.staff+"/p/code", fmt.Sprintf(`{"code":%q}`, h.says(`\b(\d{6})\b`)))
	h.listen(patient.client, h.staff+"/p/events")
	patient.post(h.staff+"/p/messages", fmt.Sprintf(`{"id":%q,"text":%q}`, store.NewEntryID(), "gracias, sigue el "+canary))
	if page := act("open", "arrival", "all", "thread", "1"); strings.Count(page, canary) < 4 {
		t.Fatalf("the desk reads %d of what was written: this test looks at nothing", strings.Count(page, canary))
	}
	act("resolve", "outcome", "called")
	admin.post("/staff/language", url.Values{"language": {canary}})
	newStaffBrowser(t, h.staff).post("/staff/sign-in/password", url.Values{"email": {canary + "@clinic.example"}, "password": {canary}, "code": {canary}})
	admin.get(desk + "?find=" + canary + "&done=" + canary)

	seen := map[string]string{}
	for what, form := range map[string]url.Values{"/export": {"days": {"0"}}, "/audit/export": nil, "/audit/verify": nil} {
		status, body := admin.post(desk+what, form)
		if status != http.StatusOK || len(body) < 100 {
			t.Errorf("%s is answered %d: %s", what, status, body)
		}
		seen[what] = body
	}
	for _, path := range []string{desk, kase, desk + "/numbers", desk + "/cases.json", desk + "/audit"} {
		_, seen[path] = admin.get(path)
	}
	for _, health := range h.health {
		_, seen[health] = get(t, health+"/metrics")
	}
	within(t, "somebody is paged", func() bool { return h.hooks.String() != "" && len(h.mail.Mails()) > 0 })
	for i, m := range h.mail.Mails() {
		seen[fmt.Sprintf("e-mail %d", i)] = string(m.Data)
	}
	seen["webhook"], seen["event streams"], seen["output"] = h.hooks.String(), h.frames.String(), h.output.String()
	sealed, mailbox := h.stored()
	cached := 0
	for where, what := range sealed {
		if seen[where] = what; strings.HasPrefix(where, "redis ") {
			cached++
		}
	}
	if cached < 3 { // a conversation's session, a person's session, attempts
		t.Errorf("Redis holds %d values: this test looks at nothing", cached)
	}
	if !legible(mailbox, canary) || !legible(base64.StdEncoding.EncodeToString([]byte("ab"+canary+"cd")), canary) {
		t.Error("the word is not found where it is: this test looks at nothing")
	}
	for _, bucket := range []string{bus.BucketThread, bus.BucketRecord, bus.BucketCase, bus.BucketStaff, bus.BucketPaging, bus.BucketPrivate} {
		if seen["stream KV_"+bucket] == "" {
			t.Errorf("bucket %s is empty: this test looks at nothing", bucket)
		}
	}
	for where, what := range seen {
		if legible(what, canary) {
			at := strings.Index(what, canary)
			t.Errorf("%s holds what somebody wrote: %.300s", where, what[max(0, at-150):])
		}
	}
}

// saysPrinted is what a command printed at its start.
func (h *house) saysPrinted(pattern string) string {
	h.Helper()
	form := regexp.MustCompile(pattern)
	var found []string
	within(h.T, pattern+" is printed", func() bool { found = form.FindStringSubmatch(h.output.String()); return found != nil })
	return found[1]
}
