package console

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"recado/agent/audit"
	"recado/agent/staff"
)

func (s *Server) peopleRoutes() []Route {
	at := func(path string, handle func(*Request) error) Route {
		return Route{Method: http.MethodPost, Pattern: "/staff/{clinic}/people" + path, Needs: Admin, StepUp: true, Handle: handle}
	}
	return []Route{
		{Method: http.MethodGet, Pattern: "/staff/{clinic}/people", Needs: Admin, Handle: s.peoplePage},
		{Method: http.MethodGet, Pattern: "/staff/{clinic}/people/{person}", Needs: Admin, Handle: s.personPage},
		at("", s.invite),
		at("/{person}/role", s.setRole),
		at("/{person}/disable", s.disable),
		at("/{person}/enable", s.enable),
		at("/{person}/link", s.newLink),
		at("/{person}/reset", s.resetFactors),
		at("/{person}/sessions/revoke", s.revokeTheirs),
	}
}

type peopleData struct {
	People []staff.Person
	Fresh  bool
	Error  string // text
	Typed  staff.NewPerson
	Role   string
	Wide   bool // the person may give roles at every clinic
}

// Role is a person's role at the page's clinic.
func (v View) Role(p staff.Person) staff.Role { return p.Role(v.Clinic) }

// peopleHere are those with a role at the clinic, or whom its admin governs
// otherwise, as after their last role was taken away.
func (s *Server) peopleHere(r *Request) ([]staff.Person, error) {
	all, err := s.cfg.Staff.People(r.Context())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(p staff.Person) bool { return !s.concerns(r, p) }), nil
}

func (s *Server) concerns(r *Request, p staff.Person) bool {
	if _, ok := p.Roles[r.Clinic]; ok {
		return true
	}
	if _, ok := p.Roles[staff.Everywhere]; ok {
		return true
	}
	return len(p.Roles) == 0 && r.Person.Governs(p)
}

func (s *Server) peoplePage(r *Request) error { return s.people(r, http.StatusOK, "") }

func (s *Server) people(r *Request, status int, mistake string) error {
	people, err := s.peopleHere(r)
	if err != nil {
		return err
	}
	f := r.PostForm
	return r.page(status, "people", peopleData{
		People: people, Fresh: r.Session.Fresh(s.cfg.Now()), Error: mistake, Wide: s.wide(r),
		Typed: staff.NewPerson{Name: f.Get("name"), Email: f.Get("email"), Language: cmp.Or(f.Get("language"), r.Text.Lang())}, Role: f.Get("role"),
	})
}

// wide reports whether the person is an admin of every clinic.
func (s *Server) wide(r *Request) bool { return r.Person.Roles[staff.Everywhere] == staff.Admin }

func (s *Server) invite(r *Request) error {
	f := r.PostForm
	where := r.Clinic
	if f.Get("everywhere") == "on" && s.wide(r) {
		where = staff.Everywhere
	}
	if err := r.Audit(audit.PersonInvited, audit.Act{Subject: "role:" + known(f.Get("role"))}); err != nil {
		return err
	}
	person, token, err := s.cfg.Staff.Invite(r.Context(), r.Person, staff.NewPerson{
		Name: strings.TrimSpace(f.Get("name")), Email: strings.TrimSpace(f.Get("email")), Language: f.Get("language"),
		Roles: map[string]staff.Role{where: staff.Role(f.Get("role"))},
	})
	if typed := typedWrong(err); typed != nil {
		return s.people(r, http.StatusUnprocessableEntity, r.inputText(typed))
	}
	if errors.Is(err, staff.ErrExists) {
		return s.people(r, http.StatusConflict, r.Text.Say("error.exists"))
	}
	if err != nil {
		return err
	}
	s.names.forget()
	return s.linkMade(r, person, token)
}

// known is a role for the audit, which takes no words that people typed.
func known(role string) string {
	if staff.Role(role).Known() {
		return role
	}
	return "none"
}

type linkData struct {
	Person staff.Person
	URL    string
	Hours  int
}

// linkMade shows a set-up link once. It is not stored in clear anywhere.
func (s *Server) linkMade(r *Request, p staff.Person, token string) error {
	if err := r.Audit(audit.LinkMade, audit.Act{Subject: p.ID}); err != nil {
		return err
	}
	return r.Page("link", linkData{Person: p, URL: s.SetUpURL(token), Hours: int(staff.LinkFor.Hours())})
}

// SetUpURL is the address of a set-up link: its token is in the fragment,
// which browsers send to nobody.
func (s *Server) SetUpURL(token string) string {
	return strings.TrimSuffix(s.cfg.Public, "/") + "/staff/setup#" + token
}

type personData struct {
	Person   staff.Person
	Self     bool
	Governed bool // may be changed by the one who looks
	Fresh    bool
	Wide     bool
	Factors  staff.Factors
	Sessions []staff.Session
	Here     staff.Role // at this clinic alone
	All      staff.Role // at every clinic
}

// personOf is the person of the path, whom the clinic's admins may see.
func (s *Server) personOf(r *Request) (staff.Person, error) {
	p, err := s.cfg.Staff.Person(r.Context(), r.PathValue("person"))
	if err != nil {
		return p, err
	}
	if !s.concerns(r, p) {
		return p, NotFound()
	}
	return p, nil
}

func (s *Server) personPage(r *Request) error {
	p, err := s.personOf(r)
	if err != nil {
		return err
	}
	data := personData{
		Person: p, Self: p.ID == r.Person.ID, Governed: r.Person.Governs(p), Fresh: r.Session.Fresh(s.cfg.Now()), Wide: s.wide(r),
		Here: p.Roles[r.Clinic], All: p.Roles[staff.Everywhere],
	}
	if data.Factors, err = s.cfg.Staff.Factors(r.Context(), p.ID); err != nil {
		return err
	}
	if data.Governed {
		if data.Sessions, err = s.cfg.Staff.List(r.Context(), p.ID); err != nil {
			return err
		}
	}
	return r.Page("person", data)
}

// change does something to the person of the path, once the audit has it.
func (s *Server) change(r *Request, kind audit.Kind, more string, do func(staff.Person) error) (staff.Person, error) {
	p, err := s.personOf(r)
	if err != nil {
		return p, err
	}
	if !r.Person.Governs(p) {
		return p, staff.ErrNotAllowed
	}
	if err := r.Audit(kind, audit.Act{Subject: p.ID + more}); err != nil {
		return p, err
	}
	s.names.forget()
	return p, do(p)
}

func (r *Request) personPath(p staff.Person) string {
	return "/staff/" + r.Clinic + "/people/" + p.ID
}

func (s *Server) setRole(r *Request) error {
	role, where := staff.Role(r.PostForm.Get("role")), r.Clinic
	if role != "" && !role.Known() {
		return BadForm("error.form")
	}
	if r.PostForm.Get("where") == staff.Everywhere {
		where = staff.Everywhere
	}
	p, err := s.change(r, audit.PersonChanged, ":role:"+known(string(role)), func(p staff.Person) error {
		_, err := s.cfg.Staff.SetRole(r.Context(), r.Person, p.ID, where, role)
		return err
	})
	if err != nil {
		return err
	}
	return r.Done(r.personPath(p), "role_changed")
}

func (s *Server) disable(r *Request) error {
	p, err := s.change(r, audit.PersonDisabled, "", func(p staff.Person) error {
		if p.ID == r.Person.ID {
			return BadForm("people.not_yourself")
		}
		_, err := s.cfg.Staff.Disable(r.Context(), r.Person, p.ID)
		return err
	})
	if err != nil {
		return err
	}
	return r.Done(r.personPath(p), "disabled")
}

func (s *Server) enable(r *Request) error {
	p, err := s.change(r, audit.PersonEnabled, "", func(p staff.Person) error {
		_, err := s.cfg.Staff.Enable(r.Context(), r.Person, p.ID)
		return err
	})
	if err != nil {
		return err
	}
	return r.Done(r.personPath(p), "enabled")
}

func (s *Server) newLink(r *Request) error {
	var token string
	p, err := s.change(r, audit.PersonChanged, ":link", func(p staff.Person) (err error) {
		token, err = s.cfg.Staff.NewLink(r.Context(), r.Person, p.ID)
		return err
	})
	if err != nil {
		return err
	}
	return s.linkMade(r, p, token)
}

func (s *Server) resetFactors(r *Request) error {
	var token string
	p, err := s.change(r, audit.FactorsReset, "", func(p staff.Person) (err error) {
		if p.ID == r.Person.ID {
			return BadForm("people.not_yourself")
		}
		token, err = s.cfg.Staff.ResetFactors(r.Context(), r.Person, p.ID)
		return err
	})
	if err != nil {
		return err
	}
	return s.linkMade(r, p, token)
}

func (s *Server) revokeTheirs(r *Request) error {
	p, err := s.change(r, audit.SessionRevoked, "", func(p staff.Person) error {
		if id := r.PostForm.Get("session"); id != "" {
			return s.cfg.Staff.Revoke(r.Context(), p.ID, id)
		}
		return s.cfg.Staff.RevokeAll(r.Context(), p.ID, "")
	})
	if err != nil {
		return err
	}
	return r.Done(r.personPath(p), "sessions_ended")
}
