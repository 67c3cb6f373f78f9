package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"recado/agent/bus"
)

// lines are a chain as an export has it, with its end.
func lines(t interface{ Fatal(...any) }, chain []Entry) (entries [][]byte, end []byte) {
	head := Head{Clinic: sunrise}
	for _, e := range chain {
		entries = append(entries, encoded(t, e))
		head = Head{e.Clinic, e.Seq, e.Hash}
	}
	end, err := json.Marshal(endLine{head})
	if err != nil {
		t.Fatal(err)
	}
	return entries, end
}

func TestAnIntactChainVerifies(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 300} {
		chain := made(sunrise, n)
		entries, end := lines(t, chain)
		report, err := VerifyExport(file(entries, end))
		must(t, err)
		if !report.Intact() || report.Entries != uint64(n) || report.Clinic != sunrise || report.Head.Seq != uint64(n) {
			t.Errorf("%d entries: %+v", n, report)
		}
		heads := []Head{{sunset, 9, "another clinic's"}}
		for _, e := range chain { // what was noted at any time still holds
			heads = append(heads, Head{sunrise, e.Seq, e.Hash})
		}
		report, err = VerifyExport(file(entries, end), heads...)
		must(t, err)
		if !report.Intact() || !report.Anchored {
			t.Errorf("%d entries, with all heads: %+v", n, report)
		}
	}
}

func TestEveryFaultIsNamedWithItsEntry(t *testing.T) {
	t.Parallel()
	forge := func(e Entry, change func(*Entry)) Entry { // with a hash that fits
		change(&e)
		e.Hash = e.sum()
		return e
	}
	for name, c := range map[string]struct {
		change func([]Entry) []Entry
		anchor uint64 // the head of which entry was noted; 0 for none
		want   []Fault
	}{
		"changed":        {func(c []Entry) []Entry { c[4].Who = "person-2"; return c }, 0, []Fault{{Changed, 5, ""}}},
		"changed last":   {func(c []Entry) []Entry { c[9].Why = "x"; return c }, 0, []Fault{{Changed, 10, ""}, {CutOff, 10, ""}}},
		"anew":           {func(c []Entry) []Entry { c[4] = forge(c[4], func(e *Entry) { e.Who = "person-2" }); return c }, 0, []Fault{{Unlinked, 6, ""}}},
		"missing":        {func(c []Entry) []Entry { return slices.Delete(c, 4, 5) }, 0, []Fault{{Missing, 5, ""}}},
		"several":        {func(c []Entry) []Entry { return slices.Delete(c, 4, 7) }, 0, []Fault{{Missing, 5, ""}}},
		"first missing":  {func(c []Entry) []Entry { return slices.Delete(c, 0, 1) }, 0, []Fault{{Missing, 1, ""}}},
		"swapped":        {func(c []Entry) []Entry { c[4], c[5] = c[5], c[4]; return c }, 0, []Fault{{OutOfOrder, 5, ""}}},
		"twice":          {func(c []Entry) []Entry { return slices.Insert(c, 5, c[4]) }, 0, []Fault{{OutOfOrder, 5, ""}}},
		"cut off":        {func(c []Entry) []Entry { return c[:7] }, 0, []Fault{{CutOff, 8, ""}}},
		"another clinic": {func(c []Entry) []Entry { return slices.Insert(c, 5, made(sunset, 6)[5]) }, 0, []Fault{{Foreign, 6, ""}}},
		"all anew": {func(c []Entry) []Entry {
			for i := 4; i < len(c); i++ {
				c[i] = forge(c[i], func(e *Entry) {
					e.Prev = c[i-1].Hash
					if i == 4 {
						e.Who = "person-2"
					}
				})
			}
			return c
		}, 7, []Fault{{Rewritten, 7, ""}, {Rewritten, 10, ""}}},
	} {
		chain := made(sunrise, 10)
		_, end := lines(t, chain)
		var anchors []Head
		if c.anchor > 0 {
			anchors = []Head{{sunrise, c.anchor, chain[c.anchor-1].Hash}}
		}
		entries, _ := lines(t, c.change(chain))
		report, err := VerifyExport(file(entries, end), anchors...)
		must(t, err)
		var got []Fault
		for _, f := range report.Faults {
			if f.Text == "" {
				t.Errorf("%s: %s has no text", name, f.Kind)
			}
			got = append(got, Fault{f.Kind, f.Seq, ""})
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %v", name, report.Faults, c.want)
		}
	}
}

// A chain of which anything was changed, left out, moved, put in or cut off
// does not verify.
func TestNothingCanBeDoneToAnExportUnseen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		chain := made(sunrise, rapid.IntRange(1, 12).Draw(t, "entries"))
		head := Head{sunrise, uint64(len(chain)), chain[len(chain)-1].Hash}
		entries, end := lines(t, chain)
		before := bytes.Join(append(slices.Clone(entries), end), []byte("\n"))
		at := rapid.IntRange(0, len(entries)-1).Draw(t, "at")
		var anchors []Head
		switch rapid.SampledFrom([]string{"byte", "field", "forge", "delete", "swap", "insert", "double", "cut", "cut and end"}).Draw(t, "how") {
		case "byte":
			line := bytes.Clone(entries[at])
			line[rapid.IntRange(0, len(line)-1).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
			entries[at] = line
		case "field":
			entries[at] = encoded(t, changed(t, chain[at]))
		case "forge": // and all that follow, with hashes that fit
			e := changed(t, chain[at])
			for i := at; i < len(chain); i++ {
				if i > at {
					e = chain[i]
					e.Prev = chain[i-1].Hash
				}
				e.Hash = e.sum()
				chain[i] = e
			}
			entries, end = lines(t, chain)
			anchors = append(anchors, head)
		case "delete":
			entries = slices.Delete(entries, at, at+1)
		case "swap":
			to := rapid.IntRange(0, len(entries)-1).Draw(t, "to")
			entries[at], entries[to] = entries[to], entries[at]
		case "insert":
			e := changed(t, chain[at])
			e.Hash = e.sum()
			entries = slices.Insert(entries, at, encoded(t, e))
		case "double":
			entries = slices.Insert(entries, rapid.IntRange(0, len(entries)).Draw(t, "to"), entries[at])
		case "cut":
			entries = entries[:at]
			if rapid.Bool().Draw(t, "with the end") {
				end = nil
			}
		case "cut and end":
			entries, end = lines(t, chain[:at])
			anchors = append(anchors, head)
		}
		if bytes.Equal(before, bytes.Join(append(slices.Clone(entries), end), []byte("\n"))) {
			t.Skip("nothing was done")
		}
		report, err := VerifyExport(file(entries, end), anchors...)
		// A chain made anew under another clinic's name is that clinic's, which
		// the report says: the noted head is of this one.
		if err == nil && report.Intact() && report.Clinic == sunrise {
			t.Fatalf("it verifies: %+v", report)
		}
		if err != nil && !errors.Is(err, ErrNoExport) {
			t.Fatal(err)
		}
	})
}

// changed is e with one of its fields changed.
func changed(t *rapid.T, e Entry) Entry {
	text := rapid.StringMatching(`[a-z0-9]{1,8}`)
	was := e
	for e == was {
		switch rapid.SampledFrom([]string{"id", "at", "clinic", "who", "kind", "case", "record", "subject", "why", "prev", "seq"}).Draw(t, "field") {
		case "id":
			e.ID = text.Draw(t, "id")
		case "at":
			e.At = e.At.Add(time.Duration(rapid.IntRange(-9, 9).Draw(t, "at")))
		case "clinic":
			e.Clinic = text.Draw(t, "clinic")
		case "who":
			e.Who = text.Draw(t, "who")
		case "kind":
			e.Kind = rapid.SampledFrom(Kinds).Draw(t, "kind")
		case "case": // what moves from one field to the next
			e.Case, e.Record = "", e.Case+e.Record
		case "record":
			e.Record = text.Draw(t, "record")
		case "subject":
			e.Subject = text.Draw(t, "subject")
		case "why":
			e.Why = text.Draw(t, "why")
		case "prev":
			e.Prev = strings.Repeat("0", 64)
		case "seq":
			e.Seq = rapid.Uint64Range(1, 20).Draw(t, "seq")
		}
	}
	return e
}

func TestWhatIsTakenOutOfTheStreamIsSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		remove []int // of 6 entries
		want   FaultKind
		seq    uint64
	}{
		"first":  {[]int{0}, Missing, 1},
		"middle": {[]int{3}, Missing, 4},
		"last":   {[]int{5}, Removed, 6},
		"end":    {[]int{4, 5}, Removed, 5},
		"all":    {[]int{0, 1, 2, 3, 4, 5}, Removed, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			// One that lets messages be taken out stands for a file that was
			// tampered with.
			stream, err := r.admin.Stream(t.Context(), bus.StreamAudit)
			must(t, err)
			cfg := stream.CachedInfo().Config
			must(t, r.admin.DeleteStream(t.Context(), bus.StreamAudit))
			cfg.DenyDelete, cfg.DenyPurge = false, false
			stream, err = r.admin.CreateStream(t.Context(), cfg)
			must(t, err)
			l := r.log(t)
			entries := fill(t, l, sunrise, 6)
			head := Head{sunrise, 6, entries[5].Hash}
			report, err := l.Verify(t.Context(), sunrise, head)
			must(t, err)
			if !report.Intact() || !report.Anchored {
				t.Fatalf("untouched: %+v", report)
			}
			first := stream.CachedInfo().State.FirstSeq
			for _, i := range c.remove {
				must(t, stream.DeleteMsg(t.Context(), first+uint64(i)))
			}
			report, err = l.Verify(t.Context(), sunrise)
			must(t, err)
			if report.Intact() || report.Faults[0].Kind != c.want || report.Faults[0].Seq != c.seq {
				t.Errorf("without a head: %+v", report)
			}
			report, err = l.Verify(t.Context(), sunrise, head)
			must(t, err)
			if last := report.Faults[len(report.Faults)-1]; (c.remove[len(c.remove)-1] == 5) != (last.Kind == CutOff) {
				t.Errorf("with a head: %+v", report)
			}
		})
	}
}

func TestNobodyCanTakeAnythingOut(t *testing.T) {
	t.Parallel()
	r := setup(t)
	l := r.log(t)
	fill(t, l, sunrise, 3)
	stream, err := r.admin.Stream(t.Context(), bus.StreamAudit)
	must(t, err)
	if stream.DeleteMsg(t.Context(), stream.CachedInfo().State.FirstSeq) == nil || stream.Purge(t.Context()) == nil {
		t.Error("the server took an entry out")
	}
	cfg := stream.CachedInfo().Config
	cfg.DenyDelete = false
	if _, err := r.admin.UpdateStream(t.Context(), cfg); err == nil {
		t.Error("the server lets entries be taken out from now on")
	}
	if _, err := r.admin.Publish(t.Context(), subject(sunrise), nil, jetstream.WithExpectLastSequencePerSubject(1)); err == nil {
		t.Error("the server takes an entry that follows another one")
	}
}

// The hashes of what is stored already must not change with this program.
func TestTheFormOfEntriesStays(t *testing.T) {
	t.Parallel()
	e := made(sunrise, 1)[0]
	e.Subject, e.Why = "booked", "<no> answer & 'ñ' \u2028 \"x\"\n"
	e.Hash = e.sum()
	const want = `{"v":1,"id":"id1","seq":1,"at":"2026-12-01T09:00:00Z","clinic":"sunrise","who":"person-1","kind":"record_opened","case":"case-1","record":"record-1","subject":"booked","why":"<no> answer & 'ñ' \u2028 \"x\"\n","prev":"","hash":"` +
		`756f6a26bb743aa28c29e6304ae8748619f22543344a65903ad5c6e127711e19"}`
	if got := string(encoded(t, e)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// An audit that could be read over a shoulder has no room for what a patient
// wrote: its fields are these.
func TestThereIsNoFieldForAPatientsWords(t *testing.T) {
	t.Parallel()
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Entry]()) {
		if !f.Anonymous {
			names = append(names, f.Name)
		}
	}
	want := "V ID Seq At Clinic Who Kind Case Record Subject Why Prev Hash"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("an entry has the fields %s, want %s", got, want)
	}
	for _, a := range []Act{{Who: "dolor de pecho"}, {Case: "it hurts"}, {Record: "ana@example.org"}, {Subject: "+1 555 0100"}} {
		a.Clinic, a.Kind = sunrise, Noted
		if a.Who == "" {
			a.Who = "person-1"
		}
		if a.Validate() == nil {
			t.Errorf("%+v is taken", a)
		}
	}
}
