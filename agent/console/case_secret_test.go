package console

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

// hostileTexts are what must stay text wherever it is shown.
var hostileTexts = []string{
	`<script>window.pwned=1</script>`,
	`"><img src=x onerror=window.pwned=1>`,
	`' onmouseover='window.pwned=1`,
	`</textarea><svg onload=window.pwned=1>`,
	`javascript:window.pwned=1`,
	`{{.Server}} ${window.pwned=1} <!--`,
	"\u202e\u0000<iframe srcdoc='<script>parent.pwned=1</script>'>",
	`]]></title><style>*{display:none}</style>`,
}

// deskInert fails where HTML holds an element or an attribute that pages never
// have, or an address of a kind that they never link to.
func deskInert(t testing.TB, body string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			switch tok.Data {
			case "iframe", "img", "object", "embed", "style", "base":
				t.Errorf("the page holds <%s>", tok.Data)
			case "script":
				if len(tok.Attr) != 2 || !strings.HasPrefix(tok.Attr[1].Val, "/staff/assets/") {
					t.Errorf("the page holds %s", tok)
				}
			}
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
					t.Errorf("the page holds the attribute %s=%q", a.Key, a.Val)
				}
				if (a.Key == "href" || a.Key == "action" || a.Key == "src") && a.Val != "" && !strings.HasPrefix(a.Val, "/staff") && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("the page links to %q", a.Val)
				}
			}
		}
	}
}

func TestWhatRecordsHoldStaysText(t *testing.T) {
	d := newDesk(t)
	d.filing(t)
	ana := d.person(t, `Ana <script>window.pwned=1</script>`, staff.Staff)
	for i, x := range hostileTexts {
		d.tell(t, story{Conversation: i + 1, Rules: []string{x, "es.symptom.duele"}, Intents: []string{x}, Attachments: []string{x},
			Disposition: agent.Disposition(x), Text: []agent.Message{{From: agent.Patient, Text: x, At: time.Now()}, {From: agent.From(x), Text: x}}})
	}
	for i, x := range hostileTexts {
		c := d.filed(t, i+1, 1)
		path := casePath(deskClinic, c.ID)
		went(t, ana.post(path+"/claim", nil), "claim")
		went(t, ana.post(path+"/note", form("id", store.NewEntryID(), "text", x)), "note")
		_, err := d.inbox.Said(t.Context(), deskClinic, c.ID, store.NewEntryID(), x, agent.PriorityRoutine)
		stafftest.Must(t, err)
		// A key of a reply that no catalogue has, as an older one had it.
		_, err = d.inbox.Say(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ana.ID}, store.Reply{ID: store.NewEntryID(), Key: x, Language: "es", Text: "x"})
		stafftest.Must(t, err)
		a := ana.post(path+"/open", form("arrival", "all"))
		if a.Status != 200 || strings.Count(a.Body, html.EscapeString(x[len(x)-7:])) < 2 {
			t.Errorf("%q: %d, and it is not shown", x, a.Status)
		}
		deskInert(t, a.Body)
		deskInert(t, ana.get(path).Body)
		deskInert(t, ana.post(path+"/write", form("id", "?", "text", x)).Body)
		deskInert(t, ana.post(path+"/note", form("id", x, "text", x)).Body)
		deskInert(t, ana.get("/staff/"+deskClinic+"?"+form("find", x, "reason", x, "state", x, "done", x).Encode()).Body)
		if a := ana.post("/staff/"+deskClinic+"/views", form("name", x, "query", x)); a.Status == http.StatusSeeOther {
			deskInert(t, ana.get(a.Header.Get("Location")).Body)
		}
	}
	deskInert(t, ana.get("/staff/"+deskClinic).Body)
	deskInert(t, ana.get("/staff/"+deskClinic+"/numbers").Body)
}

func TestNoPatientsWordIsWhereNobodyOpenedIt(t *testing.T) {
	d := newDesk(t)
	d.filing(t)
	ana := d.person(t, "Ana Ruiz", staff.Staff)
	d.tell(t, story{Conversation: 1})
	c := d.filed(t, 1, 1)
	path := casePath(deskClinic, c.ID)
	listening := ana.listen(t, "", 0)
	went(t, ana.post(path+"/claim", nil), "claim")
	went(t, ana.post(path+"/note", form("id", store.NewEntryID(), "text", deskCanary+" nota")), "note")
	went(t, ana.post(path+"/write", form("id", store.NewEntryID(), "notice", store.NewEntryID(), "text", deskCanary+" hola", "tell", "1")), "write_told")
	if a := ana.post(path+"/open", form("arrival", "all")); !strings.Contains(a.Body, deskCanary) {
		t.Fatal("nothing was opened: this test looks at nothing")
	}
	for _, p := range []string{
		"/staff/" + deskClinic, path, "/staff/" + deskClinic + "/numbers", "/staff/" + deskClinic + "/cases.json",
		"/staff/" + deskClinic + "/live/queue", "/staff/" + deskClinic + "/live/cases/" + c.ID, "/staff/" + deskClinic + "/live/numbers",
	} {
		if a := ana.get(p); a.Status != 200 || strings.Contains(a.Body, deskCanary) {
			t.Errorf("%s: %d, or a patient's words", p, a.Status)
		}
	}
	if a := ana.do("GET", path, nil, "application/json"); a.Status != 200 || strings.Contains(a.Body, deskCanary) {
		t.Errorf("%s as JSON: %d %s", path, a.Status, a.Body)
	}
	if a := ana.post(path+"/note", form("id", "bad", "text", deskCanary)); strings.Contains(a.Header.Get("Location"), deskCanary) {
		t.Error("a word is in an address")
	}
	listening.until(t, "a change of the case", func(f frame) bool { return f.Event == "change" && strings.Contains(f.Data, c.ID) })
	for _, f := range listening.all() {
		if strings.Contains(f.Data, deskCanary) {
			t.Errorf("a frame holds %q", f.Data)
		}
	}
	for _, line := range d.logs.All() {
		if text := line.Message + fmt.Sprint(line.ContextMap()); strings.Contains(text, deskCanary) {
			t.Errorf("the log says %s", text)
		}
	}
}
