package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"recado/agent/inbox"
	"recado/agent/staff"
)

// Server is the staff's pages. It is safe for concurrent use.
type Server struct {
	cfg     Config
	texts   catalogue
	pages   *pages
	assets  map[string]asset
	names   names
	streams streams
	callers callers
	table   []Route
	// reserved are the words below /staff that are pages.
	reserved map[string]bool
	serve    http.Handler

	// closing ends streams; see Closing.
	closing   chan struct{}
	closeOnce sync.Once
}

// New returns the server, or what is wrong with cfg.
func New(cfg Config) (*Server, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, closing: make(chan struct{})}
	s.names.staff, s.names.now = cfg.Staff, cfg.Now
	s.callers.cfg = cfg
	var err error
	if s.texts, err = shippedTexts(); err != nil {
		return nil, err
	}
	if s.assets, err = loadAssets(assetFiles); err != nil {
		return nil, err
	}
	if s.pages, err = loadPages(templateFiles, s); err != nil {
		return nil, err
	}
	s.table, s.reserved = s.routes(), map[string]bool{}
	mux := http.NewServeMux()
	for _, route := range s.table {
		if word := route.reserved(); word != "" {
			s.reserved[word] = true
		}
		mux.Handle(route.key(), s.guard(route))
	}
	for _, p := range cfg.Clinics().Profiles() {
		if s.Reserved(p.ID) {
			return nil, fmt.Errorf("clinic %s has the id of a page below /staff: choose another id", p.ID)
		}
	}
	mux.Handle("/", s.guard(Route{Method: "*", Pattern: "(none)", Needs: Anyone, Quiet: true, Body: defaultBody, Handle: func(*Request) error { return NotFound() }}))
	cross := http.NewCrossOriginProtection()
	public, err := url.Parse(cfg.Public)
	if err != nil {
		return nil, fmt.Errorf("console config: Public: %w", err)
	}
	if err := cross.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("console config: Public: %w", err)
	}
	cross.SetDenyHandler(s.guard(Route{Method: "*", Pattern: "(cross-origin)", Needs: Anyone, Quiet: true, Handle: func(*Request) error {
		return &Failure{Status: http.StatusForbidden, Text: "error.cross_origin"}
	}}))
	s.serve = s.observe(s.headers(cross.Handler(mux)))
	return s, nil
}

// ServeHTTP implements http.Handler. It answers paths below /staff.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve.ServeHTTP(w, r) }

// Closing is closed when streams have to end.
func (s *Server) Closing() <-chan struct{} { return s.closing }

// Close ends streams; browsers come back by themselves, to another console.
// Without it a shutdown waits for them. It may be called again.
func (s *Server) Close() { s.closeOnce.Do(func() { close(s.closing) }) }

// guard checks everything that a route asks for, then handles it.
func (s *Server) guard(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note := noteOf(r.Context())
		note.route = route.Pattern
		req := &Request{Request: r, W: w, Server: s, Route: route, ID: note.id, prefs: prefsOf(r)}
		req.Text = s.textsFor(req)
		if route.Body > 0 {
			r.Body = http.MaxBytesReader(w, r.Body, route.Body)
		}
		admitted, err := s.admit(req)
		if err == nil && admitted {
			err = route.Handle(req)
		}
		if err != nil {
			f := req.failure(err)
			note.code, note.err = f.Text, f.Err
			req.fail(f)
		}
	})
}

// admit finds out who asks and whether the route is for them. Where it is not,
// there is an error, or the answer is given already.
func (s *Server) admit(r *Request) (admitted bool, err error) {
	if err := r.parse(); err != nil {
		return false, err
	}
	over, err := s.identify(r)
	if err != nil {
		return false, err
	}
	r.Clinic = s.clinicOf(r)
	r.Text = s.textsFor(r)
	if err := s.crowded(r); err != nil {
		return false, err
	}
	if r.Route.Needs == Anyone {
		return true, nil
	}
	if !r.SignedIn() {
		return false, s.signInFirst(r, over)
	}
	if role, asks := r.Route.Needs.role(); asks {
		if !r.Can(r.Clinic, staff.Reader) {
			return false, NotFound() // whether there is such a clinic is nobody else's business
		}
		if !r.Can(r.Clinic, role) {
			return false, staff.ErrNotAllowed
		}
	}
	if r.Route.StepUp && !r.Session.Fresh(s.cfg.Now()) {
		return false, staff.ErrStepUp
	}
	return true, nil
}

// identify looks up the session of the cookie, if there is one. over is the
// error of one that has ended.
func (s *Server) identify(r *Request) (over, err error) {
	token := s.tokenOf(r.Request)
	if token == "" {
		return nil, nil
	}
	session, person, err := s.cfg.Staff.Get(r.Context(), token, !r.Route.Quiet && r.Route.Needs != Anyone)
	switch {
	case err == nil:
		r.token, r.Session, r.Person = token, session, person
	case errors.Is(err, staff.ErrExpired):
		return err, nil
	case r.Route.Needs != Anyone:
		return nil, fmt.Errorf("look the session up: %w", err)
	}
	return nil, nil
}

// parse reads a form, so that handlers find all of it or none.
func (r *Request) parse() error {
	if r.Method != http.MethodPost {
		return nil
	}
	kind := r.Header.Get("Content-Type")
	if len(kind) >= 16 && kind[:16] == "application/json" {
		return nil // the handler decodes it
	}
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return err
		}
		return &Failure{Status: http.StatusBadRequest, Text: "error.form"}
	}
	return nil
}

// clinicOf is the clinic that a request is about, empty where it is none that
// this console serves.
func (s *Server) clinicOf(r *Request) string {
	id := r.PathValue("clinic")
	if id == "" && r.Method == http.MethodPost {
		id = r.PostForm.Get("clinic")
	}
	if id == "" {
		id = r.URL.Query().Get("clinic")
	}
	if r.profile(id) == nil && id != inbox.NoClinic {
		return ""
	}
	return id
}

// can reports whether a session's person has at least a role at a clinic.
func (s *Server) can(p staff.Person, session staff.Session, clinic string, need staff.Role) bool {
	return clinic != "" && session.Can(p, clinic, need)
}

// signInFirst sends a browser to the page for it, and back afterwards. What a
// page asks for by itself is told that the session is over, so that nothing of
// a patient stays on its screen.
func (s *Server) signInFirst(r *Request, gone error) error {
	if r.JSONWanted() || r.Route.Quiet || r.Route.Method != http.MethodGet {
		return &Failure{Status: http.StatusUnauthorized, Text: "error.signed_out", Fields: map[string]any{"sign_in": "/staff/sign-in"}, Err: gone}
	}
	query := url.Values{}
	if to := r.URL.RequestURI(); to != "/staff" && local(to) {
		query.Set("next", to)
	}
	if gone != nil {
		query.Set("why", "idle")
	}
	to := "/staff/sign-in"
	if len(query) > 0 {
		to += "?" + query.Encode()
	}
	return r.Redirect(to)
}
