package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// useClinics adds what of profiles and secrets is not in use as it is written.
// Everybody is answered by the last good ones, so a process stays ready.
func (r *readiness) useClinics(s *servedClinics) *readiness {
	return r.use("profiles", s.profilesInUse).use("secrets", s.secretsInUse)
}

// profilesInUse is nil while what is served is what the profiles say.
func (s *servedClinics) profilesInUse(context.Context) error {
	trouble := s.Trouble()
	if !trouble.Unread.IsZero() {
		return fmt.Errorf("they cannot be read since %s: the last good ones are served; the log says why", clockOf(trouble.Unread))
	}
	if len(trouble.Refused) == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(trouble.Refused))
	shown := strings.Join(names[:min(len(names), 3)], ", ")
	if len(names) > 3 {
		shown = fmt.Sprintf("%s and %d more", shown, len(names)-3)
	}
	return fmt.Errorf("refused since %s, the last good ones are served: %s: recado clinic check names each problem with its line, as the log does", clockOf(trouble.Since()), shown)
}

// secretsInUse is nil while the secrets in use are what their file says.
func (s *servedClinics) secretsInUse(context.Context) error {
	if s.secretsFile == nil {
		return nil
	}
	if since, refused := s.secretsFile.Refused(); refused {
		return fmt.Errorf("their file is refused since %s, the last good ones stay in use: recado clinic secrets check names each problem, as the log does", clockOf(since))
	}
	return nil
}

func clockOf(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
