package lag_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/channel/channeltest"
	"recado/agent/telemetry/lag"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func figures(t *testing.T, reader *sdkmetric.ManualReader) map[string]float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	must(t, reader.Collect(t.Context(), &all))
	found := map[string]float64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			for _, p := range m.Data.(metricdata.Gauge[float64]).DataPoints {
				found[m.Name] = p.Value
			}
		}
	}
	return found
}

func TestAWatchTellsHowFarAConsumerIsBehind(t *testing.T) {
	t.Parallel()
	n := channeltest.Start(t)
	reader := sdkmetric.NewManualReader()
	w, err := lag.New(lag.Config{
		JetStream: n.JS, Stream: bus.StreamIn, Consumer: bus.ConsumerWorker, Letters: true, Every: time.Minute,
		Meters: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
	})
	must(t, err)
	if err := w.Ready(); err == nil || !strings.Contains(err.Error(), "yet") {
		t.Errorf("ready before it has asked: %v", err)
	}
	if got := figures(t, reader); len(got) != 0 {
		t.Errorf("figures before it has asked: %v", got)
	}
	w.Look(t.Context())
	must(t, w.Ready())
	if s, _ := w.State(); s != (lag.State{}) {
		t.Errorf("an idle consumer: %+v", s)
	}
	c := agent.Conversation{Clinic: "sol", Channel: agent.Web, ID: "0123456789abcdef"}
	for range 3 {
		_, err := n.JS.Publish(t.Context(), bus.InSubject(c), []byte("{}"))
		must(t, err)
	}
	letter, err := json.Marshal(bus.Dead{ID: "d1"})
	must(t, err)
	_, err = n.JS.Publish(t.Context(), bus.DeadSubject(c), letter)
	must(t, err)
	consumer, err := n.JS.Consumer(t.Context(), bus.StreamIn, bus.ConsumerWorker)
	must(t, err)
	batch, err := consumer.Fetch(2)
	must(t, err)
	var taken []jetstream.Msg
	for msg := range batch.Messages() {
		taken = append(taken, msg)
	}
	must(t, taken[1].DoubleAck(t.Context())) // the first one stays
	w.Look(t.Context())
	s, ok := w.State()
	// The server counts what is pending a moment after it stored it.
	for ctx := channeltest.Context(t); s.Pending != 1 && ctx.Err() == nil; s, ok = w.State() {
		w.Look(ctx)
	}
	if !ok || s.Pending != 1 || s.AckPending != 1 || s.Oldest <= 0 || s.Letters != 1 {
		t.Errorf("state is %+v", s)
	}
	got := figures(t, reader)
	if got["recado.consumer.lag"] != 1 || got["recado.consumer.ack.pending"] != 1 || got["recado.consumer.oldest.age"] <= 0 || got["recado.dead.letters.stored"] != 1 {
		t.Errorf("figures are %v", got)
	}
	must(t, taken[0].DoubleAck(t.Context()))
	w.Look(t.Context())
	if later, _ := w.State(); later.Oldest > s.Oldest && later.Pending != 1 {
		t.Errorf("the oldest is settled, and counts: %+v", later)
	}
}

func TestAWatchIsNotReadyWithoutItsConsumer(t *testing.T) {
	t.Parallel()
	n := channeltest.Start(t)
	w, err := lag.New(lag.Config{JetStream: n.JS, Stream: bus.StreamIn, Consumer: "nobody", Every: time.Minute})
	must(t, err)
	w.Look(t.Context())
	if err := w.Ready(); err == nil || !strings.Contains(err.Error(), "recado streams") {
		t.Errorf("error is %v", err)
	}
}

func TestAnOldAnswerIsNoAnswer(t *testing.T) {
	t.Parallel()
	n := channeltest.Start(t)
	w, err := lag.New(lag.Config{JetStream: n.JS, Stream: bus.StreamIn, Consumer: bus.ConsumerWorker, Every: 20 * time.Millisecond})
	must(t, err)
	w.Look(t.Context())
	late := time.NewTimer(200 * time.Millisecond)
	<-late.C
	if err := w.Ready(); err == nil {
		t.Error("it is ready by what was said long ago")
	}
}
