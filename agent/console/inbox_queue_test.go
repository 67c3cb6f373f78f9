package console

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/inbox"
)

// someCases are cases in the order of the queue.
func someCases() []inbox.Case {
	at := func(m int) time.Time { return morning.Add(time.Duration(m) * time.Minute) }
	var all []inbox.Case
	for i := range 120 {
		p := filterPriorities[i%4]
		all = append(all, inbox.Case{
			ID: fmt.Sprintf("0190a000-0000-7000-8000-%012x", i*77777), Clinic: "sun", State: inbox.Open, Language: "es", Channel: agent.SMS,
			Rules: []string{"symptom.i_have"}, Intents: []string{"symptom"}, Unseen: 1,
			Round: inbox.Round{Priority: p, Opened: at(-i - 1), AckDue: at(20 - i), Due: at(400)},
		})
	}
	for i := range 10 {
		c := &all[i*7]
		c.State, c.Owner, c.Since, c.Round.Acknowledged = inbox.Claimed, []string{"ana", "ben"}[i%2], at(-3), at(-3)
	}
	for i := range 5 {
		c := &all[100+i]
		c.State, c.Round.Acknowledged, c.Round.Resolved, c.Round.ResolvedBy, c.Round.Outcome = inbox.Resolved, at(-2), at(-1), "ben", inbox.Called
	}
	slices.SortFunc(all, func(a, b inbox.Case) int { return inbox.Compare(&a, &b) })
	return all
}

func shownQueue(t testing.TB, lang string, f filter) queuePage {
	all := someCases()
	who := reader{ID: "ana", Acts: true, Names: func(id string) string { return strings.ToUpper(id) }}
	return buildQueue(wordsIn(t, lang, morning), who, "sun", f, nil, morning, func(each func(*inbox.Case) bool) uint64 {
		for i := range all {
			if !each(&all[i]) {
				break
			}
		}
		return 7
	})
}

func TestTheQueueIsByUrgencyInPagesOf50(t *testing.T) {
	p := shownQueue(t, "en", filter{Page: 1})
	if p.Total != 115 || p.Pages != 3 || len(p.Rows) != 50 || p.Previous != "" || p.Next != "/staff/sun?page=2" || p.Revision != 7 {
		t.Fatalf("%d cases, %d pages, %d rows, %q %q", p.Total, p.Pages, len(p.Rows), p.Previous, p.Next)
	}
	for i := 1; i < 30; i++ {
		if p.Rows[i].Priority.Code != "emergency" && p.Rows[i].Priority.Code != "urgent" {
			t.Fatalf("row %d is %s", i, p.Rows[i].Priority.Code)
		}
	}
	last := shownQueue(t, "en", filter{Page: 3})
	if len(last.Rows) != 15 || last.Next != "" || last.Previous != "/staff/sun?page=2" {
		t.Errorf("the last page has %d rows, %q, %q", len(last.Rows), last.Previous, last.Next)
	}
	if far := shownQueue(t, "en", filter{Page: 900}); len(far.Rows) != 0 || far.Previous != "/staff/sun?page=3" {
		t.Errorf("a page too far has %d rows and goes back to %q", len(far.Rows), far.Previous)
	}
	sum := 0
	for _, tile := range p.Tiles {
		sum += tile.N
	}
	if sum != 115 || p.Waiting != 105 || p.Alarm() != 105 {
		t.Errorf("tiles count %d, %d wait, %d ring", sum, p.Waiting, p.Alarm())
	}
}

func TestARowSaysWhoHasItSinceWhen(t *testing.T) {
	mine := shownQueue(t, "en", filter{Held: heldByMe, Page: 1})
	if mine.Total != 5 {
		t.Fatalf("%d cases are mine", mine.Total)
	}
	for _, r := range mine.Rows {
		if !r.Mine || r.Holder != "ANA" || strings.ReplaceAll(r.Since.Text, "\u00a0", " ") != "10:39 AM" || r.Claimable || r.Waiting {
			t.Errorf("%+v", r)
		}
	}
	done := shownQueue(t, "es", filter{States: []inbox.State{inbox.Resolved}, Page: 1})
	if done.Total != 5 || done.Rows[0].Outcome != "Se habló con el paciente" || done.Rows[0].ResolvedBy != "BEN" || done.Rows[0].Clock != nil {
		t.Errorf("%d resolved, %+v", done.Total, done.Rows[0])
	}
}

func TestTheSumIsOneSentenceOrTwo(t *testing.T) {
	en := wordsIn(t, "en", morning)
	for want, p := range map[string]queuePage{
		"Nobody is waiting.":                                    {},
		"One person is waiting for an answer.":                  {Waiting: 1},
		"3 people are waiting for an answer. One case is late.": {Waiting: 3, Late: 1},
		"Nobody is waiting. 2 cases are late.":                  {Late: 2},
	} {
		if got := p.lead(en); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestNothingToShowSaysWhy(t *testing.T) {
	for f, want := range map[string]filter{
		"queue.empty": {Page: 1}, "queue.empty_mine": {Held: heldByMe}, "queue.empty_late": {Late: true},
		"queue.empty_resolved": {States: []inbox.State{inbox.Resolved}}, "queue.empty_filtered": {Late: true, Held: heldByMe},
	} {
		if got := emptyText(want); got != f {
			t.Errorf("%+v: %s, want %s", want, got, f)
		}
		for _, lang := range languages {
			if words := wordsIn(t, lang, morning); !words.Has(f+"_title") || !words.Has(f+"_text") {
				t.Errorf("%s has no words in %s", f, lang)
			}
		}
	}
}
