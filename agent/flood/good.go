package flood

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// goodWait is how long a good call may take before it counts as lost; Meta
// gives a webhook about as much.
const goodWait = 10 * time.Second

// prober sends good calls.
type prober struct {
	cfg    Config
	client *http.Client
}

func newProber(cfg Config) *prober {
	return &prober{cfg, &http.Client{Timeout: goodWait, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

// run sends at the configured rate until ctx ends, then waits for the answers.
func (p *prober) run(ctx context.Context) Good {
	var (
		mu    sync.Mutex
		took  []time.Duration
		good  Good
		calls sync.WaitGroup
	)
	tick := time.Second / time.Duration(p.cfg.Rate)
	begun := time.Now()
	for n := 1; ; n++ {
		due := begun.Add(time.Duration(n) * tick)
		timer := time.NewTimer(time.Until(due))
		select {
		case <-ctx.Done():
			timer.Stop()
			calls.Wait()
			good.P50, good.P99, good.Max = percentile(took, 0.5), percentile(took, 0.99), percentile(took, 1)
			return good
		case <-timer.C:
		}
		good.Sent++
		calls.Go(func() {
			// what was sent is waited for, also past the end
			status, err := p.send(context.WithoutCancel(ctx), n)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(due))
			if err == nil && status == http.StatusOK {
				good.Taken++
			}
		})
	}
}

func (p *prober) send(ctx context.Context, n int) (int, error) {
	body := p.cfg.Good(n)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	name, value := p.cfg.Sign(body)
	r.Header.Set(name, value)
	answer, err := p.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}
