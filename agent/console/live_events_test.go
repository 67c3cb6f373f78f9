package console

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

// frame is a server-sent event.
type frame struct{ ID, Event, Data string }

// stream is a stream that a test listens to.
type stream struct {
	status int
	cancel context.CancelFunc
	ended  chan struct{}

	mu     sync.Mutex
	frames []frame
}

// listen opens the stream, from the change with an id on where it is not 0.
func (h *hand) listen(t testing.TB, query string, last uint64) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", h.d.http.URL+"/staff/events?clinic="+deskClinic+query, nil)
	stafftest.Must(t, err)
	r.Header.Set("Accept", "text/event-stream")
	r.AddCookie(&http.Cookie{Name: "recado-staff", Value: h.token})
	if last > 0 {
		r.Header.Set("Last-Event-ID", strconv.FormatUint(last, 10))
	}
	resp, err := http.DefaultClient.Do(r)
	stafftest.Must(t, err)
	s := &stream{status: resp.StatusCode, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		defer resp.Body.Close()
		var f frame
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				f.ID = value
			case "event":
				f.Event = value
			case "data":
				f.Data = value
			case "":
				if f.Event != "" {
					s.mu.Lock()
					s.frames = append(s.frames, f)
					s.mu.Unlock()
				}
				f = frame{}
			}
		}
	}()
	return s
}

func (s *stream) all() []frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]frame(nil), s.frames...)
}

// until waits for a frame.
func (s *stream) until(t testing.TB, what string, is func(frame) bool) frame {
	t.Helper()
	var found frame
	deskUntil(t, what, func() bool {
		for _, f := range s.all() {
			if is(f) {
				found = f
				return true
			}
		}
		return false
	})
	return found
}

// last is the id that a browser would come back with.
func (s *stream) last(t testing.TB) uint64 {
	t.Helper()
	last := uint64(0)
	for _, f := range s.all() {
		if n, err := strconv.ParseUint(f.ID, 10, 64); err == nil {
			last = n
		}
	}
	return last
}

func TestAStreamSaysWhichCasesChanged(t *testing.T) {
	d, ana, c := oneCase(t)
	s := ana.listen(t, "", 0)
	if s.status != 200 {
		t.Fatal(s.status)
	}
	beat := s.until(t, "a beat", func(f frame) bool { return f.Event == "beat" })
	if !strings.Contains(beat.Data, `"fresh":true`) || beat.ID == "" {
		t.Errorf("the first beat is %+v", beat)
	}
	_, err := d.inbox.Claim(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ana.ID})
	stafftest.Must(t, err)
	change := s.until(t, "a change", func(f frame) bool { return f.Event == "change" })
	if change.Data != fmt.Sprintf(`{"case":%q}`, c.ID) || change.ID == "" {
		t.Errorf("the change is %+v", change)
	}
}

func TestAStreamGoesOnAfterARestart(t *testing.T) {
	d, ana, c := oneCase(t)
	first := ana.listen(t, "", 0)
	first.until(t, "a beat", func(f frame) bool { return f.Event == "beat" })
	d.stop()
	<-first.ended // a shutdown does not wait for pages
	last := first.last(t)

	// What happens while no console runs.
	_, err := d.inbox.Claim(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ana.ID})
	stafftest.Must(t, err)
	d.tell(t, story{Conversation: 2})
	other := d.filed(t, 2, 1)
	deskUntil(t, "the index has the claim", func() bool {
		got, _ := d.index.Case(deskClinic, c.ID)
		return got.State == inbox.Claimed
	})
	d.index.Close()
	d.index, err = d.inbox.Index(context.WithoutCancel(t.Context()))
	stafftest.Must(t, err)
	t.Cleanup(d.index.Close)
	d.cfg.Index = d.index
	d.start(t)

	second := ana.listen(t, "", last)
	for _, id := range []string{c.ID, other.ID} {
		second.until(t, "the change of "+id, func(f frame) bool { return f.Event == "change" && strings.Contains(f.Data, id) })
	}
	for _, f := range second.all() {
		if f.Event == "reload" {
			t.Error("the page is told to load everything although its id is known")
		}
	}
	// By the address, as a page that was just loaded does.
	third := ana.listen(t, "&after="+fmt.Sprint(last), 0)
	third.until(t, "the change", func(f frame) bool { return strings.Contains(f.Data, other.ID) })
	// From the future, as after the bucket was made anew.
	lost := ana.listen(t, "", last+1_000_000)
	lost.until(t, "a reload", func(f frame) bool { return f.Event == "reload" })
	if bad := ana.listen(t, "&after=abc", 0); bad.status != http.StatusBadRequest {
		t.Errorf("an id that is none: %d", bad.status)
	}
}

func TestAStreamIsForThoseOfTheClinicAndEndsWithTheSession(t *testing.T) {
	d, ana, c := oneCase(t)
	stranger := *ana
	stranger.token = "nobody"
	if s := stranger.listen(t, "", 0); s.status != http.StatusUnauthorized {
		t.Errorf("nobody's stream: %d", s.status)
	}
	defer func(was time.Duration) { heartbeat = was }(heartbeat)
	heartbeat = 20 * time.Millisecond
	s := ana.listen(t, "", 0)
	beats := func() (n int) {
		for _, f := range s.all() {
			if f.Event == "beat" {
				n++
			}
		}
		return n
	}
	// The stream, and what a page asks by itself, keep nobody signed in.
	for range 3 {
		d.Clock.Add(staff.Idle / 3)
		now := beats()
		deskUntil(t, "more beats", func() bool { return beats() > now+1 })
		for _, path := range []string{"/staff/" + deskClinic + "/live/queue", "/staff/" + deskClinic + "/live/cases/" + c.ID, "/staff/" + deskClinic + "/cases.json"} {
			if a := ana.get(path); a.Status != 200 {
				t.Fatalf("%s before the session is over: %d", path, a.Status)
			}
		}
	}
	d.Clock.Add(2 * time.Minute)
	s.until(t, "the end of the session", func(f frame) bool { return f.Event == "signed-out" })
	<-s.ended
	if a := ana.get("/staff/" + deskClinic + "/live/queue"); a.Status == 200 {
		t.Errorf("a poll after the session: %d", a.Status)
	}
	deskUntil(t, "no stream is open", func() bool {
		d.server.streams.mu.Lock()
		defer d.server.streams.mu.Unlock()
		return d.server.streams.n == 0
	})
}

func TestAStreamSaysThatTheConsoleItselfIsStale(t *testing.T) {
	t.Parallel()
	d, ana, _ := oneCase(t)
	s := ana.listen(t, "", 0)
	s.until(t, "a fresh beat", func(f frame) bool { return f.Event == "beat" && strings.Contains(f.Data, `"fresh":true`) })
	d.index.Close() // as if NATS did not answer
	s.until(t, "a beat that says so", func(f frame) bool { return f.Event == "beat" && strings.Contains(f.Data, `"fresh":false`) })
	if m := ana.do("GET", "/staff/"+deskClinic+"/cases.json", nil, "application/json").json(t); m["fresh"] != false {
		t.Errorf("polling says %v", m)
	}
	if a := ana.get("/staff/" + deskClinic); !strings.Contains(a.Body, `data-fresh="false"`) {
		t.Error("a new page takes it for fresh")
	}
}

func TestTooManyStreamsOfOnePersonAreRefused(t *testing.T) {
	var s streams
	for range mostByPerson {
		if !s.enter("ana") {
			t.Fatal("refused too early")
		}
	}
	if s.enter("ana") || !s.enter("ben") {
		t.Error("limits are not by person")
	}
	s.leave("ana")
	if !s.enter("ana") {
		t.Error("a closed stream counts")
	}
}

func TestPollingShowsWhatTheListShows(t *testing.T) {
	d, ana, c := oneCase(t)
	m := ana.do("GET", "/staff/"+deskClinic+"/cases.json", nil, "application/json").json(t)
	cases, _ := m["cases"].([]any)
	if m["fresh"] != true || m["total"] != 1.0 || len(cases) != 1 || m["other"] != 1.0 {
		t.Fatalf("%v", m)
	}
	one, _ := cases[0].(map[string]any)
	if one["case"] != c.ID || one["ref"] != inbox.Reference(c.ID) || one["waiting"] != true || one["state"] != "open" {
		t.Errorf("%v", one)
	}
	if m := ana.do("GET", "/staff/"+deskClinic+"/cases.json?priority=emergency", nil, "application/json").json(t); m["total"] != 0.0 || m["other"] != 1.0 {
		t.Errorf("filtered: %v", m)
	}
	_, err := d.inbox.Note(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ana.ID}, store.NewEntryID(), "x")
	stafftest.Must(t, err)
	deskUntil(t, "a later revision", func() bool {
		return ana.do("GET", "/staff/"+deskClinic+"/cases.json", nil, "application/json").json(t)["revision"] != m["revision"]
	})
}

func TestACaseIsFoundByItsReference(t *testing.T) {
	_, ana, c := oneCase(t)
	ref := inbox.Reference(c.ID)
	for _, typed := range []string{ref, strings.ToLower(ref), strings.ReplaceAll(ref, "-", ""), "#" + ref, c.ID} {
		if a := ana.get("/staff/" + deskClinic + "?find=" + strings.ReplaceAll(typed, "#", "%23")); a.Header.Get("Location") != casePath(deskClinic, c.ID) {
			t.Errorf("%q leads to %d %q", typed, a.Status, a.Header.Get("Location"))
		}
	}
	for typed, want := range map[string]string{"ZZZ-ZZZ": "No case has the reference ZZZ-ZZZ", "María": "six letters and digits"} {
		if a := ana.get("/staff/" + deskClinic + "?find=" + typed); a.Status != 200 || !strings.Contains(a.Body, want) {
			t.Errorf("%q: %d without %q", typed, a.Status, want)
		}
	}
}

func TestAViewIsSavedForTheNextVisit(t *testing.T) {
	_, ana, _ := oneCase(t)
	a := ana.post("/staff/"+deskClinic+"/views", form("name", "Español, tarde", "query", "late=1&language=es"))
	if a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/staff/"+deskClinic+"?language=es&late=1&done=view_saved" {
		t.Fatalf("%d %q", a.Status, a.Header.Get("Location"))
	}
	r := &http.Request{Header: http.Header{}}
	set, err := http.ParseSetCookie(a.Header.Get("Set-Cookie"))
	stafftest.Must(t, err)
	if !set.HttpOnly || set.SameSite != http.SameSiteLaxMode || set.Path != "/staff" {
		t.Errorf("the cookie is %+v", set)
	}
	r.AddCookie(set)
	views := savedViews(r, ana.ID)
	if len(views) != 1 || views[0] != (savedView{"Español, tarde", "language=es&late=1"}) {
		t.Fatalf("views are %+v", views)
	}
	if savedViews(r, "somebody else") != nil {
		t.Error("another person has them")
	}
	p := buildQueue(wordsIn(t, "es", time.Now()), ana.reader(), deskClinic, readFilter(url.Values{"late": {"1"}, "language": {"es"}}), views, time.Now(), func(func(*inbox.Case) bool) uint64 { return 0 })
	if last := p.Tabs[len(p.Tabs)-1]; last.Text != "Español, tarde" || !last.Here || !last.Saved {
		t.Errorf("the view is shown as %+v", last)
	}
}

func (h *hand) reader() reader {
	return reader{ID: h.ID, Acts: true, Names: func(id string) string { return id }}
}

func TestTheBadgeCountsToNine(t *testing.T) {
	_, ana, _ := oneCase(t)
	for query, want := range map[string]string{"n=0": "</svg>", "n=3": ">3</text>", "n=400": ">9+</text>", "n=1&pressing=1": "#ad2318"} {
		if a := ana.get("/staff/badge?" + query); a.Status != 200 || a.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(a.Body, want) {
			t.Errorf("%s: %d %s", query, a.Status, a.Body)
		}
	}
	if a := ana.get("/staff/badge?n=-1"); a.Status != http.StatusNotFound {
		t.Errorf("-1: %d", a.Status)
	}
}
