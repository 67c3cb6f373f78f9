package console

import (
	"net/http"
	"strings"

	"recado/agent/staff"
)

// Need says who may use a route.
type Need string

// The needs. Reader, Staff and Admin are roles at the clinic of the request:
// {clinic} of the path, else the field or parameter "clinic".
const (
	Anyone   Need = "anyone"
	SignedIn Need = "signed in"
	Reader   Need = "reader"
	Staff    Need = "staff"
	Admin    Need = "admin"
)

// role is the role that n asks for, and whether it asks for one.
func (n Need) role() (staff.Role, bool) {
	switch n {
	case Reader:
		return staff.Reader, true
	case Staff:
		return staff.Staff, true
	case Admin:
		return staff.Admin, true
	}
	return "", false
}

// Route is a line of the table.
type Route struct {
	// Method is GET, which answers HEAD as well, or POST.
	Method string
	// Pattern is a path of http.ServeMux below /staff. Its first word below
	// /staff is {clinic} or a fixed word; ids of other things stand in paths
	// only behind {clinic}.
	Pattern string
	Needs   Need
	// StepUp asks for a second factor that was shown in the last minutes.
	StepUp bool
	// Quiet marks what pages do by themselves, such as streams and polls: it
	// does not count as something that the person did.
	Quiet bool
	// Body is the most bytes that a request may have. Defaults to 64 KiB.
	Body int64
	// Handle answers. What it returns becomes a page or JSON, see Failure;
	// after an error it must not have written anything yet.
	Handle func(*Request) error
}

const defaultBody = 64 << 10

func (r Route) key() string { return r.Method + " " + r.Pattern }

// reserved is the first word below /staff, where it is no wildcard: no clinic
// may have it as its id.
func (r Route) reserved() string {
	word, _, _ := strings.Cut(strings.TrimPrefix(r.Pattern, "/staff/"), "/")
	if strings.HasPrefix(word, "{") {
		return ""
	}
	return word
}

// routes is the whole table.
func (s *Server) routes() []Route {
	all := append(s.shellRoutes(), s.inboxRoutes()...)
	for i := range all {
		if all[i].Body == 0 {
			all[i].Body = defaultBody
		}
		if all[i].Method == "" {
			all[i].Method = http.MethodGet
		}
	}
	return all
}
