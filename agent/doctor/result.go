package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Status is how a check came out.
type Status string

// The statuses.
const (
	OK   Status = "ok"
	Warn Status = "warn" // it works, and somebody should know
	Fail Status = "fail" // it does not work, or is not safe
	Skip Status = "skip" // it could not be looked at; Do says what that takes
)

// Result is one thing that was looked at.
type Result struct {
	Part   string `json:"part"`  // "nats", "redis", "keys", "clinic", "books", "channels", "health", "paging", "web", "llm"
	Check  string `json:"check"` // what was looked at
	Status Status `json:"status"`
	Found  string `json:"found"`
	Do     string `json:"do,omitempty"`
}

// Check looks at one part. It returns when ctx ends at the latest.
type Check func(ctx context.Context) []Result

// Limit bounds one check.
const Limit = 30 * time.Second

// Report is what all checks found, in their order.
type Report struct {
	At      time.Time `json:"at"`
	Results []Result  `json:"results"`
}

// Run makes all checks at the same time.
func Run(ctx context.Context, checks ...Check) Report {
	found := make([]chan []Result, len(checks))
	for i, check := range checks {
		found[i] = make(chan []Result, 1)
		go func() {
			ctx, cancel := context.WithTimeout(ctx, Limit)
			defer cancel()
			found[i] <- check(ctx)
		}()
	}
	r := Report{At: time.Now().UTC()}
	for _, f := range found {
		r.Results = append(r.Results, <-f...)
	}
	return r
}

// Exit is the exit status of a process that made r: 0 where all is well, 1
// with warnings, 2 with failures. What was skipped counts as neither.
func (r Report) Exit() int {
	code := 0
	for _, one := range r.Results {
		switch one.Status {
		case Fail:
			return 2
		case Warn:
			code = 1
		}
	}
	return code
}

// WriteJSON writes r as one JSON object.
func (r Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// WriteText writes r for people: what there is to do first stands out, and
// what is well is one line each.
func (r Report) WriteText(w io.Writer) error {
	var b strings.Builder
	count := map[Status]int{}
	part := ""
	for _, one := range r.Results {
		count[one.Status]++
		if one.Part != part {
			part = one.Part
			fmt.Fprintf(&b, "%s\n", part)
		}
		fmt.Fprintf(&b, "  %-4s  %s: %s\n", one.Status, one.Check, one.Found)
		if one.Do != "" && one.Status != OK {
			fmt.Fprintf(&b, "        -> %s\n", one.Do)
		}
	}
	fmt.Fprintf(&b, "\n%d ok, %d warn, %d fail, %d not looked at\n", count[OK], count[Warn], count[Fail], count[Skip])
	_, err := io.WriteString(w, b.String())
	return err
}

// list collects the results of one part.
type list struct {
	part string
	all  []Result
}

func (l *list) ok(check, found string, args ...any)       { l.add(OK, check, "", found, args...) }
func (l *list) warn(check, do, found string, args ...any) { l.add(Warn, check, do, found, args...) }
func (l *list) fail(check, do, found string, args ...any) { l.add(Fail, check, do, found, args...) }
func (l *list) skip(check, do, found string, args ...any) { l.add(Skip, check, do, found, args...) }

func (l *list) add(s Status, check, do, found string, args ...any) {
	if len(args) > 0 {
		found = fmt.Sprintf(found, args...)
	}
	l.all = append(l.all, Result{l.part, check, s, found, do})
}
