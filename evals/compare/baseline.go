package compare

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"recado/agent"
	"recado/evals/outcome"
)

// Baseline is one suite under one variant as it was blessed: a file
// <suite>.<variant>.jsonl with a header and a line a case, in order of ids.
// Blessing the same run again writes the same bytes.
type Baseline struct {
	BaselineHeader
	Cases []BaselineCase
}

// BaselineHeader is the first line of a baseline.
type BaselineHeader struct {
	V       int             `json:"v"`
	Suite   string          `json:"suite"`
	Hash    string          `json:"hash"` // of the suite's file
	Variant outcome.Variant `json:"variant"`
	Recado  string          `json:"recado"`
	Model   string          `json:"model"`
	Rules   string          `json:"rules"`
	// Forced are the safety gates that failed when it was blessed all the same,
	// and Reason why.
	Forced []string `json:"forced,omitempty"`
	Reason string   `json:"reason,omitempty"`
}

// BaselineCase is what one case showed, as written.
type BaselineCase struct {
	ID string `json:"id"`
	// Disposition of each turn, a comma apart.
	Disposition string         `json:"disposition"`
	Status      outcome.Status `json:"status"` // of most repeats
	// Words is a hash of what was said and expected: a case that was edited
	// since is compared with nothing.
	Words string `json:"words"`
	// Kept: a turn was left in silence with a record for staff.
	Kept bool `json:"kept,omitempty"`
}

// dispositions of the turns.
func (c BaselineCase) dispositions() []agent.Disposition {
	var out []agent.Disposition
	for _, d := range strings.Split(c.Disposition, ",") {
		out = append(out, agent.Disposition(d))
	}
	return out
}

// words is the hash as baselines hold it.
func words(sum uint64) string { return fmt.Sprintf("%08x", uint32(sum)) }

// LoadBaselines reads every baseline of dir, in order of names. A mistake is
// reported with file and line. A dir without any yields none.
func LoadBaselines(dir fs.FS) ([]Baseline, error) {
	paths, err := fs.Glob(dir, "*.jsonl")
	if err != nil {
		return nil, fmt.Errorf("list baselines: %w", err)
	}
	slices.Sort(paths)
	var out []Baseline
	for _, p := range paths {
		raw, err := fs.ReadFile(dir, p)
		if err != nil {
			return nil, fmt.Errorf("read baseline: %w", err)
		}
		b, err := readBaseline(p, raw)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func readBaseline(path string, raw []byte) (Baseline, error) {
	var b Baseline
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, 1<<20)
	seen := map[string]int{}
	n := 0
	bad := func(what string) (Baseline, error) {
		return Baseline{}, fmt.Errorf("%s:%d: %s: take the file from version control, or bless a run again", path, n, what)
	}
	for lines.Scan() {
		n++
		if n == 1 {
			if err := json.Unmarshal(lines.Bytes(), &b.BaselineHeader); err != nil || b.V == 0 || b.Suite == "" {
				return bad("is no header of a baseline")
			}
			if b.V != Version {
				return bad(fmt.Sprintf("has version %d, and this recado reads %d", b.V, Version))
			}
			continue
		}
		var c BaselineCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil || c.ID == "" || c.Status == "" {
			return bad("is no case of a baseline")
		}
		if at, ok := seen[c.ID]; ok {
			return bad(fmt.Sprintf("case %q is already at line %d", c.ID, at))
		}
		seen[c.ID] = n
		b.Cases = append(b.Cases, c)
	}
	if err := lines.Err(); err != nil {
		return bad(err.Error())
	}
	if n == 0 {
		n = 1
		return bad("is empty")
	}
	return b, nil
}

// bytes is the baseline's file.
func (b Baseline) bytes() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(b.BaselineHeader); err != nil {
		return nil, fmt.Errorf("encode baseline: %w", err)
	}
	for _, c := range b.Cases {
		if err := e.Encode(c); err != nil {
			return nil, fmt.Errorf("encode baseline: %w", err)
		}
	}
	return out.Bytes(), nil
}

// file is the name of the baseline of a suite under a variant.
func file(suite, variant string) string { return slug(suite) + "." + slug(variant) + ".jsonl" }

// slug keeps what every file system can name.
func slug(s string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, s)
	if out == "" {
		return "-"
	}
	return out
}
