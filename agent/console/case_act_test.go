package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"recado/agent/audit"
	"recado/agent/bus"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// went fails where an action did not end with a redirect that says done.
func went(t testing.TB, a answer, done string) {
	t.Helper()
	if a.Status != http.StatusSeeOther || !strings.HasSuffix(a.Header.Get("Location"), "?done="+done) {
		t.Errorf("%d to %q, want done=%s: %s", a.Status, a.Header.Get("Location"), done, problemIn(a.Body))
	}
}

// problemIn is what a page says went wrong.
func problemIn(body string) string {
	_, rest, ok := strings.Cut(body, `id="problem"`)
	if !ok {
		return body
	}
	_, rest, _ = strings.Cut(rest, "<span>")
	text, _, _ := strings.Cut(rest, "</span>")
	return text
}

// refused fails where an action was not refused with a page of the case that
// says why.
func refused(t testing.TB, a answer, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status is %d, want %d: %s", a.Status, status, problemIn(a.Body))
	}
	if !strings.Contains(a.Body, `id="problem"`) {
		t.Error("the page does not say what went wrong")
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			t.Errorf("the page lacks %q; it says %q", text, problemIn(a.Body))
		}
	}
}

func TestACaseIsTakenAnsweredAndResolved(t *testing.T) {
	d, ana, c := oneCase(t)
	path := casePath(deskClinic, c.ID)
	ben := d.person(t, "Ben Salas", staff.Staff)

	went(t, ana.post(path+"/claim", nil), "claim")
	if got := d.now(t, c); got.Owner != ana.ID {
		t.Fatalf("the case is %+v", got)
	}
	id := store.NewEntryID()
	for range 3 { // a form that was sent three times
		went(t, ana.post(path+"/reply", form("id", id, "key", "staff.call_us", "language", "es")), "reply")
	}
	note := store.NewEntryID()
	for range 2 {
		went(t, ana.post(path+"/note", form("id", note, "text", "llamar mañana\r\na las 9")), "note")
	}
	went(t, ben.post(path+"/note", form("id", store.NewEntryID(), "text", "yo la conozco")), "note")
	entry, notice := store.NewEntryID(), store.NewEntryID()
	for range 2 {
		went(t, ana.post(path+"/write", form("id", entry, "notice", notice, "text", "Le escribo por aquí", "tell", "1")), "write_told")
	}
	went(t, ana.post(path+"/hand-back", nil), "hand_back")
	if got := d.now(t, c); !got.BotSpeaks {
		t.Error("the assistant may not answer")
	}
	went(t, ana.post(path+"/claim", nil), "claim")
	went(t, ana.post(path+"/assign", form("to", ben.ID)), "assign")
	if got := d.now(t, c); got.Owner != ben.ID {
		t.Errorf("the case is %s's", got.Owner)
	}
	went(t, ben.post(path+"/release", nil), "release")
	for range 2 {
		went(t, ana.post(path+"/resolve", form("outcome", "called")), "resolve")
	}
	went(t, ben.post(path+"/reopen", nil), "reopen")
	went(t, ben.post(path+"/reopen", nil), "reopen")

	kinds := map[inbox.ActionKind]int{}
	for _, a := range d.now(t, c).Actions {
		kinds[a.Kind]++
	}
	want := map[inbox.ActionKind]int{inbox.DidClaim: 2, inbox.DidReply: 2, inbox.DidNote: 2, inbox.DidPrivate: 1, inbox.DidHandBack: 1, inbox.DidAssign: 1, inbox.DidRelease: 1, inbox.DidResolve: 1, inbox.DidReopen: 1}
	if fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("actions are %v, want %v", kinds, want)
	}
	for kind, n := range map[audit.Kind]int{
		audit.CaseClaimed: 2, audit.Replied: 2, audit.Noted: 2, audit.WrotePrivate: 1, audit.CaseHandedBack: 1,
		audit.CaseAssigned: 1, audit.CaseReleased: 1, audit.CaseResolved: 1, audit.CaseReopened: 1,
	} {
		if got := d.audits.of(kind); len(got) != n || got[0].Case != c.ID {
			t.Errorf("the audit has %s %d times, want %d: %+v", kind, len(got), n, got)
		}
	}
	entries, err := d.inbox.Thread(t.Context(), deskClinic, c.Conversation)
	stafftest.Must(t, err)
	if len(entries) != 3 || entries[0].Text != "llamar mañana\na las 9" || entries[2].Kind != inbox.EntryStaff {
		t.Errorf("the thread is %+v", entries)
	}
	texts := d.sent(t)
	if len(texts) != 2 || !strings.Contains(texts[0], "Por favor llámenos") || !strings.Contains(texts[1], "https://private.example/p#") || !strings.Contains(texts[1], "-geheim") {
		t.Errorf("the patient was sent %q", texts)
	}
	page := ana.get(path).Body
	if strings.Contains(page, "-geheim") || strings.Contains(page, "yo la conozco") {
		t.Error("the page shows the patient's link, or a note that nobody opened")
	}
}

// sent are the texts that went out in channels, in order.
func (d *desk) sent(t testing.TB) []string {
	t.Helper()
	stream, err := d.JS.Stream(t.Context(), bus.StreamTurn)
	stafftest.Must(t, err)
	info, err := stream.Info(t.Context())
	stafftest.Must(t, err)
	var texts []string
	for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
		m, err := stream.GetMsg(t.Context(), seq)
		if err == nil && strings.HasPrefix(m.Subject, "recado.out.") {
			texts = append(texts, string(m.Data))
		}
	}
	return texts
}

func TestAHundredPeopleOneHolder(t *testing.T) {
	d, _, c := oneCase(t)
	var people []*hand
	for i := range 100 {
		people = append(people, d.person(t, fmt.Sprintf("Persona %d", i), staff.Staff))
	}
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for _, h := range people {
		all.Go(func() {
			a, err := h.try("POST", casePath(deskClinic, c.ID)+"/claim", url.Values{}, "application/json")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			statuses[a.Status]++
		})
	}
	all.Wait()
	if statuses[200] != 1 || statuses[409] != 99 {
		t.Errorf("statuses are %v, want one 200 and 99 409", statuses)
	}
	refused, claimed := 0, 0
	for _, a := range d.audits.of(audit.CaseClaimed) {
		if a.Subject == "refused" {
			refused++
		} else {
			claimed++
		}
	}
	if claimed-refused != 1 {
		t.Errorf("the audit has %d claims of which %d came to nothing", claimed, refused)
	}
}

func TestWhatAnotherPersonHoldsIsRefusedByName(t *testing.T) {
	d, ana, c := oneCase(t)
	ben := d.person(t, "Ben <b>Salas</b>", staff.Staff)
	path := casePath(deskClinic, c.ID)
	went(t, ben.post(path+"/claim", nil), "claim")
	const name = "Ben &lt;b&gt;Salas&lt;/b&gt;"
	id := store.NewEntryID()
	for verb, f := range map[string]url.Values{
		"claim": nil, "release": nil, "hand-back": nil, "assign": form("to", ana.ID),
		"reply":   form("id", id, "key", "staff.call_us", "language", "es"),
		"resolve": form("outcome", "called"),
		"write":   form("id", id, "notice", store.NewEntryID(), "text", "typed with care"),
	} {
		a := ana.post(path+"/"+verb, f)
		refused(t, a, http.StatusConflict, name)
		j := ana.do("POST", path+"/"+verb, f, "application/json")
		if verb != "claim" && f == nil {
			f = url.Values{}
		}
		if f != nil && (j.Status != http.StatusConflict || j.json(t)["holder"] != "Ben <b>Salas</b>") {
			t.Errorf("%s as JSON: %d %s", verb, j.Status, j.Body)
		}
		if verb == "write" && (strings.Contains(a.Body, path+"/write") || !strings.Contains(a.Body, "typed with care")) {
			t.Error("somebody who may not write is offered the form, or lost what they typed")
		}
	}
	went(t, ana.post(path+"/claim", form("over", "1")), "claim")
	if got := d.now(t, c); got.Owner != ana.ID || got.Actions[len(got.Actions)-1].From != ben.ID {
		t.Errorf("after taking it over: %+v", got)
	}
	refused(t, ben.post(path+"/reply", form("id", id, "key", "staff.call_us", "language", "es")), http.StatusConflict, "Ana Ruiz")
}

func TestNothingTypedIsLostAfterAnError(t *testing.T) {
	d, ana, c := oneCase(t)
	path := casePath(deskClinic, c.ID)
	const typed = "lo que escribí con cuidado"
	went(t, ana.post(path+"/claim", nil), "claim")
	id := store.NewEntryID()

	// Bad forms.
	refused(t, ana.post(path+"/note", form("id", id, "text", " \r\n ")), 422, "write something")
	long := strings.Repeat("ñ", longestText+1)
	refused(t, ana.post(path+"/note", form("id", id, "text", long)), 422, long, "4,001", id)
	refused(t, ana.post(path+"/note", form("id", "../../x", "text", typed)), 422, typed)
	refused(t, ana.post(path+"/write", form("id", id, "text", typed, "tell", "1")), 422, typed)
	refused(t, ana.post(path+"/reply", form("id", id, "language", "es")), 422, "choose a text")
	refused(t, ana.post(path+"/reply", form("id", id, "key", "staff.call_us", "language", "fr")), 422, "choose a language", `value="staff.call_us" id="key-staff.call_us" required checked`)
	refused(t, ana.post(path+"/reply", form("id", id, "key", "answer.hours", "language", "es")), 422, "choose a text")
	refused(t, ana.post(path+"/resolve", form("outcome", "victory")), 422, "how it ended")
	refused(t, ana.post(path+"/assign", nil), 422, "choose a colleague")
	refused(t, ana.post(path+"/assign", form("to", "nobody-like-this")), 422, "may not take cases")

	// The audit is away.
	d.audits.refuse(true)
	refused(t, ana.post(path+"/note", form("id", id, "text", typed)), 503, typed, id, "could not be written in the audit")
	refused(t, ana.post(path+"/write", form("id", id, "notice", store.NewEntryID(), "text", typed)), 503, typed)
	refused(t, ana.post(path+"/resolve", form("outcome", "booked")), 503, `value="booked" required checked`)
	d.audits.refuse(false)
	if got := d.now(t, c); len(got.Actions) != 1 {
		t.Errorf("without an audit something was done: %+v", got.Actions)
	}

	// Somebody else has it by now.
	ben := d.person(t, "Ben Salas", staff.Staff)
	went(t, ben.post(path+"/claim", form("over", "1")), "claim")
	went(t, ana.post(path+"/note", form("id", id, "text", typed)), "note") // anybody may

	// The store fails.
	d.keys.lose(true)
	refused(t, ana.post(path+"/note", form("id", store.NewEntryID(), "text", typed)), http.StatusServiceUnavailable, typed, "did not answer")
	d.keys.lose(false)
	for _, line := range d.logs.All() {
		if text := line.Message + fmt.Sprint(line.ContextMap()); strings.Contains(text, typed) || strings.Contains(text, c.ID) {
			t.Errorf("the log says %s", text)
		}
	}
}

func TestOfWhatIsResolvedOnlyNotesAndReopeningAreLeft(t *testing.T) {
	d, ana, c := oneCase(t)
	path := casePath(deskClinic, c.ID)
	ben := d.person(t, "Ben Salas", staff.Staff)
	went(t, ana.post(path+"/resolve", form("outcome", "answered")), "resolve")
	for verb, f := range map[string]url.Values{
		"claim": nil, "release": nil, "hand-back": nil, "assign": form("to", ben.ID), "resolve": form("outcome", "booked"),
		"reply": form("id", store.NewEntryID(), "key", "staff.call_us", "language", "es"),
	} {
		refused(t, ben.post(path+"/"+verb, f), http.StatusConflict, "already resolved")
	}
	went(t, ben.post(path+"/note", form("id", store.NewEntryID(), "text", "una cosa más")), "note")
	body := ben.get(path).Body
	if strings.Contains(body, path+"/resolve") || strings.Contains(body, path+"/claim") || !strings.Contains(body, path+"/reopen") {
		t.Error("a resolved case offers more than it may")
	}
	if a := ana.post("/staff/"+deskClinic+"/cases/no-such-case/claim", nil); a.Status != http.StatusNotFound {
		t.Errorf("a case that is not there: %d", a.Status)
	}
}

func TestReadersSeeTimesAndNoForms(t *testing.T) {
	d, ana, c := oneCase(t)
	path := casePath(deskClinic, c.ID)
	rosa := d.person(t, "Rosa Leal", staff.Reader)
	for _, p := range []string{path, "/staff/" + deskClinic, "/staff/" + deskClinic + "/numbers", "/staff/" + deskClinic + "/cases.json"} {
		a := rosa.get(p)
		if a.Status != 200 || strings.Contains(a.Body, `method="post" action="`+path) {
			t.Errorf("%s for a reader: %d", p, a.Status)
		}
	}
	for _, verb := range []string{"open", "claim", "release", "assign", "hand-back", "note", "reply", "write", "resolve", "reopen"} {
		if a := rosa.post(path+"/"+verb, form("arrival", "all", "text", "x")); a.Status != http.StatusForbidden {
			t.Errorf("%s for a reader: %d", verb, a.Status)
		}
	}
	if len(d.audits.of(audit.RecordOpened)) != 0 || d.now(t, c).State != inbox.Open {
		t.Error("a reader did something")
	}
	_ = ana
}

func TestAMorePressingMessageHasToBeSeen(t *testing.T) {
	d, ana, c := oneCase(t)
	path := casePath(deskClinic, c.ID)
	went(t, ana.post(path+"/claim", nil), "claim")
	d.tell(t, story{Conversation: 1, N: 2, Priority: "emergency", Rules: []string{"corazon.pecho"}})
	d.filed(t, 1, 2)
	if body := ana.get(path).Body; !strings.Contains(body, `id="do-seen"`) || strings.Contains(body, `id="do-claim"`) {
		t.Error("nobody is asked whether they saw it")
	}
	went(t, ana.post(path+"/claim", nil), "claim_seen")
	if got := d.now(t, c); got.Waiting() {
		t.Error("it still rings")
	}
}

func TestWithoutAPrivatePageNobodyWritesThere(t *testing.T) {
	d, ana, c := oneCase(t, func(cfg *Config) { cfg.PrivateLink = nil })
	path := casePath(deskClinic, c.ID)
	went(t, ana.post(path+"/claim", nil), "claim")
	if body := ana.get(path).Body; !strings.Contains(body, "private page is not set up") || strings.Contains(body, path+"/write") {
		t.Error("the page offers what is not set up")
	}
	refused(t, ana.post(path+"/write", form("id", store.NewEntryID(), "notice", store.NewEntryID(), "text", "hola")), 422)
	if entries, _ := d.inbox.Thread(t.Context(), deskClinic, c.Conversation); len(entries) != 0 {
		t.Error("it was written nevertheless")
	}
}
