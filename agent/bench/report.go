package bench

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// Report is everything that was measured, as it is written to JSON.
type Report struct {
	V          int        `json:"v"`
	At         time.Time  `json:"at"`
	Go         string     `json:"go"`
	Processors int        `json:"processors"`
	Synced     bool       `json:"synced"` // every message was on the disk before it counted
	Throughput Throughput `json:"throughput"`
	Decision   Decision   `json:"decision"`
	Start      Start      `json:"start"`
	Latency    []Latency  `json:"latency"`
	// Model is the latency with a language model of fixed speed for every
	// message. Its rate is below what its slots allow.
	Model  *Model `json:"model,omitempty"`
	Memory Memory `json:"memory"`
}

// NewReport is one of this machine, empty.
func NewReport(now time.Time) Report {
	return Report{V: 1, At: now.UTC(), Go: runtime.Version(), Processors: runtime.NumCPU()}
}

// Text writes r for people, ratios first.
func (r Report) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	p := func(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }
	disk := "messages synced to the disk"
	if !r.Synced {
		disk = "no disk"
	}
	p("%s, %d processors shared by workers, NATS, Redis and the sender, %s", r.Go, r.Processors, disk)
	p("")
	p("worker to null worker\t%.2f\tof its turns a second, %d slots, median of %d rounds A B A B", r.Throughput.Ratio, r.Throughput.Slots, len(r.Throughput.Worker))
	p("  worker\t%s\tturns a second", spread(r.Throughput.Worker))
	p("  null worker\t%s\tturns a second: reads, writes and publishes as much, thinks nothing", spread(r.Throughput.Null))
	if r.Throughput.NullCPU > 0 {
		p("  processor time of a turn\t%s to %s\tin all processes together", short(r.Throughput.WorkerCPU), short(r.Throughput.NullCPU))
	}
	if r.Decision.Took > 0 {
		p("")
		p("decision\t%s\t%d allocations, %.1f kB, on one processor", short(r.Decision.Took), r.Decision.Allocations, float64(r.Decision.Bytes)/1e3)
		for _, s := range r.Decision.Stages {
			p("  %s\t%s", s.Name, short(s.Took))
		}
	}
	if r.Start.Ready > 0 {
		p("")
		p("start\t%s\tfrom the beginning of the process until it is ready, best of %d", short(r.Start.Ready), starts)
		p("  idle\t%.1f MB\tresident, of which %.1f MB are pages of the program's file", float64(r.Start.Idle)/1e6, float64(r.Start.Idle-r.Start.Own)/1e6)
	}
	if len(r.Latency) > 0 {
		p("")
		p("from when a message was due until its reply is in the stream")
		p("  messages/s\tworkers\tp50\tp90\tp99\tmax\twithout a reply")
		for _, l := range r.Latency {
			p("  %d\t%d\t%s\t%s\t%s\t%s\t%d of %d", l.Rate, l.Workers, short(l.P50), short(l.P90), short(l.P99), short(l.Max), l.Unanswered, l.Sent)
		}
	}
	if r.Model != nil {
		p("")
		p("with a language model of %s", short(r.Model.Thinks))
		p("  messages/s\tslots\tp50\tp90\tp99\tmax\twithout a reply")
		l := r.Model.Latency
		p("  %d\t%d\t%s\t%s\t%s\t%s\t%d of %d", l.Rate, r.Model.Slots, short(l.P50), short(l.P90), short(l.P99), short(l.Max), l.Unanswered, l.Sent)
	}
	if r.Memory.Conversations > 0 {
		p("")
		p("memory\t%.1f MB\tfor %d conversations being decided at once", float64(r.Memory.Bytes)/1e6, r.Memory.Conversations)
	}
	return t.Flush()
}

// spread is the median of all and where they lie.
func spread(all []float64) string {
	if len(all) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f (%.0f to %.0f)", median(all), slices.Min(all), slices.Max(all))
}

// short is d with two or three digits that count.
func short(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}} {
		if d >= unit.size {
			v := float64(d) / float64(unit.size)
			return fmt.Sprintf("%.*f %s", max(0, 1-int(math.Log10(v)/2)), v, unit.name)
		}
	}
	return fmt.Sprintf("%d µs", d.Microseconds())
}
