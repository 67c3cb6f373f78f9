package suite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/evals/suite"
)

var known = suite.Known{
	Intents: []string{"hours", "booking", "symptom", "opt_out"},
	Reply:   func(key string) bool { return key == "hours.day" },
	Gate: func(g suite.Gate) error {
		if g.Measure != "phi_missed" {
			return errors.New("no such measure")
		}
		return nil
	},
}

// load reads text as the file with that name.
func load(t *testing.T, name, text string) (*suite.Suite, error) {
	t.Helper()
	return suite.LoadFS(fstest.MapFS{name: {Data: []byte(text)}}, "", name, known)
}

const good = `name: front desk
description: what the desk is asked
now: 2026-12-05 10:00
perturb: [typos, code_switch]
gates:
  - measure: phi_missed
    at_most: 0
    lang: es
cases:
  - id: a
    group: front_desk
    lang: en
    tags: [holidays]
    promises: [P1, P7]
    pair: p1
    text: open today?
    disposition: answer
    also: [human]
    not: [emergency]
    intents: [hours]
    slots: {day: 2026-12-05}
    reply_lang: en
    reply: [hours.day]
    replies: 1
    contains: [Saturday]
    lacks: [closed]
    matches: ['\d p\.m\.|PM']
    staff: false
    max_ms: 50
    max_tokens: 0
  - id: b
    lang: es
    pair: p1
    script:
      - says: [hola, "¿abren hoy?"]
        disposition: answer
        reply_lang: es
      - after: 5m
        owner: Marta
        attachment: image
        disposition: silent
        staff: true
        priority: routine
      - release: true
        says: [ALTO]
        consent: stop
`

func TestASuiteIsReadAsItIsWritten(t *testing.T) {
	s, err := load(t, "front.yaml", good)
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "front desk" || s.Count != 2 || s.File != "front.yaml" || len(s.Hash) != 64 {
		t.Errorf("suite: %q, %d cases, file %q, hash %q", s.Name, s.Count, s.File, s.Hash)
	}
	a, b := s.Cases[0], s.Cases[1]
	if a.Line != 10 || a.Slots["day"] != "2026-12-05" || *a.Replies != 1 || *a.Staff || *a.MaxTokens != 0 || a.Channel != agent.Web {
		t.Errorf("first case: %+v", a)
	}
	if b.Line != 31 || len(b.Script) != 3 || time.Duration(b.Script[1].After) != 5*time.Minute || b.Script[1].Owner != "Marta" ||
		!b.Script[2].Release || b.Script[2].Consent != agent.ConsentStop || b.Script[1].Priority != agent.PriorityRoutine {
		t.Errorf("second case: %+v", b)
	}
	now, err := s.Clock(a, clinic.Sample())
	if err != nil || now.Format("2006-01-02 15:04 MST") != "2026-12-05 10:00 CST" {
		t.Errorf("the clock says %s (%v)", now, err)
	}
}

func TestEveryMistakeIsToldWithItsPlaceAndWhatToDo(t *testing.T) {
	one := func(lines string) string {
		return "cases:\n  - id: a\n    text: hi\n    disposition: answer\n" + lines
	}
	for _, c := range []struct{ name, text, want string }{
		{"an unknown field of the file", "titel: x\n" + one(""), `s.yaml:1: titel: unknown field: there is name`},
		{"an unknown field of a case", one("    reply_language: en\n"), `s.yaml:5: case "a": reply_language: unknown field: did you mean reply_lang?`},
		{"an unknown field of a step", "cases:\n  - id: a\n    script:\n      - says: [hi]\n        disposition: answer\n        repliez: 1\n", `s.yaml:6: case "a": script[0].repliez: unknown field: did you mean replies?`},
		{"a field twice", one("    text: ho\n"), `s.yaml:5: case "a": text: stands here twice: keep one`},
		{"a duplicate id", one("  - id: a\n    text: ho\n    disposition: answer\n"), `s.yaml:5: case "a": id: is taken by line 2: give one of them another`},
		{"no id", "cases:\n  - text: hi\n    disposition: answer\n", `s.yaml:2: has no id: give it one`},
		{"an id that no filter can name", "cases:\n  - id: a b\n    text: hi\n    disposition: answer\n", `s.yaml:2: case "a b": id: holds a space`},
		{"a bad regular expression", one("    matches: ['ok', '(']\n"), `s.yaml:5: case "a": matches[1]: is no regular expression`},
		{"an unknown intent", one("    intents: [hour]\n"), `s.yaml:5: case "a": intents[0]: is "hour": did you mean hours?`},
		{"an unknown disposition", one("    also: [handoff]\n"), `s.yaml:5: case "a": also[0]: is "handoff": there is answer, escalate`},
		{"a disposition accepted and refused", one("    not: [answer]\n"), `s.yaml:5: case "a": not[0]: answer is accepted and refused`},
		{"also without a best", "cases:\n  - id: a\n    text: hi\n    also: [answer]\n    replies: 1\n", `s.yaml:4: case "a": also: stands without disposition`},
		{"an unknown priority", one("    priority: high\n"), `s.yaml:5: case "a": priority: is "high": there is emergency, urgent, routine, request`},
		{"a priority of no record", one("    priority: urgent\n    staff: false\n"), `s.yaml:5: case "a": priority: a record for staff is expected here and ruled out`},
		{"an unknown perturbation", "perturb: [typo]\n" + one(""), `s.yaml:1: perturb[0]: is "typo": did you mean typos?`},
		{"a perturbation twice", "perturb: [typos, typos]\n" + one(""), `s.yaml:1: perturb[1]: stands here twice`},
		{"an unknown measure", "gates:\n  - measure: phi_mised\n    at_most: 0\n" + one(""), `s.yaml:2: gates[0]: no such measure`},
		{"a gate without a target", "gates:\n  - measure: phi_missed\n" + one(""), `s.yaml:2: gates[0]: needs one of at_least and at_most`},
		{"an unknown reply", one("    reply: [hours.days]\n"), `s.yaml:5: case "a": reply[0]: no text has the key "hours.days": locales/en.toml lists them`},
		{"an unknown slot", one("    slots: {date: x}\n"), `s.yaml:5: case "a": slots.date: is "date"`},
		{"an unknown promise", one("    promises: [P10]\n"), `s.yaml:5: case "a": promises[0]: is "P10": write P1 to P9`},
		{"script and text together", one("    script:\n      - says: [hi]\n        replies: 1\n"), `s.yaml:3: case "a": text: stands beside script: put it into the first step's says`},
		{"expectations beside a script", "cases:\n  - id: a\n    disposition: answer\n    script:\n      - says: [hi]\n        replies: 1\n", `s.yaml:2: case "a": has expectations beside script`},
		{"a step that says nothing", "cases:\n  - id: a\n    script:\n      - owner: Marta\n        disposition: silent\n", `s.yaml:4: case "a": script[0]: says nothing`},
		{"a step that takes and hands back", "cases:\n  - id: a\n    script:\n      - owner: Marta\n        release: true\n        says: [hi]\n        replies: 0\n", `s.yaml:4: case "a": script[0]: takes the conversation and hands it back`},
		{"a script that expects nothing", "cases:\n  - id: a\n    script:\n      - says: [hi]\n", `s.yaml:4: case "a": script: expects nothing, so it cannot fail`},
		{"a case that expects nothing", "cases:\n  - id: a\n    text: hi\n", `s.yaml:2: case "a": expects nothing, so it cannot fail`},
		{"neither text nor script", "cases:\n  - id: a\n    disposition: answer\n", `s.yaml:2: case "a": says nothing: give it text, an attachment or a script`},
		{"a pair of one", one("    lang: en\n    pair: p\n"), `s.yaml:2: case "a": pair: "p" has this case alone: add its twin`},
		{"a pair in one language", one("    lang: en\n    pair: p\n  - {id: b, text: ho, disposition: answer, lang: en, pair: p}\n"), `s.yaml:7: case "b": pair: "p" has two cases in en (the other is at line 2)`},
		{"a pair of three", one("    lang: en\n    pair: p\n  - {id: b, text: ho, disposition: answer, lang: es, pair: p}\n  - {id: c, text: ho, disposition: answer, lang: es, pair: p}\n"), `case "b": pair: "p" has 3 cases`},
		{"a pair with a mixed message", one("    lang: en\n    pair: p\n  - {id: b, text: ho, disposition: answer, lang: mixed, pair: p}\n"), `"p" joins en with mixed`},
		{"a pair without a language", one("    pair: p\n"), `s.yaml:5: case "a": pair: has no lang`},
		{"a time that is none", one("    now: tomorrow\n"), `s.yaml:5: case "a": now: "tomorrow" is no time: write it as 2026-12-03 21:00`},
		{"a time span that is none", "cases:\n  - id: a\n    script:\n      - after: 5\n        says: [hi]\n        replies: 1\n", `s.yaml:4: case "a": script[0].after: "5" is no time span: write it as 90s, 5m or 36h`},
		{"a number that is none", one("    replies: two\n"), `s.yaml:5: case "a": replies: must be a whole number`},
		{"a list that is none", one("    intents: hours\n"), `s.yaml:5: case "a": intents: must be a list: write it as [a, b]`},
		{"an empty field", one("    tags:\n"), `s.yaml:5: case "a": tags: is empty`},
		{"an unknown attachment", one("    attachment: photo\n"), `s.yaml:5: case "a": attachment: is "photo"`},
		{"an unknown channel", one("    channel: mail\n"), `s.yaml:5: case "a": channel: is "mail"`},
		{"visits where there is no book", one("    booking: {asks: time}\n"), `s.yaml:5: case "a": booking: there is no appointment book here: set book: true`},
		{"an unknown question", "book: true\n" + one("    booking: {asks: hour}\n"), `s.yaml:6: case "a": booking.asks: is "hour"`},
		{"an unknown field of the visits", "book: true\n" + one("    booking: {visit: []}\n"), `s.yaml:6: case "a": booking.visit: unknown field: did you mean visits?`},
		{"visits of which nothing is expected", "book: true\n" + one("    booking: {}\n"), `s.yaml:6: case "a": booking: expects nothing`},
		{"times on offer and another question", "book: true\n" + one("    booking:\n      offers: 3\n      asks: hold\n"), `s.yaml:8: case "a": booking.asks: is "hold" where times are offered`},
		{"a kept time and another question", "book: true\n" + one("    booking: {held: \"2026-12-01 14:00\", asks: time}\n"), `s.yaml:6: case "a": booking.asks: is "time" where a time is kept`},
		{"no offer and its days", "book: true\n" + one("    booking: {offers: 0, on: [2026-12-01]}\n"), `s.yaml:6: case "a": booking.on: stands beside offers: 0`},
		{"an offer below nothing", "book: true\n" + one("    booking: {offers: -1}\n"), `s.yaml:6: case "a": booking.offers: is negative`},
		{"a day that is none", "book: true\n" + one("    booking: {on: [2026-12-01, 12/2]}\n"), `s.yaml:6: case "a": booking.on[1]: "12/2" is no day: write it as 2026-12-01`},
		{"a visit at no time", "book: true\n" + one("    booking: {visits: [\"2026-12-01 2pm\"]}\n"), `s.yaml:6: case "a": booking.visits[0]: "2026-12-01 2pm" is no time: write it as 2026-12-01 14:00`},
		{"visits out of order", "book: true\n" + one("    booking: {visits: [\"2026-12-02 14:00\", \"2026-12-01 14:00\"]}\n"), `s.yaml:6: case "a": booking.visits: is not in order`},
		{"a kept time that is none", "book: true\n" + one("    booking: {held: tomorrow}\n"), `s.yaml:6: case "a": booking.held: "tomorrow" is no time`},
		{"a tap where nothing was said before", "book: true\ncases:\n  - id: a\n    script:\n      - taps: 1\n        replies: 1\n", `s.yaml:5: case "a": script[0]: nothing was offered before the first step`},
		{"a tap without a book", "cases:\n  - id: a\n    script:\n      - says: [hi]\n      - taps: 1\n        replies: 1\n", `s.yaml:5: case "a": script[1]: taps and taken need an appointment book`},
		{"a tap beside words", "book: true\ncases:\n  - id: a\n    script:\n      - says: [hi]\n      - says: [ho]\n        taps: 1\n        replies: 1\n", `s.yaml:7: case "a": script[1].taps: stands beside says`},
		{"a tap on nothing", "book: true\ncases:\n  - id: a\n    script:\n      - says: [hi]\n      - taps: 0\n        replies: 1\n", `s.yaml:6: case "a": script[1].taps: must be 1 or more`},
		{"a time taken that is none", "book: true\ncases:\n  - id: a\n    script:\n      - says: [hi]\n      - says: [ho]\n        taken: [1, 0]\n        replies: 1\n", `s.yaml:7: case "a": script[1].taken[1]: must be 1 or more`},
		{"YAML that is none", "cases: [\n", `s.yaml:2: not readable as YAML`},
		{"an empty file", "", `s.yaml: holds no case`},
		{"gates of what is only read", "report_only: true\ngates: [{measure: phi_missed, at_most: 0}]\n" + one(""), `s.yaml:1: report_only: stands beside gates`},
		{"a known failure without a reason", one("    known: ' '\n"), `s.yaml:5: case "a": known: is empty: say why the case fails`},
		{"files that are not there", "files: [lines/*.jsonl]\n" + one(""), `s.yaml:1: files[0]: fits no file`},
		{"files of another kind", "files: ['*.csv']\n" + one(""), `s.yaml:1: files[0]: is no pattern of files of JSON lines`},
		{"a clinic that is not there", "clinic: none.yaml\n" + one(""), `s.yaml: clinic: the profile cannot be read`},
	} {
		_, err := load(t, "s.yaml", c.text)
		var p *suite.ProblemsError
		switch {
		case !errors.As(err, &p):
			t.Errorf("%s: the error is %v", c.name, err)
		case !strings.Contains(err.Error(), c.want):
			t.Errorf("%s:\n got %s\nwant %s", c.name, err, c.want)
		case len(p.Problems) != 1:
			t.Errorf("%s: one mistake is told as %d:\n%s", c.name, len(p.Problems), err)
		}
	}
}

func TestMistakesInJSONLinesAreToldWithTheirLine(t *testing.T) {
	ok := `{"id":"a","text":"hi","disposition":"answer","intents":["hours"],"reply_lang":"en"}` + "\n"
	for _, c := range []struct{ name, text, want string }{
		{"an unknown field", ok + `{"id":"b","txt":"hi","disposition":"answer"}`, `s.jsonl:2: case "b": txt: unknown field: did you mean text?`},
		{"no JSON", ok + `{"id":"b",`, `s.jsonl:2: ends in the middle`},
		{"broken JSON", ok + `{"id":"b",,}`, `s.jsonl:2: not readable as JSON at byte 11`},
		{"two objects", ok + `{"id":"b","text":"x","disposition":"answer"} {}`, `s.jsonl:2: case "b": more than one value`},
		{"a wrong type", ok + `{"id":"b","text":"x","intents":"hours"}`, `s.jsonl:2: case "b": intents: is a string and must be a list`},
		{"a duplicate id", ok + "\n" + ok, `s.jsonl:3: case "a": id: is taken by line 1`},
		{"an unknown intent", `{"id":"b","text":"hi","disposition":"answer","intents":["hous"]}`, `s.jsonl:1: case "b": intents[0]: is "hous": did you mean hours?`},
		{"an empty file", "\n\n", `s.jsonl: holds no case`},
	} {
		_, err := load(t, "s.jsonl", c.text)
		var p *suite.ProblemsError
		if !errors.As(err, &p) || !strings.Contains(err.Error(), c.want) || len(p.Problems) != 1 {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

func TestAFileOfManyMistakesIsToldInBounds(t *testing.T) {
	_, err := load(t, "s.jsonl", strings.Repeat("{}\n", 1000))
	var p *suite.ProblemsError
	if !errors.As(err, &p) || len(p.Problems) != 50 || p.More < 950 || !strings.Contains(err.Error(), "more") {
		t.Errorf("%d problems and %d more", len(p.Problems), p.More)
	}
}

func TestAnotherKindOfFileIsRefused(t *testing.T) {
	if _, err := load(t, "s.csv", "a,b"); err == nil || !strings.Contains(err.Error(), ".yaml or .jsonl") {
		t.Errorf("a table was taken: %v", err)
	}
	if _, err := suite.Load(filepath.Join(t.TempDir(), "none.yaml"), known); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestThePlainLabelledLinesRunAsTheyAre(t *testing.T) {
	s, err := load(t, "plain.jsonl", "\ufeff"+`{"id":"a","text":"¿abren hoy?","disposition":"answer","intents":["hours"],"reply_lang":"es","also":["human"],"not":["escalate"]}

{"id":"b","text":"hi","disposition":"answer","intents":["hours"],"reply_lang":"en","also":[],"not":[]}
`)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for c, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID+c.Lang)
	}
	if s.Count != 2 || strings.Join(ids, " ") != "aes ben" || s.Name != "plain" {
		t.Errorf("%d cases: %v", s.Count, ids)
	}
}

func TestTheProfileOfASuiteIsReadFromItsFolder(t *testing.T) {
	dir := t.TempDir()
	profile := strings.Replace(string(clinic.SampleYAML()), "Clínica Buenavista", "Clínica del Lago", 1)
	for name, text := range map[string]string{"clinics/lago.yaml": profile, "suites/s.yaml": "clinic: ../clinics/lago.yaml\ncases:\n  - {id: a, text: hi, disposition: answer}\n"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	first, err := suite.Load(filepath.Join(dir, "suites/s.yaml"), known)
	if err != nil {
		t.Fatal(err)
	}
	p, err := first.Profile()
	if err != nil || p.Name != "Clínica del Lago" {
		t.Errorf("the clinic is %v (%v)", p, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "clinics/lago.yaml"), []byte(profile+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	second, err := suite.Load(filepath.Join(dir, "suites/s.yaml"), known)
	if err != nil || second.Hash == first.Hash {
		t.Errorf("the hash did not change with the profile (%v)", err)
	}
}
