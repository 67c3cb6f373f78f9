package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"recado/agent/bus"
	"recado/agent/channel/whatsapp/graphtest"
	"recado/agent/clinic"
	"recado/agent/flood"
	"recado/agent/soak/process"
)

type floodCommand struct {
	During  time.Duration `default:"10s" help:"How long the flood lasts."`
	Rate    int           `default:"50" help:"Good calls a second, which are timed."`
	Senders int           `default:"2" help:"Senders of each kind of bad call, each as fast as it is answered."`
	Slow    int           `default:"250" help:"Clients of each slow kind."`
	JSON    string        `name:"json" type:"path" help:"File for the figures as JSON." placeholder:"FILE"`
}

// Help says what is attacked.
func (floodCommand) Help() string {
	return `Starts a NATS server and a gateway as processes on this machine, and sends to
its WhatsApp webhook what anybody on the internet can: forged signatures,
malformed JSON, bodies of 10 MB, clients that trickle, bytes that are no HTTP.
Beside it good calls go at a fixed rate. Prints what became of each, and how
much memory the gateway took at most. Senders and gateway share the processors.`
}

// floodReport is what recado flood writes.
type floodReport struct {
	flood.Report
	PeakBytes int64 `json:"gateway_peak_bytes"` // resident, at most; 0 where the system does not tell
}

// Run floods and prints.
func (c floodCommand) Run(ctx context.Context, std streams) error {
	report, err := c.flood(ctx)
	if err != nil {
		return err
	}
	if c.JSON != "" {
		data, err := json.MarshalIndent(report, "", "  ")
		if err == nil {
			err = os.WriteFile(c.JSON, append(data, '\n'), 0o644)
		}
		if err != nil {
			return fmt.Errorf("write --json: %w", err)
		}
	}
	if err := report.Text(std.out); err != nil {
		return err
	}
	if report.PeakBytes > 0 {
		fmt.Fprintf(std.out, "\ngateway: %.0f MB of memory at most\n", float64(report.PeakBytes)/1e6)
	}
	return nil
}

const floodNumber, floodSecret = "555000222", "flood secret"

func (c floodCommand) flood(ctx context.Context) (floodReport, error) {
	s := &servers{}
	var err error
	if s.dir, err = os.MkdirTemp("", "recado-flood-"); err != nil {
		return floodReport{}, fmt.Errorf("make a folder for the run's files: %w", err)
	}
	defer s.stop()
	if err := s.startNATS(ctx, true); err != nil {
		return floodReport{}, err
	}
	if err := provisionAt(ctx, s.nats); err != nil {
		return floodReport{}, err
	}
	graph := graphtest.New()
	defer graph.Close()
	gateway, url, err := startFloodedGateway(ctx, s, graph.URL())
	if err != nil {
		return floodReport{}, err
	}
	defer gateway.Kill() //nolint:errcheck // it may have ended
	var report floodReport
	report.Report, err = flood.Run(ctx, flood.Config{
		URL: url, Good: floodMessage, Sign: floodSignature, During: c.During, Rate: c.Rate, Senders: c.Senders, Slow: c.Slow,
	})
	if err != nil {
		return floodReport{}, err
	}
	report.PeakBytes = peakMemory(gateway.PID())
	if ended, err := gateway.Stop(drainLimit); err != nil || !ended {
		return floodReport{}, fmt.Errorf("the gateway did not end in order after the flood: %w", err)
	}
	return report, nil
}

// provisionAt makes streams and buckets on a server without users.
func provisionAt(ctx context.Context, url string) error {
	nc, err := natsFlags{NATSURL: url}.connect(ctx, bus.RoleProvision)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := openJetStream(nc)
	if err != nil {
		return err
	}
	_, err = bus.Provision(ctx, js, bus.Layout{Replicas: 1})
	return err
}

func startFloodedGateway(ctx context.Context, s *servers, graph string) (*process.Process, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("find this program: %w", err)
	}
	keys, err := newDevKeys()
	if err != nil {
		return nil, "", err
	}
	profile := filepath.Join(s.dir, "clinic.yaml")
	if err := os.WriteFile(profile, clinic.SampleYAML(), 0o600); err != nil {
		return nil, "", fmt.Errorf("write the clinic's profile: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("find a port for the gateway: %w", err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, "", fmt.Errorf("find a port for the gateway: %w", err)
	}
	p, err := process.Start(process.Spec{
		Name: "gateway", Path: self, Args: []string{"gateway"}, Log: filepath.Join(s.dir, "gateway.log"),
		Env: append(soakEnvironment(), "RECADO_NATS_URL="+s.nats, "RECADO_CLINIC="+profile, "RECADO_LISTEN="+address,
			"RECADO_ADDRESS_KEY="+keys.Address, "RECADO_SEAL_PUBLIC_KEY="+keys.Public, "RECADO_SEAL_SIGNING_KEY="+keys.Signing,
			"RECADO_WHATSAPP_NUMBER_ID="+floodNumber, "RECADO_WHATSAPP_APP_SECRET="+floodSecret, "RECADO_WHATSAPP_TOKEN=token",
			"RECADO_WHATSAPP_VERIFY_TOKEN=verify", "RECADO_WHATSAPP_BASE_URL="+graph),
	})
	if err != nil {
		return nil, "", err
	}
	base := "http://" + address
	for begun := time.Now(); time.Since(begun) < gatewayStart; {
		if answer, err := http.Get(base + "/chat"); err == nil {
			answer.Body.Close()
			return p, base + "/webhooks/whatsapp", nil
		}
		select {
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
			continue
		}
		break
	}
	if err == nil {
		err = fmt.Errorf("it does not serve after %s", gatewayStart)
	}
	return nil, "", fmt.Errorf("start the gateway: %w", joinKilled(p, err))
}

// gatewayStart is how long a gateway may take to serve.
const gatewayStart = 20 * time.Second

func joinKilled(p *process.Process, err error) error {
	if killed := p.Kill(); killed != nil {
		return fmt.Errorf("%w (and it could not be ended: %w)", err, killed)
	}
	return err
}

// floodMessage is a notification of one message, each of another patient.
func floodMessage(n int) []byte {
	from := strconv.Itoa(17135500000 + n)
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",` +
		`"metadata":{"display_phone_number":"17135550100","phone_number_id":"` + floodNumber + `"},"contacts":[{"profile":{"name":"P"},"wa_id":"` + from + `"}],` +
		`"messages":[{"from":"` + from + `","id":"wamid.flood.` + strconv.Itoa(n) + `","timestamp":"` + strconv.FormatInt(time.Now().Unix(), 10) + `","type":"text","text":{"body":"¿a qué hora abren?"}}]}}]}]}`)
}

func floodSignature(body []byte) (header, value string) {
	mac := hmac.New(sha256.New, []byte(floodSecret))
	mac.Write(body)
	return "X-Hub-Signature-256", "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// peakMemory is the most that a process had resident, in bytes, where Linux
// tells; else 0.
func peakMemory(pid int) int64 {
	file, err := os.Open("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10
		}
	}
	return 0
}
