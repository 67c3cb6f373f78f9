package audit

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestAnExportVerifiesWithoutNATS(t *testing.T) {
	t.Parallel()
	r := setup(t)
	l := r.log(t)
	fill(t, l, sunset, 2)
	fill(t, l, sunrise, batchSize+20) // more than one question
	var b bytes.Buffer
	head, err := l.Export(t.Context(), sunrise, &b)
	must(t, err)
	online, err := l.Verify(t.Context(), sunrise, head)
	must(t, err)
	if !online.Intact() || online.Entries != batchSize+20 {
		t.Fatalf("%+v", online)
	}
	r.server.Stop()
	offline, err := VerifyExport(bytes.NewReader(b.Bytes()), head)
	must(t, err)
	if !offline.Intact() || offline.Head != online.Head || offline.Entries != online.Entries || !offline.Anchored {
		t.Fatalf("%+v", offline)
	}
}

func TestABrokenChainIsExportedAsItIs(t *testing.T) {
	t.Parallel()
	r := setup(t)
	l := r.log(t)
	fill(t, l, sunrise, 2)
	r.put(t, sunrise, []byte("two\nlines"))
	fill(t, l, sunrise, 2)
	var b bytes.Buffer
	_, err := l.Export(t.Context(), sunrise, &b)
	must(t, err)
	online, err := l.Verify(t.Context(), sunrise)
	must(t, err)
	offline, err := VerifyExport(&b)
	must(t, err)
	if online.Intact() || len(offline.Faults) != len(online.Faults) || offline.Faults[0] != online.Faults[0] {
		t.Fatalf("online %+v, offline %+v", online, offline)
	}
}

func TestWhatIsNoExportIsSaidSo(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "text": "hello\n", "json": "{}\n{}\n", "long": strings.Repeat("x\n", 100),
	} {
		if _, err := VerifyExport(strings.NewReader(text)); !errors.Is(err, ErrNoExport) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := VerifyExport(io.MultiReader(strings.NewReader("{"), failing{})); err == nil || errors.Is(err, ErrNoExport) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("disk") }

func FuzzAnyFileIsReadWithoutHarm(f *testing.F) {
	entries, end := lines(f, made(sunrise, 3))
	whole, _ := io.ReadAll(file(entries, end))
	f.Add(whole)
	f.Add([]byte(`{"end":{"clinic":"sunrise","seq":0,"hash":""}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		report, err := VerifyExport(bytes.NewReader(data))
		if err == nil && report.Intact() && report.Entries > 0 && !bytes.HasPrefix(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), entries[0]) && len(report.Head.Hash) != 64 {
			t.Errorf("%q verifies: %+v", data, report)
		}
	})
}

func TestHeadsAreReadAsTheyArePrinted(t *testing.T) {
	t.Parallel()
	for _, h := range []Head{{sunrise, 3, made(sunrise, 3)[2].Hash}, {Common, 0, ""}} {
		got, err := ParseHead(" " + h.String() + "\n")
		if err != nil || got != h {
			t.Errorf("%v is read as %v, %v", h, got, err)
		}
	}
	for _, text := range []string{"", "sunrise", "sunrise:1:abc", "sunrise:0:" + strings.Repeat("a", 64), "Sun Rise:0:", "sunrise:-1:", "sunrise:1:" + strings.Repeat("A", 64)} {
		if h, err := ParseHead(text); err == nil {
			t.Errorf("%q is read as %v", text, h)
		}
	}
}

func TestHeadsAreNotedWhenTheyMove(t *testing.T) {
	t.Parallel()
	r := setup(t)
	l := r.log(t)
	heads := make(chan Head, 100)
	go l.NoteHeads(t.Context(), 5*time.Millisecond, func(h Head) { heads <- h })
	for i := range 3 {
		e := fill(t, l, sunrise, 1)[0]
		if h := <-heads; h != (Head{sunrise, e.Seq, e.Hash}) {
			t.Fatalf("%d: %v", i, h)
		}
	}
}
