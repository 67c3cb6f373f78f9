package flood

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Text writes r for people.
func (r Report) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	fmt.Fprintf(t, "good calls\t%d of %d taken\tp50 %s, p99 %s, longest %s\n", r.Good.Taken, r.Good.Sent, ms(r.Good.P50), ms(r.Good.P99), ms(r.Good.Max))
	for _, k := range r.Kinds {
		var answers []string
		for _, status := range slices.Sorted(maps.Keys(k.Answers)) {
			name := "closed"
			if status != 0 {
				name = fmt.Sprintf("%d %s", status, http.StatusText(status))
			}
			answers = append(answers, fmt.Sprintf("%s: %d", name, k.Answers[status]))
		}
		fmt.Fprintf(t, "%s\t%d\t%s\n", k.Name, k.Sent, strings.Join(answers, ", "))
	}
	return t.Flush()
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }
