package private

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func doorConfig() *Config {
	return &Config{CodeAge: 10 * time.Minute, CodesAnHour: 5, CodePause: 30 * time.Second, Retries: 2, LockTime: time.Hour}
}

func TestADoorNeverForgivesMoreThanItShould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg, d, now := doorConfig(), door{}, time.Unix(1_800_000_000, 0)
		var misses, sent []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "seconds")) * time.Second)
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				if at := d.next(cfg, now); at.After(now) {
					continue
				}
				d, sent = d.send(cfg, sentCode{At: now}), append(sent, now)
			case 1:
				if len(d.codes(cfg, now)) == 0 {
					continue
				}
				d, misses = d.miss(cfg, now), append(misses, now)
			case 2:
				if len(d.codes(cfg, now)) > 0 {
					d, misses = d.pass(), nil
				}
			}
			if n := within(misses, now, cfg.LockTime); n > cfg.Retries+1 {
				t.Fatalf("%d wrong tries in an hour", n)
			}
			if n := within(sent, now, time.Hour); n > cfg.CodesAnHour {
				t.Fatalf("%d codes in an hour", n)
			}
			if d.shut(now) && (len(d.codes(cfg, now)) > 0 || d.next(cfg, now).Before(d.Locked)) {
				t.Fatal("a locked door has codes")
			}
			if n := len(d.codes(cfg, now)); n > maxCodes {
				t.Fatalf("%d codes work", n)
			}
		}
	})
}

func within(times []time.Time, now time.Time, d time.Duration) int {
	n := 0
	for _, at := range times {
		if now.Sub(at) < d {
			n++
		}
	}
	return n
}
