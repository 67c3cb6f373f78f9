package console

import "slices"

// shellRoutes are all but the inbox: the way in, accounts, people, audit.
func (s *Server) shellRoutes() []Route {
	return slices.Concat(s.assetRoutes(), s.frontRoutes(), s.signInRoutes(), s.setUpRoutes(), s.stepUpRoutes(),
		s.accountRoutes(), s.glassRoutes(), s.peopleRoutes(), s.auditRoutes(), s.exportRoutes(), s.dayRoutes())
}
