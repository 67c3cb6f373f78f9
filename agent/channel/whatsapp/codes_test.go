package whatsapp

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent/channel"
	"recado/agent/channel/whatsapp/graphtest"
)

// expected is what each code asks for.
var expected = []struct {
	advice channel.Advice
	scope  channel.Scope
	codes  []int
}{
	{channel.Retry, channel.ScopeNumber, []int{2, 4, 80007, 130429, 131016, 131048, 131057, 133004, 133015}},
	{channel.Retry, channel.ScopePatient, []int{1, 131000, 131056}},
	{channel.Window, channel.ScopePatient, []int{131047}},
	{channel.Stopped, channel.ScopePatient, []int{131050}},
	{channel.GiveUp, channel.ScopePatient, []int{100, 130472, 130497, 131008, 131009, 131021, 131026, 131049, 131051, 131052, 131053,
		132000, 132001, 132005, 132007, 132012, 132015, 132016, 135000}},
	{channel.Repair, channel.ScopeNumber, []int{0, 3, 10, 33, 190, 368, 131005, 131031, 131037, 131042, 131045, 133000, 133005, 133006, 133010}},
	{channel.Repair, channel.ScopePatient, []int{131030}},
}

func TestEveryCodeIsJudgedAlikeInAnAnswerAndInAStatus(t *testing.T) {
	g := graphtest.New()
	defer g.Close()
	s := newSender(t, g)
	d := newDesk(t)
	judged := map[int]bool{}
	for _, want := range expected {
		for _, code := range want.codes {
			judged[code] = true
			g.Script(func(int, graphtest.Call) graphtest.Answer {
				return graphtest.Answer{Status: http.StatusBadRequest, Body: fmt.Sprintf(`{"error":{"code":%d,"message":"x","error_data":{"details":"y"}}}`, code)}
			})
			var refused *channel.SendError
			_, err := s.Send(t.Context(), channel.Message{ID: "t", To: to, Text: "x"})
			if !errors.As(err, &refused) || refused.Advice != want.advice || refused.Scope != want.scope || refused.Code != code || refused.Reason == "" {
				t.Errorf("an answer with %d: %+v (%v), want %s of %q", code, refused, err, want.advice, want.scope)
			}
			d.statuses = nil
			data := failedStatus(t, code, "y")
			if answer := d.post(data, sign(data)); answer != http.StatusOK || len(d.statuses) != 1 {
				t.Fatalf("a status with %d: answered %d, %d statuses", code, answer, len(d.statuses))
			}
			got := d.statuses[0]
			if got.State != channel.Failed || got.Code != code || got.Account != testAccount || got.Refusal == nil || refused != nil && *got.Refusal != *refused {
				t.Errorf("a status with %d: %+v %+v, want %+v", code, got, got.Refusal, refused)
			}
			if code == 131056 && got.Refusal.After != 6*time.Second {
				t.Errorf("code 131056 waits %s, want 6s", got.Refusal.After)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(meanings)) {
		if !judged[code] {
			t.Errorf("no test says what %d asks for", code)
		}
	}
}

func TestACodeThatIsNotKnownIsJudgedByItsStatusAndChangesNoPace(t *testing.T) {
	d := newDesk(t)
	data := failedStatus(t, 424242, "")
	if d.post(data, sign(data)); len(d.statuses) != 1 || d.statuses[0].Code != 424242 || d.statuses[0].Refusal != nil {
		t.Errorf("%+v", d.statuses)
	}
}

func TestOfDetailsNothingIsKeptButTheNameOfAParameter(t *testing.T) {
	for details, want := range map[string]string{
		"": "a parameter's value is not valid",
		"Button title length invalid. Min length: 1, Max length: 20": "a parameter's value is not valid (button)",
		"Recipient 16505551234 is wrong about my ear infection":      "a parameter's value is not valid (recipient)",
		"my ear infection": "a parameter's value is not valid",
	} {
		var e channel.SendError
		judge(&e, 131009, details)
		if e.Reason != want {
			t.Errorf("%q: %q, want %q", details, e.Reason, want)
		}
	}
	var e channel.SendError
	if judge(&e, 131026, "recipient"); strings.Contains(e.Reason, "(") {
		t.Errorf("%q", e.Reason)
	}
}

// failedStatus is a notification that a message failed with a code.
func failedStatus(t *testing.T, code int, details string) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{"changes": []any{map[string]any{
		"field": "messages", "value": map[string]any{
			"metadata": map[string]any{"phone_number_id": testAccount},
			"statuses": []any{map[string]any{
				"id": "wamid.out", "status": "failed", "timestamp": "1749416383", "recipient_id": "16505551234", "biz_opaque_callback_data": "t01",
				"errors": []any{map[string]any{"code": code, "title": "x", "error_data": map[string]any{"details": details}}},
			}},
		},
	}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}
