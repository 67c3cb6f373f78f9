package soak

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"recado/agent/soak/check"
	"recado/agent/soak/fault"
)

// Report is what a run found.
type Report struct {
	Seed     uint64        `json:"seed"`
	During   time.Duration `json:"during"`
	Patients int           `json:"patients"`
	Each     int           `json:"messages_each"`
	Cluster  bool          `json:"cluster"`
	Took     time.Duration `json:"took"` // with the time until all had come to rest

	Messages   map[check.Sort]int `json:"messages"`
	Turns      int                `json:"turns"`
	Replies    int                `json:"replies"`
	Received   int                `json:"received"`
	Withheld   int                `json:"withheld"` // replies to patients who had opted out meanwhile
	Again      int                `json:"again"`    // replies that took more than one call to the channel
	Notices    int                `json:"notices"`
	Dead       int                `json:"dead"`
	Filed      int                `json:"filed"`
	Restarts   int                `json:"restarts"` // of processes that ended by themselves
	Emergency  Times              `json:"emergency"`
	Dark       Times              `json:"emergency_redis_down"`
	Rows       []Row              `json:"faults"`
	Violations []check.Violation  `json:"violations"`

	// Dir holds the logs; empty where they were removed.
	Dir string `json:"dir,omitempty"`
}

// Times are how long answers took.
type Times struct {
	Count   int           `json:"count"`
	Median  time.Duration `json:"median"`
	Slowest time.Duration `json:"slowest"`
}

// Row is one kind of fault with the violations around it.
type Row struct {
	Kind   fault.Kind          `json:"kind"`
	Count  int                 `json:"count"`
	Broken map[check.Class]int `json:"violations"`
}

func newReport(cfg Config, l *check.Log, took time.Duration) *Report {
	r := &Report{
		Seed: cfg.Seed, During: cfg.During, Patients: cfg.Patients, Each: cfg.Messages, Cluster: cfg.Cluster, Took: took,
		Messages: map[check.Sort]int{}, Turns: len(l.Turns), Replies: len(l.Replies), Received: len(l.Received),
		Notices: len(l.Notices), Dead: len(l.Dead), Filed: len(l.Inbox), Restarts: len(l.Ends), Violations: check.Check(*l),
	}
	for _, m := range l.Messages {
		r.Messages[m.Sort]++
	}
	for _, d := range l.Deliveries {
		if d.State == "withheld" {
			r.Withheld++
		}
		if d.Attempts > 1 {
			r.Again++
		}
	}
	var all, dark []time.Duration
	for _, e := range l.EmergencyTimes() {
		if e.Answered.IsZero() {
			continue
		}
		all = append(all, e.Took())
		if e.Dark {
			dark = append(dark, e.Took())
		}
	}
	r.Emergency, r.Dark = timesOf(all), timesOf(dark)
	count := map[fault.Kind]int{}
	for _, f := range l.Faults {
		count[f.Kind]++
	}
	for _, kind := range slices.Sorted(maps.Keys(count)) {
		r.Rows = append(r.Rows, Row{Kind: kind, Count: count[kind], Broken: classes(r.Violations, kind)})
	}
	return r
}

func timesOf(all []time.Duration) Times {
	if len(all) == 0 {
		return Times{}
	}
	slices.Sort(all)
	return Times{Count: len(all), Median: all[len(all)/2], Slowest: all[len(all)-1]}
}

// classes counts the violations around a kind; around any where kind is empty.
func classes(all []check.Violation, kind fault.Kind) map[check.Class]int {
	count := map[check.Class]int{}
	for _, v := range all {
		if kind == "" || slices.Contains(v.Faults, kind) {
			count[v.Class]++
		}
	}
	return count
}

// Text writes the report for people.
func (r *Report) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, count any, broken map[check.Class]int) {
		fmt.Fprintf(t, "%s\t%v\t", name, count)
		for _, class := range check.Classes() {
			fmt.Fprintf(t, "%d\t", broken[class])
		}
		fmt.Fprintln(t)
	}
	fmt.Fprint(t, "fault\tcount\t")
	total := 0
	for _, class := range check.Classes() {
		fmt.Fprintf(t, "%s\t", class)
	}
	fmt.Fprintln(t)
	for _, line := range r.Rows {
		row(string(line.Kind), line.Count, line.Broken)
		total += line.Count
	}
	none := slices.DeleteFunc(slices.Clone(r.Violations), func(v check.Violation) bool { return len(v.Faults) > 0 })
	row("around none", "", classes(none, ""))
	row("all", total, classes(r.Violations, ""))
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err := io.WriteString(w, r.summary())
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// mostShown is how many violations are printed.
const mostShown = 20

func (r *Report) summary() string {
	var b strings.Builder
	n := 0
	var sorts []string
	for _, s := range slices.SortedFunc(maps.Keys(r.Messages), func(a, b check.Sort) int { return cmp.Compare(r.Messages[b], r.Messages[a]) }) {
		n += r.Messages[s]
		sorts = append(sorts, fmt.Sprintf("%s %d", s, r.Messages[s]))
	}
	fmt.Fprintf(&b, "\n%d messages (%s) in %s: %d turns, %d replies, %d received, %d withheld after an opt-out, %d sent again\n",
		n, strings.Join(sorts, ", "), r.Took.Round(100*time.Millisecond), r.Turns, r.Replies, r.Received, r.Withheld, r.Again)
	fmt.Fprintf(&b, "for staff: %d notices and %d dead letters, %d records filed; %d processes ended by themselves and were started again\n",
		r.Notices, r.Dead, r.Filed, r.Restarts)
	fmt.Fprintf(&b, "emergencies answered: %d, median %s, slowest %s; with Redis broken: %d, median %s, slowest %s\n",
		r.Emergency.Count, short(r.Emergency.Median), short(r.Emergency.Slowest), r.Dark.Count, short(r.Dark.Median), short(r.Dark.Slowest))
	if r.Cluster {
		b.WriteString("\npromised:\n")
		for _, line := range r.Rows {
			if p := line.Kind.Promise(); p != "" {
				fmt.Fprintf(&b, "  %s: %s\n", line.Kind, p)
			}
		}
		fmt.Fprintf(&b, "not promised: %s\n", fault.NotPromised)
	}
	if len(r.Violations) > 0 {
		fmt.Fprintf(&b, "\n%d violations:\n", len(r.Violations))
	}
	for i, v := range r.Violations {
		if i == mostShown {
			fmt.Fprintf(&b, "  and %d more: they are in the file of --json\n", len(r.Violations)-i)
			break
		}
		fmt.Fprintf(&b, "  %s\n", v)
	}
	if r.Dir != "" {
		fmt.Fprintf(&b, "\nwhat happened, with times: %s/soak.log, and a log of each process beside it\n", r.Dir)
	}
	cluster := ""
	if r.Cluster {
		cluster = " --cluster"
	}
	fmt.Fprintf(&b, "again: recado soak%s --seed %d --duration %s --patients %d --messages %d\n", cluster, r.Seed, r.During, r.Patients, r.Each)
	return b.String()
}

func short(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }
