package audit

import (
	"testing"
)

func TestEntriesAreReadNewestFirstInPages(t *testing.T) {
	t.Parallel()
	l := setup(t).log(t)
	var want []Entry
	for i := range 23 { // between those of another clinic
		fill(t, l, sunset, i%3)
		want = append(want, fill(t, l, sunrise, 1)...)
	}
	fill(t, l, sunset, 2)
	for _, size := range []int{1, 2, 5, 22, 23, 24, 100} {
		var got []Entry
		before := uint64(0)
		for range 50 {
			page, err := l.Read(t.Context(), sunrise, before, size)
			must(t, err)
			if len(page) == 0 {
				break
			}
			if len(page) > size {
				t.Fatalf("a page of %d holds %d", size, len(page))
			}
			got = append(got, page...)
			before = page[len(page)-1].Seq
			if before == 1 {
				break
			}
		}
		if len(got) != len(want) {
			t.Fatalf("pages of %d: %d entries, want %d", size, len(got), len(want))
		}
		for i, e := range got {
			if w := want[len(want)-1-i]; e.Hash != w.Hash || e.sum() != w.Hash || !e.At.Equal(w.At) {
				t.Errorf("pages of %d: entry %d is %+v, want %+v", size, i, e, w)
			}
		}
	}
	if page, err := l.Read(t.Context(), sunrise, 1, 10); err != nil || len(page) != 0 {
		t.Errorf("before the first: %v, %v", page, err)
	}
	if page, err := l.Read(t.Context(), "nobody-here", 0, 10); err != nil || len(page) != 0 {
		t.Errorf("an empty chain: %v, %v", page, err)
	}
	if page, err := l.Read(t.Context(), "no clinic", 0, 10); err != nil || len(page) != 0 {
		t.Errorf("no clinic: %v, %v", page, err)
	}
}
