package show_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"recado/agent"
	"recado/evals/outcome"
	"recado/evals/show"
)

type junitXML struct {
	XMLName  xml.Name `xml:"testsuites"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Suites   []struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Time     string `xml:"time,attr"`
		Cases    []struct {
			Class   string    `xml:"classname,attr"`
			Name    string    `xml:"name,attr"`
			File    string    `xml:"file,attr"`
			Line    int       `xml:"line,attr"`
			Time    string    `xml:"time,attr"`
			Failure *junitWhy `xml:"failure"`
			Error   *junitWhy `xml:"error"`
			Skip    *junitWhy `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

type junitWhy struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func readJUnit(t *testing.T, r show.Report, o show.Options) junitXML {
	t.Helper()
	var x junitXML
	d := xml.NewDecoder(strings.NewReader(write(t, "junit", r, o)))
	d.Strict = true
	if err := d.Decode(&x); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestJUnitCountsWhatItHolds(t *testing.T) {
	mixed := plainRun()
	for i := range mixed.outcomes { // suites that take turns
		k := (i * 7) % len(mixed.outcomes)
		mixed.outcomes[i], mixed.outcomes[k] = mixed.outcomes[k], mixed.outcomes[i]
	}
	for name, m := range map[string]*made{"in order": plainRun(), "mixed": mixed, "hostile": hostileRun(), "known": knownRun()} {
		x := readJUnit(t, m.report(), show.Options{ShowText: true})
		tests, failures, errs, skipped := 0, 0, 0, 0
		outcomes := 0
		suites := map[string]bool{}
		for _, s := range x.Suites {
			if suites[s.Name] {
				t.Errorf("%s: suite %s comes twice", name, s.Name)
			}
			suites[s.Name] = true
			f, e, sk := 0, 0, 0
			names := map[string]bool{}
			for _, c := range s.Cases {
				if c.Name == "" || c.Class == "" || c.Time == "" {
					t.Errorf("%s: a test case of %s lacks its name, class or time", name, s.Name)
				}
				if names[c.Class+c.Name] {
					t.Errorf("%s: %s %s comes twice", name, c.Class, c.Name)
				}
				names[c.Class+c.Name] = true
				for n, why := range map[*int]*junitWhy{&f: c.Failure, &e: c.Error, &sk: c.Skip} {
					if why != nil {
						*n++
						if why.Message == "" {
							t.Errorf("%s: %s does not say why", name, c.Name)
						}
					}
				}
			}
			if s.Tests != len(s.Cases) || s.Failures != f || s.Errors != e || s.Skipped != sk {
				t.Errorf("%s: %s says %d %d %d %d and holds %d %d %d %d", name, s.Name, s.Tests, s.Failures, s.Errors, s.Skipped, len(s.Cases), f, e, sk)
			}
			tests, failures, errs, skipped = tests+s.Tests, failures+s.Failures, errs+s.Errors, skipped+s.Skipped
			if s.Name != "gates" {
				outcomes += s.Tests
			}
		}
		if x.Tests != tests || x.Failures != failures || x.Errors != errs || x.Skipped != skipped || outcomes != len(m.outcomes) {
			t.Errorf("%s: the whole says %d %d %d %d, its suites %d %d %d %d, and there are %d outcomes", name, x.Tests, x.Failures, x.Errors, x.Skipped, tests, failures, errs, skipped, len(m.outcomes))
		}
	}
}

func TestJUnitKeepsErrorsApartFromFailures(t *testing.T) {
	m := newRun()
	m.add(outcome.Outcome{ID: "fails", Case: outcome.Labels{Group: "care", File: "evals/suites/line.yaml", Line: 12}, Turns: []outcome.Turn{turn("my rash", "en", agent.Escalate, agent.Answer)}})
	m.add(outcome.Outcome{ID: "breaks off", Status: outcome.Error, Error: "call model: 429"})
	x := readJUnit(t, m.report(), show.Options{ShowText: true})
	cases := x.Suites[len(x.Suites)-1].Cases
	if f := cases[0].Failure; f == nil || cases[0].Error != nil || !strings.Contains(f.Message, "want escalate, got answer") || !strings.Contains(f.Text, "my rash") {
		t.Errorf("the failure is %+v", cases[0])
	}
	if cases[0].File != "evals/suites/line.yaml" || cases[0].Line != 12 || cases[0].Class != "line.care" {
		t.Errorf("the failure is at %+v", cases[0])
	}
	if e := cases[1].Error; e == nil || cases[1].Failure != nil || e.Message != "call model: 429" {
		t.Errorf("the error is %+v", cases[1])
	}
}
