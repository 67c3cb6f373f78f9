package check

import "time"

// processes: none panics, and all comes to rest.
func (c *checker) processes() {
	for _, e := range c.Ends {
		if e.Panic {
			c.violation(Broken, e.Process, e.At, e.At, "%s panicked (%s): its log tells where", e.Process, e.State)
		}
	}
	for _, what := range c.Unsettled {
		c.violation(Broken, "", time.Time{}, time.Time{}, "did not come to rest: %s", what)
	}
}
