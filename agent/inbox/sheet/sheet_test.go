package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/inbox"
	"recado/agent/language"
)

var nine = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

func resolved() inbox.Case {
	return inbox.Case{
		V: inbox.Version, ID: "0193f0a0-0000-7000-8000-0000000a0b0c", Clinic: "sunrise", Conversation: "canaryconversation",
		Channel: agent.WhatsApp, Language: language.Spanish, State: inbox.Claimed, Owner: "person-2", ReplyTo: "canaryaddress",
		Past: []inbox.Round{{
			Priority: agent.PriorityUrgent, Opened: nine, AckDue: nine.Add(15 * time.Minute), Due: nine.Add(2 * time.Hour),
			Acknowledged: nine.Add(20 * time.Minute), By: "person-1", Resolved: nine.Add(time.Hour), ResolvedBy: "person-1", Outcome: inbox.Called,
		}},
		Round:    inbox.Round{Priority: agent.PriorityRoutine, Opened: nine.Add(3 * time.Hour), AckDue: nine.Add(5 * time.Hour), Due: nine.Add(9 * time.Hour)},
		Arrivals: []inbox.Arrival{{ID: "a"}, {ID: "b"}}, Older: []string{"c"},
		Rules: []string{"gate.clinical", "policy.unsure"}, Intents: []string{"canaryintent"},
	}
}

func write(t *testing.T, now time.Time, cases ...inbox.Case) [][]string {
	t.Helper()
	var b bytes.Buffer
	n, err := Write(&b, slices.Values(cases), now)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != n+1 {
		t.Fatalf("%d rows, and Write says %d", len(rows), n)
	}
	return rows
}

func TestARowIsARound(t *testing.T) {
	t.Parallel()
	c := resolved()
	got := write(t, nine.Add(6*time.Hour), c)
	want := [][]string{
		Columns,
		{
			inbox.Reference(c.ID), c.ID, "sunrise", "whatsapp", "es", "resolved", "1", "urgent",
			"2026-12-01 09:00:00", "2026-12-01 09:15:00", "2026-12-01 09:20:00", "person-1", "1200", "yes",
			"2026-12-01 11:00:00", "2026-12-01 10:00:00", "person-1", "3600", "no", "called",
			"", "3", "gate.clinical policy.unsure",
		},
		{
			inbox.Reference(c.ID), c.ID, "sunrise", "whatsapp", "es", "claimed", "2", "routine",
			"2026-12-01 12:00:00", "2026-12-01 14:00:00", "", "", "", "yes",
			"2026-12-01 18:00:00", "", "", "", "no", "",
			"person-2", "3", "gate.clinical policy.unsure",
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestASheetHoldsNothingOfThePatient(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if _, err := Write(&b, slices.Values([]inbox.Case{resolved()}), nine); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "canary") {
		t.Error(b.String())
	}
}

func TestAnEmptySheetHasItsHeader(t *testing.T) {
	t.Parallel()
	if got := write(t, nine); !reflect.DeepEqual(got, [][]string{Columns}) {
		t.Error(got)
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "＝1", "＋1", "－1", "＠x",
		`=HYPERLINK("http://x","y")`, "=cmd|' /C calc'!A0", "'=1", "\x00=1",
	} {
		if got := Text(cell); got != "'"+cell {
			t.Errorf("%q is written as %q", cell, got)
		}
	}
	for _, cell := range []string{"", "gate.clinical", "a=b", "0193-4", "2026-12-01 09:00:00", "é"} {
		if got := Text(cell); got != cell {
			t.Errorf("%q is written as %q", cell, got)
		}
	}
	c := resolved()
	c.Rules, c.Owner = []string{"=1+1", "x"}, "@who"
	for _, row := range write(t, nine, c)[1:] {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune(formulas, []rune(cell)[0]) {
				t.Errorf("%q is a formula", cell)
			}
		}
	}
}

type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errors.New("gone")
	}
	return len(p), nil
}

func TestRowsAreWrittenAsTheyComeUntilTheReaderIsGone(t *testing.T) {
	t.Parallel()
	asked := 0
	endless := func(yield func(inbox.Case) bool) {
		for yield(resolved()) {
			asked++
		}
	}
	if _, err := Write(&failing{after: 10_000}, endless, nine); err == nil || asked > 1000 {
		t.Errorf("%v after %d cases", err, asked)
	}
}

// What is read back is what was written, and whatever separator a
// spreadsheet looks for, no cell begins a formula.
func FuzzCellsComeBack(f *testing.F) {
	f.Add("=1+1", "a;=1", "\"x\",=1")
	f.Add("\r\n", "'", "-")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		cells := []string{a, b, c}
		rows, err := csv.NewReader(strings.NewReader(line(cells))).ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0]) != len(cells) {
			t.Fatalf("%q is read as %q, %v", cells, rows, err)
		}
		for i, cell := range rows[0] {
			if want := strings.ReplaceAll(Text(cells[i]), "\r\n", "\n"); cell != want {
				t.Errorf("%q is read as %q, want %q", cells[i], cell, want)
			}
			if cell != "" && strings.ContainsRune(formulas, []rune(cell)[0]) {
				t.Errorf("%q is a formula", cell)
			}
			if strings.TrimPrefix(cell, "'") != cell && strings.TrimPrefix(cell, "'") != strings.ReplaceAll(cells[i], "\r\n", "\n") {
				t.Errorf("%q lost something as %q", cells[i], cell)
			}
		}
		// With another separator the first cell is still one quoted text.
		other := csv.NewReader(strings.NewReader(line(cells[:1])))
		other.Comma = ';'
		if rows, err := other.ReadAll(); err != nil || len(rows) != 1 || len(rows[0]) != 1 {
			t.Errorf("%q with semicolons is read as %q, %v", cells[:1], rows, err)
		}
	})
}
