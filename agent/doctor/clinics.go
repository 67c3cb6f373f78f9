package doctor

import (
	"context"
	"errors"
	"fmt"

	"recado/agent/clinic"
)

// Clinics are the profiles that patients are answered by.
type Clinics struct {
	Path     string // a file, a folder or kv; empty where none is given
	Profiles []*clinic.Profile
	// Refused is what is wrong with the others, by their names.
	Refused map[string]error
	Err     error  // why they cannot be read at all
	Unread  string // why they were not looked at; empty where they were
	Private bool   // patients get links of their own
	// Unserved are the clinics with a number for which nobody has a secret, and
	// which.
	Unserved map[string]string
}

// Check looks at every clinic. What is well is told one by one where there is
// one clinic alone.
func (c Clinics) Check(ctx context.Context) []Result {
	l := &list{part: "clinic"}
	if c.Unread != "" {
		l.skip("profiles", "give the password of a NATS user that may read them", "%s", c.Unread)
		return l.all
	}
	if c.Path == "" || c.Err != nil {
		return Clinic{Path: c.Path, Err: c.Err}.Check(ctx)
	}
	c.refused(l)
	for _, p := range c.Profiles {
		found := Clinic{Path: c.Path, Profile: p, Private: c.Private}.Check(ctx)
		for _, one := range found {
			if len(c.Profiles) > 1 && one.Status == OK {
				continue
			}
			if len(c.Profiles) > 1 {
				one.Check = p.ID + ": " + one.Check
			}
			l.all = append(l.all, one)
		}
	}
	if len(c.Profiles) > 1 {
		l.ok("profiles", "%d clinics", len(c.Profiles))
	}
	for _, id := range sorted(c.Unserved) {
		l.fail(id+": channels", "enter them in the file of --clinic-secrets, or for all clinics by the settings", "its profile names %s, and there is no token for it: nobody is answered there", c.Unserved[id])
	}
	return l.all
}

// refused tells of the first few, so that a folder of wrong files stays
// readable.
func (c Clinics) refused(l *list) {
	const most = 20
	names := sorted(c.Refused)
	for i, name := range names {
		if i == most {
			l.fail("profiles", "run recado clinic check "+c.Path, "%d more are refused", len(names)-most)
			return
		}
		l.fail("profile", "run recado clinic check "+c.Path+", which names every problem with its line", "%s", said(name, c.Refused[name]))
	}
}

func said(name string, err error) string {
	var problems *clinic.ProblemsError
	if errors.As(err, &problems) {
		return fmt.Sprintf("%s is refused: %d problem(s)", name, len(problems.Problems))
	}
	return err.Error()
}
