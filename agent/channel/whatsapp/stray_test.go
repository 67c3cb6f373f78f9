package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel/channeltest"
	"recado/agent/vault"
)

// shelf is Strays in memory.
type shelf struct {
	mu   sync.Mutex
	kept []Stray
	fail error
}

func (s *shelf) Keep(_ context.Context, stray Stray) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		s.kept = append(s.kept, stray)
	}
	return s.fail
}

func TestSignedMessagesThatAreNoEventAreKept(t *testing.T) {
	const change = `{"entry":[{"changes":[{"field":"messages","value":`
	for name, test := range map[string]struct {
		data   string
		clinic string
		rules  []string
		holds  string // in the last one
	}{
		"an unknown account": {data: string(payload(t, "unknown_account")), rules: []string{RuleNoAccount}, holds: "secret words"},
		"malformed messages": {
			data: string(payload(t, "malformed")), clinic: testClinic,
			rules: []string{RuleNoID, RuleNoID, RuleNoID, RuleNoID, RuleNoID, RuleNoSender}, holds: "who",
		},
		"messages that are no list": {
			data:   change + `{"metadata":{"phone_number_id":"` + testAccount + `"},"messages":{"id":"wamid.1","text":{"body":"alone"}}}}]}]}`,
			clinic: testClinic, rules: []string{RuleForm}, holds: "alone",
		},
		"a change that is no object": {data: change + `"alone"}]}]}`, rules: []string{RuleForm}, holds: "alone"},
		"an entry that is no list":   {data: `{"entry":{"changes":"alone"}}`, rules: []string{RuleForm}, holds: "alone"},
		"an odd contact": {
			data: change + `{"metadata":{"phone_number_id":"` + testAccount + `"},"contacts":7,` +
				`"messages":[{"id":"wamid.1","from":"16505551234","type":"text","text":{"body":"hi"}}]}}]}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, kept := newDesk(t), &shelf{}
			d.handler.(*handler).cfg.Strays = kept
			if code := d.post([]byte(test.data), sign([]byte(test.data))); code != http.StatusOK {
				t.Fatalf("answered %d", code)
			}
			var rules []string
			for _, s := range kept.kept {
				rules = append(rules, s.Rule)
				if s.Clinic != test.clinic || s.At.IsZero() {
					t.Errorf("kept for clinic %q at %s, want %q", s.Clinic, s.At, test.clinic)
				}
			}
			if !slices.Equal(rules, test.rules) {
				t.Fatalf("kept %q, want %q", rules, test.rules)
			}
			if n := len(kept.kept); n > 0 && !strings.Contains(string(kept.kept[n-1].Data), test.holds) {
				t.Errorf("kept %s", kept.kept[n-1].Data)
			}
			if len(rules) == 0 {
				return
			}
			kept.fail = errors.New("no room")
			if code := d.post([]byte(test.data), sign([]byte(test.data))); code != http.StatusServiceUnavailable {
				t.Errorf("answered %d with a stray that is not kept, want 503", code)
			}
		})
	}
}

func TestAStrayIsSealedForStaffOnce(t *testing.T) {
	n := channeltest.Start(t)
	private, err := vault.NewPrivateKey()
	must(t, err)
	signing, err := vault.NewSigningKey()
	must(t, err)
	sealer, err := vault.NewSealer(private.Public(), signing)
	must(t, err)
	opener, err := vault.NewOpener([]vault.PrivateKey{private}, []vault.VerifyKey{signing.Public()})
	must(t, err)
	strays := NewStrays(n.Bus, func(string) *vault.Sealer { return sealer })
	data := []byte(`{"text":{"body":"secret words ` + strings.Repeat("\x01", 2<<20) + `"}}`)
	for i := range 3 { // Meta delivers again
		must(t, strays.Keep(t.Context(), Stray{Channel: agent.WhatsApp, Rule: RuleNoAccount, Data: data, At: time.Now().Add(time.Duration(i) * time.Hour)}))
	}
	stream, err := n.JS.Stream(t.Context(), bus.StreamTurn)
	must(t, err)
	if got := stream.CachedInfo().State.Msgs; got != 3 {
		t.Fatalf("%d messages, want a mark, a dead letter and an escalation", got)
	}
	found := 0
	for seq := stream.CachedInfo().State.FirstSeq; seq <= stream.CachedInfo().State.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		must(t, err)
		if strings.Contains(string(msg.Data), "secret words") {
			t.Errorf("%s shows what was written", msg.Subject)
		}
		switch {
		case strings.HasPrefix(msg.Subject, "recado.dead.unknown."):
			var dead bus.Dead
			must(t, json.Unmarshal(msg.Data, &dead))
			plain, err := opener.Open(dead.Clinic, dead.ID, dead.Envelope)
			must(t, err)
			if !strings.HasPrefix(string(data), string(plain)) || len(plain) != 512<<10 || dead.Reason != bus.ReasonUnknownClinic {
				t.Errorf("dead letter %s of %d bytes, want the first %d of what came", dead.Reason, len(plain), 512<<10)
			}
			found++
		case strings.HasPrefix(msg.Subject, "recado.esc.unknown.urgent."):
			var sealed bus.Escalation
			must(t, json.Unmarshal(msg.Data, &sealed))
			plain, err := opener.Open(sealed.Clinic, sealed.ID, sealed.Envelope)
			must(t, err)
			var opened agent.Escalation
			must(t, json.Unmarshal(plain, &opened))
			if !slices.Equal(opened.Rules, []string{RuleNoAccount}) || !strings.Contains(opened.Messages[0].Text, "secret words") {
				t.Errorf("staff read rules %v", opened.Rules)
			}
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d of a dead letter and an escalation are there", found)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
