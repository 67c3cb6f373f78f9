package llm

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"time"
)

// mostConversations is how many conversations an allowance remembers, about
// 10 MB of them.
const mostConversations = 1 << 16

// allowance is the calls that each conversation may make in a day. It is held
// in memory alone and its size is bounded: of more conversations than it
// holds, those that asked longest ago begin anew. The day's budget bounds
// what that can cost. A nil allowance is unlimited.
type allowance struct {
	calls, most int

	mu   sync.Mutex
	day  time.Time
	made map[caller]*list.Element // of counted
	last *list.List               // whoever asked longest ago first
}

// caller stands for a conversation without telling which.
type caller [16]byte

type counted struct {
	caller caller
	calls  int
}

// newAllowance allows calls a day to each of the most conversations that
// asked last; calls below 1 is unlimited.
func newAllowance(calls, most int) *allowance {
	if calls < 1 {
		return nil
	}
	return &allowance{calls: calls, most: most, made: map[caller]*list.Element{}, last: list.New()}
}

// take books one call of the day of now, and reports whether it was left. A
// message of no conversation is nobody's to count.
func (a *allowance) take(now time.Time, conversation string) bool {
	if a == nil || conversation == "" {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if day := dayOf(now); !day.Equal(a.day) {
		a.day = day
		clear(a.made)
		a.last.Init()
	}
	who := callerOf(conversation)
	e, ok := a.made[who]
	if !ok {
		if a.last.Len() >= a.most {
			oldest := a.last.Front()
			delete(a.made, oldest.Value.(*counted).caller)
			a.last.Remove(oldest)
		}
		e = a.last.PushBack(&counted{caller: who})
		a.made[who] = e
	}
	a.last.MoveToBack(e)
	c := e.Value.(*counted)
	if c.calls >= a.calls {
		return false
	}
	c.calls++
	return true
}

// giveBack takes back a call that was booked and not made. What was booked on
// an earlier day is forgotten already.
func (a *allowance) giveBack(now time.Time, conversation string) {
	if a == nil || conversation == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if e, ok := a.made[callerOf(conversation)]; ok && dayOf(now).Equal(a.day) {
		c := e.Value.(*counted)
		c.calls = max(0, c.calls-1)
	}
}

func callerOf(conversation string) caller {
	sum := sha256.Sum256([]byte(conversation))
	return caller(sum[:16])
}
