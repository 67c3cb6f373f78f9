package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/language"
)

func TestAFilterIsItsAddress(t *testing.T) {
	for query, want := range map[string]string{
		"":                                     "",
		"state=open&state=resolved":            "state=open&state=resolved",
		"state=resolved&state=open&state=open": "state=open&state=resolved",
		"priority=urgent&language=es&channel=sms": "channel=sms&language=es&priority=urgent",
		"late=1&held=me&reason=symptom&page=3":    "held=me&late=1&page=3&reason=symptom",
		"late=yes&held=eve&page=-1&page=x":        "",
		"state=gone&priority=<script>&reason=<b>": "",
		"reason=" + strings.Repeat("a", 65):       "",
		"page=99999999999999999999&done=claim":    "",
		"reason=symptom%27%3E&channel=fax":        "",
	} {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f := readFilter(v)
		if got := f.values().Encode(); got != want {
			t.Errorf("%q is read as %q, want %q", query, got, want)
		}
		again, _ := url.ParseQuery(f.values().Encode())
		if got := readFilter(again).values().Encode(); got != want {
			t.Errorf("%q is read twice as %q", query, got)
		}
	}
}

func TestAFilterChoosesByReasonAndHolder(t *testing.T) {
	cases := map[string]inbox.Case{
		"open symptom":    {Clinic: "sun", State: inbox.Open, Rules: []string{"es.symptom.duele"}, Intents: []string{"symptom"}, Language: language.Spanish},
		"mine medication": {Clinic: "sun", State: inbox.Claimed, Owner: "ana", Intents: []string{"medication"}, Language: language.English},
		"bens emergency":  {Clinic: "sun", State: inbox.Claimed, Owner: "ben", Rules: []string{"corazon.pecho"}, Round: inbox.Round{Priority: agent.PriorityEmergency}},
		"resolved":        {Clinic: "sun", State: inbox.Resolved, Intents: []string{"symptom"}},
		"elsewhere":       {Clinic: "moon", State: inbox.Open, Intents: []string{"symptom"}},
	}
	for query, want := range map[string]string{
		"":                              "bens emergency, mine medication, open symptom",
		"held=me":                       "mine medication",
		"held=nobody":                   "open symptom",
		"reason=symptom":                "open symptom",
		"reason=symptom&state=resolved": "resolved",
		"reason=heart":                  "bens emergency",
		"priority=emergency":            "bens emergency",
		"language=es&language=en":       "mine medication, open symptom",
		"state=claimed":                 "bens emergency, mine medication",
	} {
		v, _ := url.ParseQuery(query)
		f := readFilter(v)
		q := f.query("sun", "ana")
		var got []string
		for _, name := range []string{"bens emergency", "elsewhere", "mine medication", "open symptom", "resolved"} {
			if c := cases[name]; f.chooses(&q, &c, morning) {
				got = append(got, name)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q chooses %v, want %s", query, got, want)
		}
	}
}

func TestViewsAreKeptForOnePersonAndReadWithCare(t *testing.T) {
	v, ok := cleanView("  My\tmorning \u0007 "+strings.Repeat("x", 60), "late=1&page=4&done=claim&evil=<script>")
	if !ok || v.Query != "late=1" || len([]rune(v.Name)) > longestView || strings.ContainsAny(v.Name, "\t\u0007") {
		t.Errorf("%+v %v", v, ok)
	}
	if _, ok := cleanView(" \n ", "late=1"); ok {
		t.Error("a view without a name is kept")
	}
	if viewsCookie("ana") == viewsCookie("ben") {
		t.Error("two people share views")
	}
	r := httptest.NewRequest("GET", "/staff/sun", nil)
	for _, junk := range []string{"!!", "bm90IGpzb24", "e30"} {
		r.Header.Del("Cookie")
		r.AddCookie(&http.Cookie{Name: viewsCookie("ana"), Value: junk})
		if got := savedViews(r, "ana"); got != nil {
			t.Errorf("%q is read as %+v", junk, got)
		}
	}
}
