package paging

import (
	"strings"
	"testing"

	"recado/agent/clinic"
)

// A console pages for clinics that came while it ran, and leaves the ladders of
// one that went as they are.
func TestClinicsMayComeAndGoWhileAPagerRuns(t *testing.T) {
	r := setup(t)
	other := profile()
	other.ID, other.Name = "oak", "Oak"
	now := clinic.Always(other)
	p := r.pager(t, digested(), func(c *Config) { c.Clinics = func() clinic.Directory { return now() } })
	has := func(what string) bool {
		for _, w := range p.Warnings() {
			if strings.Contains(w, what) {
				return true
			}
		}
		return false
	}
	if !has("has a ladder for clinic " + sun) {
		t.Errorf("warnings are %v", p.Warnings())
	}
	r.put(opened(1, "emergency", 0))
	r.put(opened(2, "request", 0))
	r.through(t, 0, 1, p)
	want(t, r, "of a clinic that is not there")

	now = clinic.Always(other, profile())
	if has("has a ladder for clinic " + sun) {
		t.Errorf("warnings are %v", p.Warnings())
	}
	turn(t, p)
	want(t, r, "once it came", "1 arrived desk")

	now = clinic.Always(other)
	r.through(t, 2, 30, p)
	want(t, r, "while it is gone")

	now = clinic.Always(profile(), other)
	turn(t, p)
	if got := r.post.take(); len(got) == 0 {
		t.Error("the ladder does not go on where it was")
	}
	r.claim(t, 1)
	r.resolve(t, 1)
	turn(t, p)
	r.post.take()
	eight := minuteOf(local(2030, 11, 5, 8, 0))
	r.through(t, eight, eight+1, p)
	if got := r.post.take(); len(got) != 2 || !strings.Contains(got[0], "digest") {
		t.Errorf("of a clinic that came later the digest is %v", got)
	}
}
