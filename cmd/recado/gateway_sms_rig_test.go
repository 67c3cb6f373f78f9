package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"recado/agent/bus"
	"recado/agent/channel/sms"
	"recado/agent/channel/sms/twiliotest"
)

const (
	smsAccount = "AC0123456789abcdef0123456789abcdef"
	smsToken   = "twilio end to end token"
	smsClinic  = "+17135550100"
)

// texting is a worker and a gateway with an SMS number, on NATS and Redis with
// the users of the compose file.
type texting struct {
	base   string
	twilio *twiliotest.Server
	admin  *nats.Conn
	output *safeBuffer
}

// startTexting starts them; more are further flags of the gateway.
func startTexting(t *testing.T, more ...string) *texting {
	t.Helper()
	return startTextingFor(t, sampleProfile(t), more...)
}

// startTextingFor is startTexting for the clinic of a profile.
func startTextingFor(t *testing.T, profile string, more ...string) *texting {
	t.Helper()
	env := composeEnv(t)
	at := startComposeNATS(t, env)
	r := &texting{admin: as(t, at, "admin", bus.RoleProvision, env), output: &safeBuffer{}}
	js, err := openJetStream(r.admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bus.Provision(t.Context(), js, bus.Layout{}); err != nil {
		t.Fatal(err)
	}
	keys, err := newDevKeys()
	if err != nil {
		t.Fatal(err)
	}
	errOut, errIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(r.output, errOut)
	address := freeAddress(t)
	r.base = "http://" + address
	r.twilio = twiliotest.New(twiliotest.Config{Token: smsToken, Number: smsClinic, Webhook: r.base + smsPath, Deliver: true})
	t.Cleanup(r.twilio.Close)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 2)
	start := func(args ...string) {
		go func() { ended <- run(ctx, args, streams{os.Stdin, errIn, errIn}) }()
	}
	t.Cleanup(func() {
		stop()
		for range 2 {
			select {
			case code := <-ended:
				if code != 0 {
					t.Errorf("a process ended with code %d:\n%s", code, r.output)
				}
			case <-time.After(patience):
				t.Error("a process does not stop")
			}
		}
		errIn.Close()
	})
	start("worker", "--clinic", profile, "--health", freeAddress(t), "--nats-url", at, "--nats-user", "worker", "--nats-password", env["NATS_WORKER_PASSWORD"],
		"--redis-address", redisAddress(t), "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing, "--session-key", keys.Session)
	start(append([]string{"gateway", "--clinic", profile, "--health", freeAddress(t), "--nats-url", at, "--nats-user", "gateway", "--nats-password", env["NATS_GATEWAY_PASSWORD"], "--listen", address,
		"--address-key", keys.Address, "--seal-public-key", keys.Public, "--seal-signing-key", keys.Signing,
		"--sms-account-sid", smsAccount, "--sms-auth-token", "another," + smsToken, "--sms-number", smsClinic, "--sms-public-url", r.base + "/", "--sms-rate", "100", "--sms-base-url", r.twilio.URL()}, more...)...)
	waitServing(t, r.base+"/livez")
	return r
}

// deliver posts one message as Twilio does and returns the answer.
func (r *texting) deliver(t *testing.T, form url.Values, token string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.base+smsPath, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("X-Twilio-Signature", sms.Sign(token, r.base+smsPath, form))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// say writes from a phone.
func (r *texting) say(t *testing.T, phone, text string) {
	t.Helper()
	if _, err := r.twilio.Write(t.Context(), phone, text); err != nil {
		t.Fatalf("%q is not taken in: %v\n%s", text, err, r.output)
	}
}

// hear returns the last message on a phone once it has n.
func (r *texting) hear(t *testing.T, phone string, n int) twiliotest.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	all, err := r.twilio.WaitPhone(ctx, phone, n)
	if err != nil || len(all) != n {
		t.Fatalf("%v; the phone shows:\n%s\n%s", err, transcript(all), r.output)
	}
	return all[n-1]
}

func transcript(all []twiliotest.Message) string {
	var b strings.Builder
	for _, m := range all {
		fmt.Fprintf(&b, "  mine=%v %s: %s\n", m.Mine, m.By, m.Text)
	}
	return b.String()
}

// stored returns what a stream holds, as a server's operator could read it.
func (r *texting) stored(t *testing.T, stream string) (subjects []string, data [][]byte) {
	t.Helper()
	var info struct {
		State struct{ First_Seq, Last_Seq uint64 }
	}
	ask := func(subject string, with []byte, into any) {
		msg, err := r.admin.RequestWithContext(t.Context(), subject, with)
		if err != nil {
			t.Fatalf("%s: %v", subject, err)
		}
		if err := json.Unmarshal(msg.Data, into); err != nil {
			t.Fatal(err)
		}
	}
	ask("$JS.API.STREAM.INFO."+stream, nil, &info)
	for seq := max(info.State.First_Seq, 1); seq <= info.State.Last_Seq; seq++ {
		var got struct {
			Message struct{ Subject, Data, Hdrs string }
		}
		ask("$JS.API.STREAM.MSG.GET."+stream, fmt.Appendf(nil, `{"seq":%d}`, seq), &got)
		raw, err := base64.StdEncoding.DecodeString(got.Message.Data)
		if err != nil {
			t.Fatal(err)
		}
		headers, err := base64.StdEncoding.DecodeString(got.Message.Hdrs)
		if err != nil {
			t.Fatal(err)
		}
		subjects, data = append(subjects, got.Message.Subject), append(data, append(raw, headers...))
	}
	return subjects, data
}

func (r *texting) escalations(t *testing.T) (n int) {
	t.Helper()
	subjects, _ := r.stored(t, bus.StreamTurn)
	for _, s := range subjects {
		if strings.HasPrefix(s, "recado.esc.") {
			n++
		}
	}
	return n
}

func (r *texting) waitCalls(t *testing.T, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if calls, err := r.twilio.WaitCalls(ctx, n); err != nil {
		t.Fatalf("%d calls: %v\n%s", len(calls), err, r.output)
	}
}

func (r *texting) waitEscalations(t *testing.T, n int) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for r.escalations(t) < n {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d escalations, want %d\n%s", r.escalations(t), n, r.output)
		}
	}
}
