package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestStaffAndPatientsPagesStayOnTheirOwnHosts(t *testing.T) {
	said := func(what string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, what) })
	}
	two := apart("https://staff.clinic.example:443/", "https://private.clinic.example", said("staff"), said("private"))
	one := apart("http://localhost:8081", "http://localhost:8081", said("staff"), said("private"))
	for _, c := range []struct {
		handler          http.Handler
		host, path, want string
	}{
		{two, "staff.clinic.example", "/staff/sol", "staff"},
		{two, "staff.clinic.example", "/p", ""},
		{two, "STAFF.clinic.example", "/p/thread", ""},
		{two, "private.clinic.example", "/p", "private"},
		{two, "private.clinic.example", "/p/open", "private"},
		{two, "Private.clinic.example", "/staff/sign-in", ""},
		{two, "private.clinic.example", "/", ""},
		{two, "private.clinic.example", "/private", ""},
		{two, "10.0.0.7:8081", "/p", "private"}, // a proxy names its upstream
		{two, "10.0.0.7:8081", "/staff", "staff"},
		{one, "localhost:8081", "/p", "private"},
		{one, "localhost:8081", "/staff", "staff"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		if got := w.Body.String(); c.want != "" && got != c.want || c.want == "" && w.Code != http.StatusNotFound {
			t.Errorf("%s at %s: %d %q, want %q", c.path, c.host, w.Code, got, c.want)
		}
	}
}
