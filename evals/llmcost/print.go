package llmcost

import (
	"fmt"
	"io"
	"strings"
)

// Print writes the report for people.
func (r Report) Print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Development set: %d messages. A model is asked where the local path is unsure and no rule spoke.\n", r.Asked.N)
	fmt.Fprintf(&b, "It is not a clinic's day: weigh the groups by what your patients write. 95%% Wilson intervals.\n\n")
	fmt.Fprintf(&b, "%-22s %s\n", "messages that need a call", share(r.Asked))
	for _, part := range []struct {
		name string
		rows []Row
	}{{"by language", r.Languages}, {"by group", r.Groups}} {
		fmt.Fprintf(&b, "\n%s\n", part.name)
		for _, row := range part.rows {
			fmt.Fprintf(&b, "  %-20s %s\n", row.Name, share(row.Asked))
		}
	}
	for _, e := range r.Endpoints {
		e.print(&b)
	}
	if r.Unseen > 0 {
		fmt.Fprintf(&b, "\n%d message(s) are left to the local path: a detector suspects them, and no endpoint is covered.\n", r.Unseen)
	}
	sample := ""
	for _, e := range r.Endpoints {
		if e.Sample && e.Calls > 0 {
			sample = ", at sample prices"
		}
	}
	fmt.Fprintf(&b, "\na thousand messages cost $%.4f%s\n", r.PerThousand(), sample)
	_, err := io.WriteString(out, b.String())
	return err
}

func share(s Share) string {
	i := s.Interval()
	return fmt.Sprintf("%4d of %4d  %5.2f%% [%.2f-%.2f%%]", s.K, s.N, 100*s.Value(), 100*i.Low, 100*i.High)
}

func (e Endpoint) print(b *strings.Builder) {
	fmt.Fprintf(b, "\nendpoint %s (%s, %s): %d call(s)\n", e.Name, e.Model, e.Policy, e.Calls)
	if e.Calls == 0 {
		return
	}
	n := float64(e.Calls)
	s := e.Size
	per := func(total int) float64 { return float64(total) / n }
	fmt.Fprintf(b, "  prompt a call        %6.0f bytes, about %.0f tokens (bytes / 4: an estimate)\n", per(s.PromptBytes), per(s.PromptBytes)/4)
	fmt.Fprintf(b, "  of it alike in all   %6.0f bytes, %.1f%%: the most that a prompt cache can serve\n", per(s.StableBytes), 100*float64(s.StableBytes)/float64(s.PromptBytes))
	fmt.Fprintf(b, "  a stand-in's usage   %6.0f tokens in, %.0f of them cached (%.1f%%), %.0f out\n",
		per(s.PromptTokens), per(s.CachedTokens), 100*float64(s.CachedTokens)/float64(max(s.PromptTokens, 1)), per(s.CompletionTokens))
	prices := "prices of the settings"
	if e.Sample {
		prices = "SAMPLE prices, nobody's offer"
	}
	fmt.Fprintf(b, "  cost                 $%.4f a thousand calls ($%g in, $%g cached, $%g out a million: %s)\n",
		1000*e.Cost/n, e.Price.Input, e.Price.Cached, e.Price.Output, prices)
}
