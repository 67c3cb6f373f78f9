package console

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what a browser keeps of views, so that its cookie stays small.
const (
	mostViews    = 8
	longestView  = 40 // characters of a name
	longestQuery = 240
)

// savedView is a filter that a person gave a name.
type savedView struct {
	Name  string `json:"n"`
	Query string `json:"q"`
}

// viewsCookie is one for each person who uses the browser.
func viewsCookie(person string) string {
	h := fnv.New64a()
	h.Write([]byte(person))
	return fmt.Sprintf("recado-staff-views-%x", h.Sum64())
}

// savedViews reads what the browser keeps. Whatever does not read as a view is
// left out.
func savedViews(r *http.Request, person string) []savedView {
	c, err := r.Cookie(viewsCookie(person))
	if err != nil {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	var all []savedView
	if err != nil || json.Unmarshal(raw, &all) != nil {
		return nil
	}
	var good []savedView
	for _, v := range all {
		if v, ok := cleanView(v.Name, v.Query); ok && len(good) < mostViews {
			good = append(good, v)
		}
	}
	return good
}

// cleanView is a view whose query has been read and written anew.
func cleanView(name, query string) (savedView, bool) {
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, ""))), " ")
	if utf8.RuneCountInString(name) > longestView {
		name = strings.TrimSpace(string([]rune(name)[:longestView]))
	}
	v, err := url.ParseQuery(query)
	if err != nil || name == "" {
		return savedView{}, false
	}
	query = readFilter(v).all().values().Encode()
	return savedView{name, query}, len(query) <= longestQuery
}

func (s *Server) setViews(r *Request, all []savedView) error {
	raw, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("keep views: %w", err)
	}
	http.SetCookie(r.W, &http.Cookie{
		Name: viewsCookie(r.Person.ID), Value: base64.RawURLEncoding.EncodeToString(raw), Path: "/staff", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: s.cfg.Secure, SameSite: http.SameSiteLaxMode,
	})
	return nil
}

// saveView keeps the list that the person sees, under a name; one of that
// name is replaced.
func (s *Server) saveView(r *Request) error {
	v, ok := cleanView(r.PostForm.Get("name"), r.PostForm.Get("query"))
	if !ok {
		return BadForm("case.form.empty")
	}
	views := []savedView{v}
	for _, have := range savedViews(r.Request, r.Person.ID) {
		if have.Name != v.Name && len(views) < mostViews {
			views = append(views, have)
		}
	}
	if err := s.setViews(r, views); err != nil {
		return err
	}
	return r.Done(viewPath(r.Clinic, v.Query), "view_saved")
}

func (s *Server) forgetView(r *Request) error {
	var views []savedView
	for _, have := range savedViews(r.Request, r.Person.ID) {
		if have.Name != r.PostForm.Get("name") {
			views = append(views, have)
		}
	}
	if err := s.setViews(r, views); err != nil {
		return err
	}
	return r.Done("/staff/"+r.Clinic, "view_forgotten")
}

func viewPath(clinic, query string) string {
	path := "/staff/" + url.PathEscape(clinic)
	if query != "" {
		path += "?" + query
	}
	return path
}
