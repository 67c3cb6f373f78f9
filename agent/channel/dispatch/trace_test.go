package dispatch_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel"
	"recado/agent/channel/channeltest"
	"recado/agent/channel/dispatch"
	"recado/agent/clinic"
	"recado/agent/session"
	"recado/agent/telemetry/red"
	"recado/agent/vault"
	"recado/agent/worker"
)

// tracedDecider answers, and no more.
type tracedDecider struct{}

func (tracedDecider) Decide(_ context.Context, t agent.Turn) (agent.Decision, error) {
	return agent.Decision{
		V: agent.Version, Disposition: agent.Answer, Session: t.Session, Assessment: agent.Assessment{Language: "en", ReplyLanguage: "en"},
		Replies: []agent.Reply{{Key: "hours", Language: "en", Text: "kanarienvogel"}},
	}, nil
}

func (tracedDecider) EmergencyOnReceipt(agent.Event, *clinic.Profile, time.Time) (agent.Decision, bool) {
	return agent.Decision{}, false
}

func (tracedDecider) Fallback(agent.Turn) agent.Decision { return agent.Decision{} }

func (tracedDecider) Profile(string) (*clinic.Profile, error)                   { return clinic.Sample(), nil }
func (tracedDecider) Sealer(string) (*vault.Sealer, bool)                       { return nil, false }
func (tracedDecider) Stopped(context.Context, agent.Conversation) (bool, error) { return false, nil }

// tracedSender tells of what was sent.
type tracedSender chan channel.Message

func (s tracedSender) Send(_ context.Context, m channel.Message) (string, error) {
	s <- m
	return "wamid.1", nil
}

func TestATraceRunsFromTheWebhookOverTheWorkerToTheSendAndHoldsNothingOfThePatient(t *testing.T) {
	t.Parallel()
	n := channeltest.Start(t)
	kept := tracetest.NewInMemoryExporter()
	traces := sdktrace.NewTracerProvider(sdktrace.WithSyncer(kept))
	operations, err := red.New(nil)
	fatal(t, err)
	box, err := vault.ParseBox(vault.NewBoxKey())
	fatal(t, err)
	private, err := vault.NewPrivateKey()
	fatal(t, err)
	signing, err := vault.NewSigningKey()
	fatal(t, err)
	operator, err := vault.NewSealer(private.Public(), signing)
	fatal(t, err)

	client := redis.NewClient(session.Options(miniredis.RunT(t).Addr()))
	t.Cleanup(func() { client.Close() })
	w, err := worker.New(worker.Config{
		Bus: n.Bus, Store: session.NewRedis(client, box, 0), Decider: tracedDecider{}, Profiles: tracedDecider{}, Sealers: tracedDecider{}, Operator: operator, Tracers: traces,
	})
	fatal(t, err)
	fatal(t, w.Start(t.Context()))
	sent := make(tracedSender, 1)
	deliveries, err := dispatch.OpenDeliveries(t.Context(), n.JS, nil)
	fatal(t, err)
	d, err := dispatch.New(dispatch.Config{
		JetStream: n.JS, Senders: map[agent.Channel]channel.Sender{agent.WhatsApp: sent}, Deliveries: deliveries, Consent: tracedDecider{}, Box: box, Tracers: traces,
	})
	fatal(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()

	e := agent.Event{
		V: agent.Version, ID: "wamid.kanarienvogel", Clinic: clinic.Sample().ID, Channel: agent.WhatsApp, Conversation: "0123456789abcdef",
		At: time.Now().UTC(), Kind: agent.KindText, Text: "kanarienvogel",
	}
	e.ReplyTo, err = channel.Address{Phone: "17135550142"}.Seal(box, e.Of())
	fatal(t, err)
	webhook := red.HTTP{
		Part: red.Gateway, Operations: operations, Tracer: traces.Tracer(red.Scope),
		Route: func(*http.Request) string { return "webhook" }, Traced: func(string) bool { return true },
	}.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := bus.PublishEvent(r.Context(), n.JS, e); err != nil {
			t.Error(err)
		}
	}))
	r := httptest.NewRequest(http.MethodPost, "/webhooks/whatsapp?kanarienvogel", strings.NewReader("kanarienvogel"))
	// Whoever calls does not choose our traces.
	r.Header.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	webhook.ServeHTTP(httptest.NewRecorder(), r)
	select {
	case <-sent:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing is sent")
	}
	fatal(t, w.Stop(context.WithoutCancel(t.Context())))
	stop()
	fatal(t, <-ended)

	spans := map[string]tracetest.SpanStub{}
	for _, s := range kept.GetSpans() {
		spans[s.Name] = s
	}
	chain := []string{"gateway webhook", "worker turn", "gateway send"}
	for i, name := range chain {
		s, ok := spans[name]
		if !ok {
			t.Fatalf("there is no span %q among %d", name, len(spans))
		}
		if i == 0 {
			if s.Parent.IsValid() || s.SpanContext.TraceID().String() == "4bf92f3577b34da6a3ce929d0e0e4736" {
				t.Error("a caller chose the trace")
			}
			continue
		}
		before := spans[chain[i-1]]
		if s.Parent.SpanID() != before.SpanContext.SpanID() || s.SpanContext.TraceID() != before.SpanContext.TraceID() {
			t.Errorf("%s is no child of %s", name, chain[i-1])
		}
	}
	all, err := json.Marshal(kept.GetSpans())
	fatal(t, err)
	for _, secret := range []string{"kanarienvogel", "0123456789abcdef", "17135550142", clinic.Sample().ID, "/webhooks"} {
		if strings.Contains(string(all), secret) {
			t.Errorf("spans hold %q", secret)
		}
	}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
