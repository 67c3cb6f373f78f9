package run

import (
	"fmt"
	"sync"

	"recado/evals/outcome"
)

// budget bounds what one run of the command calls and pays.
type budget struct {
	calls int     // 0: unlimited
	cost  float64 // US dollars; 0: unlimited

	mu    sync.Mutex
	made  int
	micro int64 // US dollars / 1e6
}

// reserve books one call, or reports false where the budget is used up.
func (b *budget) reserve() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls > 0 && b.made >= b.calls || b.cost > 0 && float64(b.micro) >= b.cost*1e6 {
		return false
	}
	b.made++
	return true
}

// settle books what a reserved call took beyond itself.
func (b *budget) settle(u outcome.Usage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made += u.Calls - 1
	b.micro += u.CostMicroUSD
}

func (b *budget) spent() (calls int, cost float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.made, float64(b.micro) / 1e6
}

// reason tells why reserve said no.
func (b *budget) reason() string {
	calls, cost := b.spent()
	if b.calls > 0 && calls >= b.calls {
		return fmt.Sprintf("%d calls are made and --max-calls is %d: run the same command again to go on with as many more", calls, b.calls)
	}
	return fmt.Sprintf("$%.4f is spent and --max-cost is $%g: run the same command again to go on with as much more", cost, b.cost)
}
