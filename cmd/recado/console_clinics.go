package main

import (
	"slices"

	"go.uber.org/zap"

	"recado/agent/clinic/library"
	"recado/agent/inbox"
)

// ids are those of the clinics of now.
func (s *consoleServer) ids() []string { return s.clinics.Now().IDs() }

// tellOfClinics returns what tells those who run the console of clinics that
// came and went since it was last called. Whoever asks for the clinics of now
// has them already.
func (s *consoleServer) tellOfClinics() func(*library.Snapshot) {
	known, warned := s.ids(), s.pager.Warnings()
	return func(now *library.Snapshot) {
		ids := now.IDs()
		for _, id := range ids {
			switch {
			case slices.Contains(known, id):
			case s.pages.Reserved(id):
				s.log.Error("a clinic has the id of a page below /staff, and its staff cannot be served: choose another id", zap.String("clinic", id))
			default:
				s.log.Info("a clinic is new: whoever is an admin of all clinics may let its staff in", zap.String("clinic", id))
			}
		}
		for _, id := range known {
			if !slices.Contains(ids, id) {
				open := s.index.Count(inbox.Query{Clinics: []string{id}, States: []inbox.State{inbox.Open, inbox.Claimed}})
				s.log.Warn("a clinic is gone: nothing of it is removed, and its open cases are shown to nobody until its profile is back",
					zap.String("clinic", id), zap.Int("count", open))
			}
		}
		warnings := s.pager.Warnings()
		for _, one := range warnings {
			if !slices.Contains(warned, one) {
				s.log.Warn("whom an emergency wakes has changed with the clinics", zap.String("problem", one))
			}
		}
		known, warned = ids, warnings
	}
}
