package standin_test

import (
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/guard"
	"recado/agent/llm"
	"recado/agent/llm/standin"
	"recado/intents"
)

// The agent and the model take long to read: they are read once.
var (
	shippedAgent = sync.OnceValues(func() (*agent.Agent, error) { return agent.New() })
	shippedModel = sync.OnceValues(intents.ShippedModel)
)

var (
	sample  = clinic.Sample()
	evening = time.Date(2026, time.December, 3, 21, 0, 0, 0, sample.Zone) // a Thursday, the clinic has closed
)

func setup(t *testing.T) standin.Run {
	t.Helper()
	a, err := shippedAgent()
	if err != nil {
		t.Fatal(err)
	}
	m, err := shippedModel()
	if err != nil {
		t.Fatal(err)
	}
	return standin.Run{
		Agent: a, Clinic: sample, Now: evening,
		Messages: standin.Messages(), StandIn: standin.Config{Intents: m.Intents, Seed: 1},
	}
}

func run(t *testing.T, r standin.Run) standin.Report {
	t.Helper()
	report, err := standin.RunAdversarial(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range report.Breaches {
		t.Error(b)
	}
	return report
}

// hesitant makes an agent that is sure of no answer, so that a model is asked
// about every message that no detector speaks against.
func hesitant(a *agent.Agent) *agent.Agent {
	t := a.Thresholds()
	t.AnswerSafe = 1.1
	return a.With(agent.WithThresholds(t))
}

func TestNoPromiseBreaksUnderAnyStandIn(t *testing.T) {
	r := setup(t)
	run(t, r)
	r.Agent = hesitant(r.Agent)
	report := run(t, r)
	for _, kind := range standin.Kinds() {
		if report.Asked[kind] < 20 {
			t.Errorf("%s was asked about %d messages: too few to show anything", kind, report.Asked[kind])
		}
	}
	if report.Changed[standin.NoRisk] == 0 || report.Changed[standin.Raises] == 0 {
		t.Errorf("the stand-ins changed nothing (%v): they may not take part", report.Changed)
	}
	for _, kind := range []standin.Kind{standin.Never, standin.RateLimited, standin.ServerError, standin.Malformed, standin.Truncated, standin.Refusal, standin.Disconnect} {
		if n := report.Changed[kind]; n > 0 {
			t.Errorf("%s changed %d decisions: the local one must stand", kind, n)
		}
	}
}

func TestNoPromiseBreaksWhenTheStandInsAnswerOverHTTP(t *testing.T) {
	for _, policy := range []llm.Policy{llm.Masked, llm.Covered} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			r.Agent = hesitant(r.Agent)
			r.Messages = append(r.Messages, every(t, func(_ int, w written) bool { return unsettled(w) })...)
			r.Messages = asked(t, r, 4)
			r.Patience = 5 * time.Second
			served := map[standin.Kind]*standin.StandIn{}
			r.Build = func(kind standin.Kind) (agent.Understander, error) {
				c := r.StandIn
				c.Kind = kind
				s := standin.New(c)
				served[kind] = s
				server := httptest.NewServer(s)
				t.Cleanup(server.Close)
				return llm.New(llm.Config{
					Model: "m", BaseURL: server.URL + "/v1", Policy: policy,
					Timeout: time.Second, TurnTimeout: 2 * time.Second, MaxAttempts: 2, BreakAfter: 3, Intents: r.StandIn.Intents,
				})
			}
			run(t, r)
			local := r.Agent.Local()
			for kind, s := range served {
				requests := s.Requests()
				if len(requests) == 0 {
					t.Errorf("%s was sent nothing", kind)
				}
				if policy == llm.Covered {
					continue
				}
				for _, req := range requests {
					i := slices.IndexFunc(r.Messages, func(m standin.Message) bool { return m.Text == req.Text() })
					if i < 0 {
						continue // masked
					}
					d, err := local.Decide(t.Context(), turn(r, r.Messages[i]))
					if err != nil {
						t.Fatal(err)
					}
					if d.Risk > guard.None || d.Disposition == agent.Escalate || d.Disposition == agent.Emergency {
						t.Errorf("%s: the flagged message %s left under masked", kind, r.Messages[i].ID)
					}
				}
			}
		})
	}
}

func turn(r standin.Run, m standin.Message) agent.Turn {
	s := m.Session
	s.V = agent.Version
	e := agent.Event{V: agent.Version, ID: m.ID, Clinic: r.Clinic.ID, Channel: agent.Web, Conversation: "standin0", At: r.Now, Kind: agent.KindText, Text: m.Text}
	if m.Attachment != "" {
		e.Kind, e.Attachment = agent.KindAttachment, m.Attachment
	}
	return agent.Turn{Clinic: r.Clinic, Now: r.Now, Session: s, Events: []agent.Event{e}}
}

// asked picks messages of three sorts, n of each: those that a model is asked
// about, those that only a covered one is, and those that none is.
func asked(t *testing.T, r standin.Run, n int) []standin.Message {
	t.Helper()
	have := map[string]int{}
	var out []standin.Message
	for _, m := range r.Messages {
		probe := standin.New(standin.Config{Kind: standin.NoRisk})
		if _, err := r.Agent.With(agent.WithLLM(probe)).Decide(t.Context(), turn(r, m)); err != nil {
			t.Fatal(err)
		}
		sort := "none"
		if q := probe.Queries(); len(q) > 0 && q[0].Flagged {
			sort = "covered"
		} else if len(q) > 0 {
			sort = "any"
		}
		if have[sort]++; have[sort] <= n {
			out = append(out, m)
		}
	}
	if len(have) != 3 {
		t.Fatalf("the messages are of the sorts %v: three are needed", have)
	}
	return out
}
