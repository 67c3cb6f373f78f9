package language

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestTheIndexOfEditsFindsWhatComparingEachWordFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	word := func() string {
		w := make([]byte, 3+rng.IntN(5))
		for i := range w {
			w[i] = "abc"[rng.IntN(3)]
		}
		return string(w)
	}
	d := NewDictionary()
	var ids []WordID
	for range 200 {
		if w := word(); d.ID(w) == 0 {
			ids = append(ids, d.Add(w))
		}
	}
	edits := newDeletions(d, ids)
	for range 2000 {
		w := word()
		want, got := map[WordID]bool{}, map[WordID]bool{}
		for _, id := range ids {
			if oneEdit(w, d.Word(id)) {
				want[id] = true
			}
		}
		edits.near(w, func(id WordID) { got[id] = true })
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%s: %v, want %v", w, got, want)
		}
	}
}

func TestALongRunOfLettersIsNotTriedLetterByLetter(t *testing.T) {
	v := NewVocabulary(NewDictionary(), map[string]float32{"appointment": 50})
	done := make(chan bool, 1)
	go func() {
		_, ok := v.Repair(strings.Repeat("ab", 128<<10), Spanish)
		done <- ok
	}()
	select {
	case ok := <-done:
		if ok {
			t.Error("it was repaired")
		}
	case <-time.After(5 * time.Second): // with every letter tried it takes minutes
		t.Error("it takes time that grows with the square of its length")
	}
}
