package main

import (
	"net/http"
	"net/url"
	"strings"
)

// apart keeps the staff's pages and the patients' private page to their own
// hosts, where they have two: what runs in a patient's browser there is of
// another origin than the staff's. Any other name reaches both, as behind a
// proxy that does not pass on the one that was asked for.
func apart(staffURL, privateURL string, pages, private http.Handler) http.Handler {
	staff, patients := hostOf(staffURL), hostOf(privateURL)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := strings.ToLower(r.Host)
		forPrivate := r.URL.Path == "/p" || strings.HasPrefix(r.URL.Path, "/p/")
		switch {
		case staff == patients, asked != staff && asked != patients:
		case forPrivate && asked == staff, !forPrivate && asked == patients:
			http.NotFound(w, r)
			return
		}
		if forPrivate {
			private.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// hostOf is the host of an address as browsers ask for it.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return host
}
