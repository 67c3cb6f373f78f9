package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/clinic"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/paging/webhook"
)

// hookedPages are the pages that a webhook got, by case.
type hookedPages struct {
	mu    sync.Mutex
	pages map[string]map[string]bool // ids of the pages of a case's arrival
}

func (h *hookedPages) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var page webhook.Body
	raw, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(raw, &page) != nil || page.Kind != "arrived" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pages[page.Case] == nil {
		h.pages[page.Case] = map[string]bool{}
	}
	h.pages[page.Case][page.ID] = true
}

func (h *hookedPages) cases() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.pages)
}

// sealedEscalations are records as a worker publishes them, so many for each
// conversation; the first is urgent, the others can wait.
func sealedEscalations(t *testing.T, keys devKeys, profile *clinic.Profile, conversations, each int) []*nats.Msg {
	t.Helper()
	sealer, err := keys.sealer()
	must(t, err)
	var all []*nats.Msg
	for n := range conversations * each {
		priority := agent.PriorityRoutine
		if n < conversations {
			priority = agent.PriorityUrgent
		}
		id := fmt.Sprintf("t%032d", n)
		of := agent.Conversation{Clinic: profile.ID, Channel: agent.WhatsApp, ID: fmt.Sprintf("%032d", n%conversations)}
		plain, err := json.Marshal(agent.Escalation{
			V: agent.Version, ID: id, Clinic: of.Clinic, Channel: of.Channel, Conversation: of.ID, Priority: priority,
			Messages: []agent.Message{{From: agent.Patient, Text: "me duele"}}, At: time.Now(),
		})
		must(t, err)
		sealed, err := sealer.Seal(of.Clinic, id, plain)
		must(t, err)
		data, err := json.Marshal(bus.Escalation{
			Envelope: sealed, ID: id, Clinic: of.Clinic, Conversation: of.ID, Channel: of.Channel, Priority: priority, At: time.Now(),
		})
		must(t, err)
		all = append(all, &nats.Msg{Subject: bus.EscSubject(of, priority), Data: data})
	}
	return all
}

// A console is a process here, and is killed as the operating system kills it.
func TestAConsoleKilledInABurstLosesAndDoublesNothing(t *testing.T) {
	const conversations, each, kills = 200, 5, 4
	binary := buildRecado(t)
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), NoSync: true, Listen: true})
	must(t, err)
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleProvision)
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := openJetStream(nc)
	must(t, err)
	_, err = bus.Provision(t.Context(), js, bus.Layout{AckWait: time.Second}) // what a dead console held comes again soon
	must(t, err)
	keys, err := newDevKeys()
	must(t, err)
	hooked := &hookedPages{pages: map[string]map[string]bool{}}
	hook := httptest.NewServer(hooked)
	t.Cleanup(hook.Close)
	profile := clinic.Sample()
	ladder := pagingFile(t, "clinics:\n  - clinic: "+profile.ID+"\n    steps:\n      - name: desk\n        priorities: [urgent]\n        to: [{webhook: "+hook.URL+"/x, private: yes}]\n")
	env := append(os.Environ(),
		"RECADO_CLINIC="+sampleProfile(t), "RECADO_NATS_URL="+server.URL(), "RECADO_REDIS_ADDRESS="+redisAddress(t),
		"RECADO_SEAL_PRIVATE_KEY="+keys.Private, "RECADO_SEAL_VERIFY_KEY="+verifyKeyOf(t, keys), "RECADO_STAFF_KEY="+keys.Staff,
		"RECADO_PAGING="+ladder, "RECADO_PAGING_SECRET=0123456789abcdef0123", "RECADO_PUBLIC_URL=http://localhost:1",
	)
	begin := func() *exec.Cmd {
		t.Helper()
		cmd := exec.Command(binary, "console", "--clinic", sampleProfile(t), "--listen", "127.0.0.1:0")
		cmd.Env, cmd.Stderr = env, os.Stderr
		must(t, cmd.Start())
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		return cmd
	}
	stream, err := js.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	consumer, err := stream.Consumer(t.Context(), bus.ConsumerConsole)
	must(t, err)
	filed := func() (n uint64, left uint64) {
		info, err := consumer.Info(t.Context())
		must(t, err)
		return info.AckFloor.Consumer, info.NumPending + uint64(info.NumAckPending)
	}
	console := begin()
	messages := sealedEscalations(t, keys, profile, conversations, each)
	inTheMiddle := 0
	for k := range kills {
		before, _ := filed()
		for _, m := range messages[k*len(messages)/kills : (k+1)*len(messages)/kills] {
			_, err := js.PublishMsg(t.Context(), m)
			must(t, err)
		}
		within(t, "the console files some", func() bool { n, left := filed(); return n > before || left == 0 })
		console.Process.Kill() // SIGKILL
		console.Wait()
		if _, left := filed(); left > 0 {
			inTheMiddle++
		}
		console = begin()
	}
	if inTheMiddle == 0 {
		t.Error("no kill was in the middle of anything: write more at once")
	}
	within(t, "everything is filed", func() bool { _, left := filed(); return left == 0 })
	within(t, "every case is paged", func() bool { return hooked.cases() == conversations })

	opener, err := keys.staffKeys()
	must(t, err)
	s, err := store.Open(t.Context(), store.Config{JetStream: js, Keys: opener})
	must(t, err)
	x, err := s.Index(t.Context())
	must(t, err)
	t.Cleanup(x.Close)
	cases := x.List(inbox.Query{Clinics: []string{profile.ID}}).Cases
	if len(cases) != conversations {
		t.Errorf("%d cases, want %d", len(cases), conversations)
	}
	seen := map[string]int{}
	for _, c := range cases {
		for _, id := range c.ArrivalIDs() {
			seen[id]++
		}
		if pages := hooked.pages[c.ID]; len(pages) != 1 {
			t.Errorf("case %s: %d pages, want 1", c.ID, len(pages))
		}
	}
	for n := range messages {
		id := fmt.Sprintf("t%032d", n)
		if seen[id] != 1 {
			t.Errorf("record %s is in %d cases, want 1", id, seen[id])
		}
		if opened, err := s.Unseal(t.Context(), profile.ID, id); err != nil || !strings.Contains(fmt.Sprint(opened.Escalation.Messages), "me duele") {
			t.Fatalf("record %s does not open: %v", id, err)
		}
	}
}

// within waits for what has to happen.
func within(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("this does not happen: ", what)
		}
	}
}
