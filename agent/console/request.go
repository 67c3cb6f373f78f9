package console

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"recado/agent/audit"
	"recado/agent/clinic"
	"recado/agent/staff"
)

// Request is what a handler gets: the request after all checks of its route.
type Request struct {
	*http.Request
	W       http.ResponseWriter
	Server  *Server
	Route   Route
	Person  staff.Person  // the zero value where nobody is signed in
	Session staff.Session // the zero value where nobody is signed in
	Clinic  string        // of the path or the field "clinic"; may be empty
	Text    Texts         // in the person's language and the clinic's time zone
	ID      string        // of this request, in the log and on pages of errors

	token string // of the session
	prefs prefs
	all   clinic.Directory // see directory
}

// SignedIn reports whether a person is behind the request.
func (r *Request) SignedIn() bool { return r.Person.ID != "" }

// Profile is the clinic of the request; nil where there is none.
func (r *Request) Profile() *clinic.Profile { return r.profile(r.Clinic) }

// Can reports whether the person has at least a role at a clinic, by their
// account or by breaking the glass.
func (r *Request) Can(clinic string, need staff.Role) bool {
	return r.Server.can(r.Person, r.Session, clinic, need)
}

// JSONWanted reports whether the page asked by script, for JSON.
func (r *Request) JSONWanted() bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

// JSON answers with v.
func (r *Request) JSON(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	r.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	r.W.WriteHeader(status)
	_, _ = r.W.Write(append(body, '\n')) // who is gone needs no answer
	return nil
}

// Redirect sends the browser to a path of this server; a script is told it as
// {"to": ...}.
func (r *Request) Redirect(to string) error {
	if !local(to) {
		to = "/staff"
	}
	if r.JSONWanted() {
		return r.JSON(http.StatusOK, map[string]string{"to": to})
	}
	r.W.Header().Set("Location", to)
	r.W.WriteHeader(http.StatusSeeOther)
	return nil
}

// Done redirects, and tells the person what was done: key is one of the texts
// below [done].
func (r *Request) Done(to, key string) error {
	mark := "?"
	if strings.Contains(to, "?") {
		mark = "&"
	}
	return r.Redirect(to + mark + "done=" + url.QueryEscape(key))
}

// Decode reads a JSON body.
func (r *Request) Decode(v any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return &Failure{Status: http.StatusRequestEntityTooLarge, Text: "error.too_large"}
		}
		return &Failure{Status: http.StatusBadRequest, Text: "error.form"}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return &Failure{Status: http.StatusBadRequest, Text: "error.form"}
	}
	return nil
}

// Audit writes down what the person does, before it is done or shown. The
// request's person and clinic stand for fields of more that are empty; without a
// clinic it goes to audit.Common. What only broken glass allows carries the
// reason that was given for it. After an error nothing may be done or shown;
// returned, it says so to the person.
func (r *Request) Audit(kind audit.Kind, more ...audit.Act) error {
	var a audit.Act
	if len(more) > 0 {
		a = more[0]
	}
	a.Kind = kind
	if a.Who == "" {
		a.Who = r.Person.ID
	}
	if a.Clinic == "" {
		a.Clinic = cmp.Or(r.Clinic, audit.Common)
	}
	if need, asks := r.Route.Needs.role(); asks && a.Why == "" && r.Session.ByGlass(r.Person, a.Clinic, need) {
		a.Why = r.Session.Glass.Reason
	}
	if _, err := r.Server.cfg.Audit.Append(r.Context(), a); err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return nil
}

// StillIn is nil while the session lives, its person may still do what the
// route needs, and the clinic is served. It counts as nothing that the person
// did: streams ask it now and then, and end on an error.
func (r *Request) StillIn() error {
	session, person, err := r.Server.cfg.Staff.Get(r.Context(), r.token, false)
	if err != nil {
		return err
	}
	if role, asks := r.Route.Needs.role(); asks && !(r.Server.serves(r.Clinic) && r.Server.can(person, session, r.Clinic, role)) {
		return staff.ErrNotAllowed
	}
	return nil
}

// local reports whether to is a path of this server's pages and nothing that a
// browser takes for another host.
func local(to string) bool {
	if to != "/staff" && !strings.HasPrefix(to, "/staff/") && !strings.HasPrefix(to, "/staff?") {
		return false
	}
	if strings.ContainsAny(to, "\\\r\n\t") {
		return false
	}
	u, err := url.Parse(to)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil
}
