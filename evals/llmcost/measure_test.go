package llmcost

import (
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/llm"
	"recado/evals/suite"
)

var shared = sync.OnceValues(func() (*agent.Agent, error) { return agent.New() })

// hesitant is sure of no answer, so that a model is asked about every message
// that no detector speaks against.
func hesitant(t *testing.T) *agent.Agent {
	t.Helper()
	a, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	thresholds := a.Thresholds()
	thresholds.AnswerSafe = 1.1
	return a.With(agent.WithThresholds(thresholds))
}

func cases(t *testing.T) *suite.Suite {
	t.Helper()
	const lines = `{"id":"1","lang":"en","group":"desk","text":"what time do you close tomorrow","disposition":"answer"}
{"id":"2","lang":"es","group":"desk","text":"a qué hora cierran mañana","disposition":"answer"}
{"id":"3","lang":"en","group":"desk","text":"what time do you open on friday","disposition":"answer"}
{"id":"4","lang":"en","group":"danger","text":"my dad has crushing chest pain","disposition":"emergency"}
{"id":"5","lang":"es","group":"photo","attachment":"image","disposition":"escalate"}
`
	s, err := suite.LoadFS(fstest.MapFS{"five.jsonl": {Data: []byte(lines)}}, "", "five.jsonl", suite.Known{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func measure(t *testing.T, model llm.Config) Report {
	t.Helper()
	r, err := Measure(t.Context(), Config{Agent: hesitant(t), Clinic: clinic.Sample(), Suite: cases(t), Model: model})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// nobody fails for every request.
type nobody struct{ t *testing.T }

func (n nobody) RoundTrip(*http.Request) (*http.Response, error) {
	n.t.Error("somebody was asked")
	return nil, http.ErrServerClosed
}

func TestTheShareOfCallsIsCountedByLanguageAndGroup(t *testing.T) {
	r := measure(t, llm.Config{Model: "m", BaseURL: "http://nowhere.invalid", Transport: nobody{t}, ConversationCalls: 1, DailyTokens: 9000})
	if r.Asked != (Share{3, 5}) || r.Unseen != 0 {
		t.Errorf("asked %v, %d unseen", r.Asked, r.Unseen)
	}
	want := []Row{{"en", Share{2, 3}}, {"es", Share{1, 2}}}
	if len(r.Languages) != 2 || r.Languages[0] != want[0] || r.Languages[1] != want[1] {
		t.Errorf("by language %v", r.Languages)
	}
	if len(r.Groups) != 3 || r.Groups[1] != (Row{"desk", Share{3, 3}}) || r.Groups[2].Asked.K != 0 {
		t.Errorf("by group %v", r.Groups)
	}
}

func TestACallsSizeAndCostAreThoseOfTheRequests(t *testing.T) {
	price := llm.Price{Input: 1, Cached: 0.1, Output: 10}
	r := measure(t, llm.Config{Endpoints: []llm.Endpoint{{Name: "e", Model: "m", Price: price}}})
	e := r.Endpoints[0]
	if e.Calls != 3 || e.Sample || e.Policy != llm.Masked {
		t.Fatalf("%+v", e)
	}
	s := e.Size
	if s.PromptBytes < 3*15_000 || s.StableBytes > s.PromptBytes || float64(s.StableBytes) < 0.95*float64(s.PromptBytes) {
		t.Errorf("%d bytes, %d of them stable", s.PromptBytes, s.StableBytes)
	}
	if diff := s.PromptTokens - s.PromptBytes/4; diff < 0 || diff > 3 {
		t.Errorf("%d tokens for %d bytes", s.PromptTokens, s.PromptBytes)
	}
	if share := float64(s.CachedTokens) / float64(s.PromptTokens); share < 0.55 || share > 2.0/3 {
		t.Errorf("%.2f is cached: the second and the third call nearly all", share)
	}
	want := (float64(s.PromptTokens-s.CachedTokens)*1 + float64(s.CachedTokens)*0.1 + float64(s.CompletionTokens)*10) / 1e6
	if math.Abs(e.Cost-want) > 1e-12 || math.Abs(r.PerThousand()-200*want) > 1e-9 {
		t.Errorf("cost %v, %v a thousand messages; want %v", e.Cost, r.PerThousand(), want)
	}
}

func TestAMessageGoesToTheFirstEndpointThatMaySeeIt(t *testing.T) {
	both := measure(t, llm.Config{Endpoints: []llm.Endpoint{{Name: "a", Model: "m"}, {Name: "b", Model: "n", Policy: llm.Covered}}})
	if both.Endpoints[0].Calls != 3 || both.Endpoints[1].Calls != 0 || !both.Endpoints[0].Sample {
		t.Errorf("%+v", both.Endpoints)
	}
	var out strings.Builder
	if err := both.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3 of    5", "SAMPLE prices", "an estimate", "by language", "a thousand messages cost $", "at sample prices", "endpoint b (n, covered): 0 call(s)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
	if _, err := Measure(t.Context(), Config{Agent: hesitant(t), Clinic: clinic.Sample(), Suite: cases(t), Model: llm.Config{Endpoints: []llm.Endpoint{{Name: "a"}}}}); err == nil {
		t.Error("an endpoint without a model is accepted")
	}
}
