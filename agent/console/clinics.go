package console

import (
	"recado/agent/clinic"
	"recado/agent/inbox"
)

// Reserved reports whether a clinic's id is that of a page below /staff. Such
// a clinic cannot be served here: its addresses would be the page's.
func (s *Server) Reserved(id string) bool { return s.reserved[id] }

// serves reports whether a clinic is served now; what came for none always is.
func (s *Server) serves(id string) bool {
	_, ok := s.cfg.Clinics().Profile(id)
	return id == inbox.NoClinic || ok && !s.Reserved(id)
}

// directory is the clinics as they were when the request came: one that is
// removed meanwhile is there until it is answered.
func (r *Request) directory() clinic.Directory {
	if r.all == nil {
		r.all = r.Server.cfg.Clinics()
	}
	return r.all
}

// profile is a clinic's profile; nil for none.
func (r *Request) profile(id string) *clinic.Profile {
	p, ok := r.directory().Profile(id)
	if !ok || r.Server.Reserved(id) {
		return nil
	}
	return p
}

// clinics are the ids of all clinics, and of what came for none.
func (r *Request) clinics() []string {
	var ids []string
	for _, p := range r.directory().Profiles() {
		if !r.Server.Reserved(p.ID) {
			ids = append(ids, p.ID)
		}
	}
	return append(ids, inbox.NoClinic)
}
