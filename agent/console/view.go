package console

import (
	"net/http"
	"strings"

	"recado/agent/inbox"
	"recado/agent/staff"
)

// View is the dot of every template. A page's own values are in Data; the
// texts' methods (Clock, Day, When, Ago) are those of the request.
type View struct {
	Texts
	*Request
	Data   any
	Status int
	Done   string // key of a text below [done]; empty for none
	Ends   int64  // when the session ends by itself, in milliseconds; 0 for nobody
	Idle   int    // seconds until then
}

// ClinicLink is a clinic in the navigation.
type ClinicLink struct {
	ID, Name string
	Here     bool
}

// MyClinics are those that the person may look at, in order.
func (v View) MyClinics() []ClinicLink {
	var links []ClinicLink
	for _, id := range v.clinics() {
		if v.Can(id, staff.Reader) {
			links = append(links, ClinicLink{ID: id, Name: v.ClinicName(id), Here: id == v.Clinic})
		}
	}
	return links
}

// ClinicName is what a clinic is called.
func (r *Request) ClinicName(id string) string {
	if p := r.profile(id); p != nil {
		return p.Name
	}
	if id == inbox.NoClinic {
		return r.Text.Say("shell.no_clinic")
	}
	return id
}

// Name is what a person is called: by their id as audits and cases have it.
func (r *Request) Name(id string) string {
	switch id {
	case "":
		return ""
	case "recado", "patient", "nobody":
		return r.Text.Say("who." + id)
	case r.Person.ID:
		return r.Person.Name
	}
	if name, ok := r.Server.names.of(r.Context(), id); ok {
		return name
	}
	return r.Text.Say("who.unknown", "id", id)
}

// May reports whether the person has a role, written as in Route, at the
// clinic of the page.
func (v View) May(role string) bool {
	return v.Clinic != "" && v.Can(v.Clinic, staff.Role(role))
}

// Theme is "", "light" or "dark".
func (v View) Theme() string {
	if v.SignedIn() {
		return v.Person.Theme
	}
	return v.prefs.Theme
}

// Sounds and Keys are what the browser is set to.
func (v View) Sounds() bool { return v.prefs.Sounds }

// Keys reports whether shortcuts are on.
func (v View) Keys() bool { return v.prefs.Keys }

// Section is the part of the console that the page belongs to, for the
// navigation: the word after the clinic, or after /staff.
func (v View) Section() string {
	rest := strings.TrimPrefix(v.Route.Pattern, "/staff")
	rest = strings.TrimPrefix(rest, "/{clinic}")
	word, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	return word
}

// Here is the page's address, for forms and links that come back to it.
func (v View) Here() string {
	if v.Route.Method == http.MethodGet {
		return v.URL.RequestURI()
	}
	return "/staff"
}

// Initial is the first letter of a name.
func (v View) Initial(name string) string {
	for _, r := range name {
		return strings.ToUpper(string(r))
	}
	return "?"
}

// Short is the end of an id, enough to tell two apart.
func (v View) Short(id string) string {
	if len(id) > 8 {
		return id[len(id)-8:]
	}
	return id
}

// Warning is what the clinic's admins have to know; "" for nothing.
func (v View) Warning() string {
	if v.Server.cfg.Warning == nil || !v.May("admin") {
		return ""
	}
	return v.Server.cfg.Warning(v.Clinic, v.Lang())
}
