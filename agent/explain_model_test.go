package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/guard"
)

// model is a language model that says what a test wants.
type model struct {
	said  agent.Understanding
	err   error
	calls int
	last  agent.Query
}

func (m *model) Understand(_ context.Context, q agent.Query) (agent.Understanding, error) {
	m.calls++
	m.last = q
	return m.said, m.err
}

// refusal is an error that tells its kind, as a client's do.
type refusal string

func (r refusal) Error() string  { return "language model: " + string(r) }
func (r refusal) Reason() string { return string(r) }

func names(risk guard.Risk, name string, confidence float64) agent.Understanding {
	return agent.Understanding{
		Language: "en", Risk: risk, Intents: []agent.Intent{{Name: name, Confidence: confidence}}, Prompt: "00ff",
		Served: agent.Served{Endpoint: "own", Model: "m", Attempts: 1, Took: 812 * time.Millisecond, PromptTokens: 4800, CachedTokens: 4600, CompletionTokens: 40},
	}
}

// hesitant is sure of no answer, so that a model is asked about every message
// that no detector speaks against.
func hesitant(t *testing.T) *agent.Agent {
	a := newAgent(t)
	thresholds := a.Thresholds()
	thresholds.AnswerSafe = 1.1
	return a.With(agent.WithThresholds(thresholds))
}

func TestWhatTheModelSaidAndWhatWasMadeOfItIsTold(t *testing.T) {
	const closing = "what time do you close tomorrow"
	for name, c := range map[string]struct {
		text string
		said agent.Understanding
		err  error
		made agent.Made
		why  string
		want agent.Disposition
	}{
		"sure of hours":       {closing, names(guard.None, "hours", 0.9), nil, agent.MadeEarned, "sure of hours", agent.Answer},
		"off topic":           {"is there a lot of traffic on the 10?", names(guard.None, "off_topic", 0.9), nil, agent.MadeEarned, "sure of off_topic", agent.Decline},
		"danger":              {closing, names(guard.Emergency, "hours", 0.9), nil, agent.MadeRaised, "sees danger", agent.Emergency},
		"an intent of danger": {closing, names(guard.None, "poisoning", 0.9), nil, agent.MadeRaised, "poisoning, an intent of danger", agent.Emergency},
		"care":                {closing, names(guard.Escalate, "hours", 0.9), nil, agent.MadeRaised, "care touched", agent.Escalate},
		"an intent of care":   {closing, names(guard.None, "results", 0.9), nil, agent.MadeRaised, "results, an intent of care", agent.Escalate},
		"a complaint":         {closing, names(guard.None, "complaint", 0.9), nil, agent.MadeSorted, "staff get the message", agent.Human},
		"hardly sure":         {closing, names(guard.None, "hours", 0.1), nil, agent.MadeIgnored, "is not sure enough of hours: 0.10", agent.Human},
		"a surprise":          {closing, names(guard.None, "parking", 1), nil, agent.MadeIgnored, "the classifier gives parking 0.0", agent.Human},
		"of somebody":         {"what time do you close tomorrow for my husband", names(guard.None, "hours", 1), nil, agent.MadeIgnored, "somebody in particular", agent.Human},
		"an unknown intent":   {closing, names(guard.None, "weather", 1), nil, agent.MadeIgnored, "no intent that exists", agent.Human},
		"no answer":           {closing, agent.Understanding{Prompt: "00ff", Served: agent.Served{Endpoint: "own", Attempts: 2}}, refusal("timeout"), agent.MadeFailed, "no answer that can be used", agent.Human},
		"nothing sent":        {closing, agent.Understanding{}, refusal("budget"), agent.MadeNothing, "nothing was sent", agent.Human},
		"an error of no kind": {closing, agent.Understanding{Served: agent.Served{Attempts: 1}}, errors.New("broken"), agent.MadeFailed, "no answer that can be used", agent.Human},
	} {
		m := &model{said: c.said, err: c.err}
		a := hesitant(t).With(agent.WithLLM(m))
		d, x, err := a.DecideExplained(t.Context(), say(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if m.calls != 1 {
			t.Fatalf("%s: asked %d times for one decision (%s by %s)", name, m.calls, d.Disposition, d.Rule)
		}
		if x.Model.Made != c.made || !strings.Contains(x.Model.Why, c.why) || d.Disposition != c.want || !x.Model.Asked {
			t.Errorf("%s: %s by %s, made %s: %q; want %s, %s: %q", name, d.Disposition, d.Rule, x.Model.Made, x.Model.Why, c.want, c.made, c.why)
		}
		wantOutcome := "ok"
		var kind refusal
		if errors.As(c.err, &kind) {
			wantOutcome = string(kind)
		} else if c.err != nil {
			wantOutcome = "failed"
		}
		if x.Model.Outcome != wantOutcome || (c.err != nil) != (x.Model.Error != "") {
			t.Errorf("%s: outcome %q, error %q", name, x.Model.Outcome, x.Model.Error)
		}
		if c.err == nil && (x.Model.Endpoint != "own" || x.Model.Micros != 812000 || x.Model.PromptTokens != 4800 || x.Model.CachedTokens != 4600 ||
			x.Model.CompletionTokens != 40 || len(x.Model.Intents) != 1 || x.Model.Prompt != "00ff" || d.Prompt != "00ff") {
			t.Errorf("%s: %+v", name, x.Model)
		}
		plain, err := hesitant(t).With(agent.WithLLM(&model{said: c.said, err: c.err})).Decide(t.Context(), say(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(plain, d) {
			t.Errorf("%s: explained it is decided otherwise:\n%+v\n%+v", name, d, plain)
		}
	}
}

func TestWhyAModelWasNotAskedIsTold(t *testing.T) {
	photo, reaction := say(""), say("")
	photo.Events[0].Kind, photo.Events[0].Attachment = agent.KindAttachment, "image"
	reaction.Events[0].Kind = agent.KindReaction
	owned := say("do you take Medicaid?")
	owned.Session.Owner = "nurse"
	for name, c := range map[string]struct {
		turn agent.Turn
		why  string
	}{
		"sure":       {say("do you take Medicaid?"), "the local path is sure (policy.answer)"},
		"a rule":     {say("my dad has chest pain"), "a rule spoke"},
		"attachment": {photo, "attachment"},
		"no words":   {say("🙏"), "no words"},
		"a reaction": {reaction, "nothing in it that wants a reply"},
		"staff":      {owned, "silent.owner"},
	} {
		m := &model{said: names(guard.None, "hours", 1)}
		d, x, err := newAgent(t).With(agent.WithLLM(m)).DecideExplained(t.Context(), c.turn)
		if err != nil {
			t.Fatal(err)
		}
		if m.calls != 0 || x.Model == nil || x.Model.Asked || x.Model.Made != agent.MadeNothing || !strings.Contains(x.Model.Why, c.why) {
			t.Errorf("%s: asked %d times (%s), %+v; want %q", name, m.calls, d.Rule, x.Model, c.why)
		}
	}
	_, x, err := newAgent(t).DecideExplained(t.Context(), say("hello"))
	if err != nil || !strings.Contains(x.Model.Why, "no language model takes part") || len(x.Words) == 0 {
		t.Errorf("%+v, %v", x.Model, err)
	}
	if x := newAgent(t).Explain(say("hello")); x.Model != nil {
		t.Errorf("what was not decided tells of a model: %+v", x.Model)
	}
}

func TestAModelIsToldWhoseMessageItIsForItsBudgetsAlone(t *testing.T) {
	m := &model{said: names(guard.None, "hours", 1)}
	turn := say("what time do you close tomorrow")
	if _, err := hesitant(t).With(agent.WithLLM(m)).Decide(t.Context(), turn); err != nil {
		t.Fatal(err)
	}
	if m.last.Conversation != turn.Events[0].Of().String() || len(m.last.Services) == 0 || len(m.last.Plans) == 0 {
		t.Errorf("asked %+v", m.last)
	}
	other := turn.Events[0].Of()
	other.ID = "other"
	if other.String() == m.last.Conversation {
		t.Error("two conversations are told alike")
	}
}

func TestAnExplanationWritesItsModelAsFields(t *testing.T) {
	m := &model{said: names(guard.None, "hours", 0.9)}
	_, x, err := hesitant(t).With(agent.WithLLM(m)).DecideExplained(t.Context(), say("what time do you close tomorrow"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"made":"earned"`, `"outcome":"ok"`, `"risk":"none"`, `"endpoint":"own"`, `"micros":812000`, `"cached_tokens":4600`, `"prompt":"00ff"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is missing in %s", want, raw)
		}
	}
}
