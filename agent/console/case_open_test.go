package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/audit"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

func TestWordsAreShownOnlyAfterTheAuditHasIt(t *testing.T) {
	d, ana, c := oneCase(t)
	path := casePath(deskClinic, c.ID)
	if strings.Contains(ana.get(path).Body, deskCanary) {
		t.Fatal("the page shows words that nobody opened")
	}
	a := ana.post(path+"/open", form("arrival", c.Arrivals[0].ID))
	if a.Status != http.StatusOK || !strings.Contains(a.Body, deskCanary+" me duele") || !strings.Contains(a.Body, "Original in Spanish") {
		t.Fatalf("%d", a.Status)
	}
	if got := d.audits.of(audit.RecordOpened); len(got) != 1 || got[0].Record != c.Arrivals[0].ID || got[0].Case != c.ID || got[0].Who != ana.ID || got[0].Clinic != deskClinic {
		t.Errorf("the audit has %+v", got)
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("words may be kept: %q", a.Header.Get("Cache-Control"))
	}
	if d.now(t, c).Unseen != 0 {
		t.Error("what was looked at counts as unseen")
	}
	d.audits.refuse(true)
	for _, f := range []url.Values{form("arrival", "all"), form("arrival", c.Arrivals[0].ID), form("thread", "1")} {
		a := ana.post(path+"/open", f)
		refused(t, a, http.StatusServiceUnavailable, "audit")
		if strings.Contains(a.Body, deskCanary) {
			t.Fatal("words are shown without an audit")
		}
	}
}

func TestAThreadIsOpenedWithItsOwnEntry(t *testing.T) {
	d, ana, c := oneCase(t)
	path := casePath(deskClinic, c.ID)
	if a := ana.post(path+"/open", form("arrival", "nothing-like-this")); a.Status != 422 {
		t.Errorf("an arrival of another case: %d", a.Status)
	}
	_, err := d.inbox.Note(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ana.ID}, store.NewEntryID(), deskCanary+" nota")
	stafftest.Must(t, err)
	_, err = d.inbox.Said(t.Context(), deskClinic, c.ID, store.NewEntryID(), deskCanary+" privado", agent.PriorityRoutine)
	stafftest.Must(t, err)
	d.filed(t, 1, 2)
	a := ana.post(path+"/open", form("thread", "1"))
	if a.Status != 200 || !strings.Contains(a.Body, deskCanary+" nota") || !strings.Contains(a.Body, deskCanary+" privado") || strings.Contains(a.Body, "me duele") {
		t.Errorf("%d", a.Status)
	}
	if len(d.audits.of(audit.ThreadOpened)) != 1 || len(d.audits.of(audit.RecordOpened)) != 0 {
		t.Error("the audit has more or less than was opened")
	}
	if d.now(t, c).Unseen != 2 {
		t.Error("a record that nobody opened counts as seen")
	}
	a = ana.post(path+"/open", form("arrival", "all"))
	if !strings.Contains(a.Body, "me duele") || !strings.Contains(a.Body, deskCanary+" nota") || d.now(t, c).Unseen != 0 {
		t.Error("not all was opened at once")
	}
	if len(d.audits.of(audit.ThreadOpened)) != 2 || len(d.audits.of(audit.RecordOpened)) != 1 {
		t.Error("the audit has more or less than was opened")
	}
}

func TestWhatAnotherHoldsStaysUnseenForThem(t *testing.T) {
	d, ana, c := oneCase(t)
	ben := d.person(t, "Ben Salas", staff.Staff)
	path := casePath(deskClinic, c.ID)
	went(t, ben.post(path+"/claim", nil), "claim")
	if a := ana.post(path+"/open", form("arrival", "all")); a.Status != 200 || d.now(t, c).Unseen != 1 {
		t.Errorf("%d, unseen %d", a.Status, d.now(t, c).Unseen)
	}
	if a := ben.post(path+"/open", form("arrival", "all")); a.Status != 200 || d.now(t, c).Unseen != 0 {
		t.Errorf("%d, unseen %d", a.Status, d.now(t, c).Unseen)
	}
}

func TestTheTailIsToldFromTheTurn(t *testing.T) {
	at := morning
	e := &agent.Escalation{Language: "es", At: at, Messages: []agent.Message{
		{From: agent.Patient, Text: "¿a qué hora abren?", At: at.Add(-time.Hour)},
		{From: agent.Assistant, Text: "A las 8.", At: at.Add(-time.Hour)},
		{From: agent.Staff, Text: "Le llamamos.", At: at.Add(-time.Minute)},
		{From: agent.Patient, Text: "me duele", At: at},
		{From: agent.Patient, Text: "mucho", At: at.Add(time.Second)},
	}}
	all := messagesOf(wordsIn(t, "en", at), e)
	var got []string
	for _, m := range all {
		line := m.Name
		if m.Fresh {
			line += "!"
		}
		got = append(got, line)
	}
	if strings.Join(got, " ") != "Patient Assistant Staff Patient! Patient!" || all[0].Lang != "es" {
		t.Errorf("%v", got)
	}
}

func TestARecordThatDoesNotOpenSaysWhatToDo(t *testing.T) {
	d := newDesk(t)
	d.filing(t)
	ana := d.person(t, "Ana Ruiz", staff.Staff)
	d.tell(t, story{Conversation: 1, BadSeal: true})
	c := d.filed(t, 1, 1)
	path := casePath(deskClinic, c.ID)
	for lang, want := range map[string]string{"en-US": "carries no signature", "es-MX": "No trae una firma"} {
		ana.lang = lang
		if a := ana.get(path); a.Status != 200 || !strings.Contains(a.Body, want) {
			t.Errorf("%d without %q", a.Status, want)
		}
		if a := ana.get("/staff/" + deskClinic); !strings.Contains(a.Body, map[string]string{"en-US": "Cannot be opened", "es-MX": "No se puede abrir"}[lang]) {
			t.Error("the list does not say so")
		}
		a := ana.post(path+"/open", form("arrival", "all"))
		if a.Status != 200 || !strings.Contains(a.Body, want) {
			t.Errorf("opening it: %d", a.Status)
		}
	}
	for _, fault := range []string{store.FaultKey, store.FaultSignature, store.FaultSealed, store.FaultForm, "missing", "new-one"} {
		if text := faultText(wordsIn(t, "es", morning), fault, "K7Q-2MD"); strings.HasPrefix(text, "case.") || len(text) < 40 {
			t.Errorf("%s: %q", fault, text)
		}
	}
}
