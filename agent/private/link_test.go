package private

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/vault"
)

const (
	someClinic = "sunrise"
	someRecord = "t0123456789abcdef0123456789abcdef"
)

func recordOf(clinic, conversation, id string) store.Record {
	return store.Record{Clinic: clinic, Conversation: conversation, ID: id}
}

func tokenOf(t *testing.T, link string) token {
	t.Helper()
	_, text, _ := strings.Cut(link, "#")
	got, ok := parseToken(text)
	if !ok {
		t.Fatalf("%q is no link", link)
	}
	return got
}

func TestALinkIsTheSameEveryTimeAndProvesItsRecordAlone(t *testing.T) {
	l := linksOf(t, vault.NewLinkKey())
	link := l.Link(someClinic, convID(1), someRecord)
	if link != l.Link(someClinic, convID(1), someRecord) || !strings.HasPrefix(link, "https://private.example/p#") {
		t.Fatalf("link is %q", link)
	}
	if len(link) > 80 {
		t.Errorf("link has %d characters: it goes into an SMS", len(link))
	}
	got := tokenOf(t, link)
	if got.record != someRecord || !l.proves(got, recordOf(someClinic, convID(1), someRecord)) {
		t.Errorf("token is of %q", got.record)
	}
	for what, r := range map[string]store.Record{
		"another clinic":       recordOf("sunset", convID(1), someRecord),
		"another conversation": recordOf(someClinic, convID(2), someRecord),
		"another record":       recordOf(someClinic, convID(1), "t0123456789abcdef0123456789abcdee"),
		// the parts of a MAC do not run into each other
		"a shifted border": recordOf(someClinic+convID(1)[:1], convID(1)[1:], someRecord),
	} {
		if l.proves(got, r) {
			t.Errorf("a link proves %s", what)
		}
	}
	if linksOf(t, vault.NewLinkKey()).proves(got, recordOf(someClinic, convID(1), someRecord)) {
		t.Error("a link proves itself with another key")
	}
}

func TestLinksOfAnOlderKeyWorkWhileItIsThere(t *testing.T) {
	before, after := vault.NewLinkKey(), vault.NewLinkKey()
	link := linksOf(t, before).Link(someClinic, convID(1), someRecord)
	r := recordOf(someClinic, convID(1), someRecord)
	if !linksOf(t, after, before).proves(tokenOf(t, link), r) {
		t.Error("a link of the older key does not work")
	}
	if linksOf(t, after).proves(tokenOf(t, link), r) {
		t.Error("a link works whose key is gone")
	}
	if linksOf(t, after, before).Link(someClinic, convID(1), someRecord) == link {
		t.Error("links are made with the older key")
	}
}

func TestOnlyOneSpellingOfATokenIsRead(t *testing.T) {
	link := linksOf(t, vault.NewLinkKey()).Link(someClinic, convID(1), someRecord)
	_, good, _ := strings.Cut(link, "#")
	raw, _ := base64.RawURLEncoding.DecodeString(good)
	upper := append([]byte{'T'}, raw[1:]...)
	for what, text := range map[string]string{
		"empty": "", "short": good[:len(good)-1], "long": good + "A", "spaced": " " + good[1:], "padded": good + "=",
		"other alphabet": strings.Repeat("+", len(good)), "a line break": good[:10] + "\n" + good[11:],
		"another letter": base64.RawURLEncoding.EncodeToString(upper),
	} {
		if _, ok := parseToken(text); ok {
			t.Errorf("%s: read", what)
		}
	}
	for _, id := range []string{"", "t", "x.y", someRecord + "-raw", "T" + someRecord[1:], "t0123456789ABCDEF0123456789ABCDEF", someRecord[1:]} {
		if link := linksOf(t, vault.NewLinkKey()).Link(someClinic, convID(1), id); link != "" {
			t.Errorf("record %q has the link %q", id, link)
		}
	}
}

func TestALinkLivesFromTheLastTimeThatItWasSent(t *testing.T) {
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	r := store.Record{At: at}
	c := inbox.Case{Actions: []inbox.Action{
		{Kind: inbox.DidReply, Key: "staff.call_us", At: at.Add(20 * 24 * time.Hour)},
		{Kind: inbox.DidNote, At: at.Add(21 * 24 * time.Hour)},
	}}
	if got := expires(r, c); !got.Equal(at.Add(LinkAge)) {
		t.Errorf("expires %s", got)
	}
	sent := at.Add(10 * 24 * time.Hour)
	c.Actions = append(c.Actions, inbox.Action{Kind: inbox.DidReply, Key: inbox.KeySeePrivate, At: sent})
	if got := expires(r, c); !got.Equal(sent.Add(LinkAge)) {
		t.Errorf("expires %s although staff sent it on %s", got, sent)
	}
}

func TestAnAddressThatPatientsCannotReachIsRefused(t *testing.T) {
	key, err := vault.ParseLinkKey(vault.NewLinkKey())
	must(t, err)
	for base, fine := range map[string]bool{
		"https://private.example": true, "https://private.example/": true, "http://127.0.0.1:8080": true, "http://localhost:1": true, "http://[::1]:80": true,
		"": false, "private.example": false, "http://private.example": false, "ftp://x": false, "https://private.example/p": false,
		"https://private.example?x": false, "https://a:b@private.example": false, "https://private.example/#x": false,
	} {
		if _, err := NewLinks([]vault.LinkKey{key}, base); (err == nil) != fine {
			t.Errorf("%q: %v", base, err)
		}
	}
	if _, err := NewLinks(nil, "https://private.example"); err == nil {
		t.Error("no key is needed")
	}
}
