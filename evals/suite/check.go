package suite

import (
	"fmt"
	"hash/maphash"
	"regexp"
	"slices"
	"strings"
	"time"

	"recado/agent"
)

// checker holds the cases of one file against the format. Of a case it keeps
// a few dozen bytes, so that files of any length can be checked.
type checker struct {
	known    Known
	problems *problems
	seed     maphash.Seed
	ids      map[uint64]standing
	files    []string // that ids and twins stand in
	book     bool     // the suite has an appointment book
	twins    map[string]twins

	// What follows is about the case that is checked.
	id    string
	line  int
	where map[string]int // lines of its fields
}

// standing is where a case stands: the place of its file, and the line.
type standing struct{ file, line int32 }

// twins are the cases of a pair.
type twins struct {
	n     int
	at    [2]standing
	langs [2]string
	ids   [2]string
}

func newChecker(k Known, p *problems) *checker {
	return &checker{known: k, problems: p, seed: maphash.MakeSeed(), ids: map[uint64]standing{}, twins: map[string]twins{}}
}

// bad reports a mistake in the case at hand, at the line of the field or of
// what holds it.
func (c *checker) bad(field, format string, args ...any) {
	line := c.line
	for f := field; f != ""; {
		if l, ok := c.where[f]; ok {
			line = l
			break
		}
		i := strings.LastIndexAny(f, ".[")
		if i < 0 {
			break
		}
		f = f[:i]
	}
	c.problems.add(line, c.id, field, format, args...)
}

// suite checks what is said of the file as a whole.
func (c *checker) suite(s *Suite, where map[string]int) {
	c.id, c.line, c.where = "", 1, where
	c.book = s.Book
	c.time("now", s.Now)
	if s.ReportOnly && len(s.Gates) > 0 {
		c.bad("report_only", "stands beside gates, which would fail the run: keep one")
	}
	var seen []Perturbation
	for i, p := range s.Perturb {
		field := fmt.Sprintf("perturb[%d]", i)
		oneOf(c, field, p, append(Perturbations(), AsWritten))
		if slices.Contains(seen, p) {
			c.bad(field, "stands here twice: keep one")
		}
		seen = append(seen, p)
	}
	for i, g := range s.Gates {
		field := fmt.Sprintf("gates[%d]", i)
		switch {
		case g.Measure == "":
			c.bad(field, "names no measure: add measure: phi_missed or another that recado eval list --measures names")
		case (g.AtLeast == nil) == (g.AtMost == nil):
			c.bad(field, "needs one of at_least and at_most")
		case c.known.Gate != nil:
			if err := c.known.Gate(g); err != nil {
				c.bad(field, "%s", err)
			}
		}
	}
}

var (
	langs       = []string{"en", "es", "mixed", "other"}
	replyLangs  = []string{"en", "es"}
	channels    = []agent.Channel{agent.WhatsApp, agent.SMS, agent.Web, agent.Terminal}
	attachments = []string{"image", "audio", "video", "document", "sticker"}
	sides       = []agent.From{agent.Patient, agent.Assistant, agent.Staff}
	idForm      = regexp.MustCompile(`^[^\s,=]{1,120}$`)
	promiseForm = regexp.MustCompile(`^P[1-9]$`)
)

// check holds one case against the format. where has the lines of its fields,
// and may be nil.
func (c *checker) check(item Case, where map[string]int) {
	c.id, c.line, c.where = item.ID, item.Line, where
	c.identity(item)
	if item.Lang != "" {
		oneOf(c, "lang", item.Lang, langs)
	}
	oneOf(c, "channel", item.Channel, channels)
	c.time("now", item.Now)
	if item.Known != "" && strings.TrimSpace(item.Known) == "" {
		c.bad("known", "is empty: say why the case fails, or remove it")
	}
	c.words("tags", item.Tags)
	for i, p := range item.Promises {
		if !promiseForm.MatchString(p) {
			c.bad(fmt.Sprintf("promises[%d]", i), "is %q: write P1 to P9", p)
		}
	}
	if item.Script != nil {
		c.script(item)
		return
	}
	c.message(item)
	if item.Expect.empty() {
		c.bad("", "expects nothing, so it cannot fail: set disposition at least")
	}
	c.expect("", item.Expect)
}

func (c *checker) identity(item Case) {
	switch {
	case item.ID == "":
		c.bad("", "has no id: give it one that no other case of the file has")
	case !idForm.MatchString(item.ID):
		c.bad("id", "holds a space, a comma or an equals sign, or is too long: filters could not name it")
	default:
		key := maphash.String(c.seed, item.ID)
		if at, ok := c.ids[key]; ok {
			c.bad("id", "is taken by %s: give one of them another", c.other(at, c.problems.file))
		}
		c.ids[key] = c.here()
	}
	if item.Pair == "" {
		return
	}
	if item.Lang == "" {
		c.bad("pair", "has no lang, which tells the twins apart: set lang to en or es")
		return
	}
	t := c.twins[item.Pair]
	if t.n < len(t.ids) {
		t.at[t.n], t.langs[t.n], t.ids[t.n] = c.here(), item.Lang, item.ID
	}
	t.n++
	c.twins[item.Pair] = t
}

// here is where the case at hand stands.
func (c *checker) here() standing {
	if n := len(c.files); n == 0 || c.files[n-1] != c.problems.file {
		c.files = append(c.files, c.problems.file)
	}
	return standing{int32(len(c.files) - 1), int32(c.line)}
}

// other tells a place to somebody who reads a file.
func (c *checker) other(at standing, file string) string {
	if c.files[at.file] == file {
		return fmt.Sprintf("line %d", at.line)
	}
	return fmt.Sprintf("%s:%d", c.files[at.file], at.line)
}

// pairs reports pairs that are none. It is called after the last case.
func (c *checker) pairs() {
	for name, t := range c.twins {
		bad := func(i int, format string, args ...any) {
			defer c.problems.in(c.problems.in(c.files[t.at[i].file]))
			c.problems.add(int(t.at[i].line), t.ids[i], "pair", "%q "+format, append([]any{name}, args...)...)
		}
		switch {
		case t.n == 1:
			bad(0, "has this case alone: add its twin in the other language, or remove pair")
		case t.n > 2:
			bad(1, "has %d cases: a pair joins one English and one Spanish case", t.n)
		case t.langs[0] == t.langs[1]:
			bad(1, "has two cases in %s (the other is at %s): a pair joins one English and one Spanish case", t.langs[0], c.other(t.at[0], c.files[t.at[1].file]))
		case !slices.Contains(replyLangs, t.langs[0]) || !slices.Contains(replyLangs, t.langs[1]):
			bad(1, "joins %s with %s: a pair joins one English and one Spanish case", t.langs[0], t.langs[1])
		}
	}
}

func (c *checker) message(item Case) {
	if item.Text == "" && item.Attachment == "" {
		c.bad("", "says nothing: give it text, an attachment or a script")
	}
	if item.Attachment != "" {
		oneOf(c, "attachment", item.Attachment, attachments)
	}
	for i, m := range item.History {
		field := fmt.Sprintf("history[%d]", i)
		oneOf(c, field+".from", m.From, sides)
		if m.Text == "" {
			c.bad(field, "has no text: say what was written")
		}
	}
}

func (c *checker) script(item Case) {
	switch {
	case item.Text != "":
		c.bad("text", "stands beside script: put it into the first step's says")
	case item.Attachment != "":
		c.bad("attachment", "stands beside script: put it into a step")
	case item.History != nil:
		c.bad("history", "stands beside script: make it steps without expectations")
	case !item.Expect.empty():
		c.bad("", "has expectations beside script: put them into the steps")
	case len(item.Script) == 0:
		c.bad("script", "has no step")
	}
	asks := false
	for i, s := range item.Script {
		field := fmt.Sprintf("script[%d]", i)
		if len(s.Says) == 0 && s.Attachment == "" && s.Taps == nil {
			c.bad(field, "says nothing: give it says, an attachment or taps; owner and release go with the turn that follows them")
		}
		c.words(field+".says", s.Says)
		c.scene(field, i, s)
		if s.Attachment != "" {
			oneOf(c, field+".attachment", s.Attachment, attachments)
		}
		if s.Owner != "" && s.Release {
			c.bad(field, "takes the conversation and hands it back: keep one of owner and release")
		}
		asks = asks || !s.Expect.empty()
		c.expect(field, s.Expect)
	}
	if len(item.Script) > 0 && !asks {
		c.bad("script", "expects nothing, so it cannot fail: set disposition in one step at least")
	}
}

func (c *checker) time(field, value string) {
	if value == "" {
		return
	}
	if _, err := parseTime(value, time.UTC); err != nil {
		c.bad(field, "%s", err)
	}
}

// words reports texts that are empty.
func (c *checker) words(field string, all []string) {
	for i, w := range all {
		if strings.TrimSpace(w) == "" {
			c.bad(fmt.Sprintf("%s[%d]", field, i), "is empty: fill it in or remove it")
		}
	}
}

func oneOf[T ~string](c *checker, field string, got T, known []T) {
	if slices.Contains(known, got) {
		return
	}
	all := make([]string, len(known))
	for i, k := range known {
		all[i] = string(k)
	}
	c.bad(field, "is %q: %s", string(got), suggest(string(got), all))
}
