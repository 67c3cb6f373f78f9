package run_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"recado/evals/outcome"
	"recado/evals/run"
	"recado/evals/suite"
)

// labelled writes n labelled lines and returns their file.
func labelled(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range n {
		text, intent, lang := "hello", "greeting", "en" // what is said does not matter: let it be short
		switch i % 3 {
		case 1:
			text, intent, lang = "gracias", "thanks", "es"
		case 2:
			text, intent, lang = "thank you", "thanks", "en"
		}
		fmt.Fprintf(w, `{"id":"line-%06d","text":%q,"disposition":"answer","intents":[%q],"reply_lang":%q,"also":[],"not":[]}`+"\n", i, text, intent, lang)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// heap is what is in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestALongFileStreamsInBoundedMemory(t *testing.T) {
	lines := 100_000
	if run.RaceDetector || testing.Short() {
		lines = 200
	}
	file, out := labelled(t, lines), filepath.Join(t.TempDir(), "run.jsonl")
	newAgent(t) // is no part of what a run takes
	before, most := heap(), uint64(0)
	s, err := suite.Load(file, suite.Known{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := into(t.Context(), t, out, run.Config{Suites: []*suite.Suite{s}, Columns: []run.Column{column(outcome.Local)},
		Progress: func(p run.Progress) {
			if p.Ran%(lines/5) == 0 {
				most = max(most, heap())
			}
		}})
	if err != nil || p.Ran != lines || p.Fail > 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	// 100,000 lines take some 80 MB as a file; what is kept of them is their
	// places in it.
	const bound = 40 << 20
	if took := most - min(before, most); took > bound {
		t.Errorf("%d lines took %d MB of heap, want at most %d", lines, took>>20, bound>>20)
	} else {
		t.Logf("%d lines took %d MB of heap", lines, took>>20)
	}
	n := 0
	in, err := outcome.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	for o, err := range in.All() {
		if want := fmt.Sprintf("line-%06d", n); err != nil || o.ID != want {
			t.Fatalf("line %d is %s, want %s (%v)", n, o.ID, want, err)
		}
		n++
	}
	if n != lines {
		t.Errorf("the file holds %d outcomes", n)
	}
}
