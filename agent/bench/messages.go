package bench

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed messages.txt
var messagesFile string

// Messages are what patients write in a benchmark, in both languages and of
// every disposition: front-desk questions mostly, some about care, an
// emergency now and then.
var Messages = sync.OnceValue(func() []string {
	var all []string
	for line := range strings.Lines(messagesFile) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
})
