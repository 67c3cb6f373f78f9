package webchat

import (
	"net/http"
	"strings"

	"recado/agent/remote"
)

// place is where a visitor is: on a clinic's page here, or in the widget on
// the clinic's own website.
type place struct {
	clinic   Clinic
	named    bool // the address names the clinic
	suffix   string
	embedded bool
}

// base begins the addresses of the place.
func (p place) base() string {
	if p.embedded {
		return "/widget"
	}
	return "/chat"
}

func (p place) cookieName() string { return cookieName + p.suffix }

// storeName is where the page keeps its transcript in the browser's tab.
func (p place) storeName() string {
	if p.embedded {
		return "recado-widget" + p.suffix
	}
	return "recado" + p.suffix
}

// query is what follows ? to name the clinic again.
func (p place) query() string {
	if p.named {
		return p.clinic.key()
	}
	return ""
}

// find returns the place of a request; false where its clinic is not known.
func (h *Handler) find(r *http.Request) (place, bool) {
	key := r.URL.Query().Get("clinic")
	p := place{clinic: h.cfg.Clinic, named: key != "", embedded: strings.HasPrefix(r.URL.Path, "/widget")}
	if key == "" {
		// By its id as well: its key may be another one by now.
		for _, key := range []string{p.clinic.key(), p.clinic.ID} {
			if now, ok := h.cfg.Clinics(key); ok && now.ID == p.clinic.ID {
				p.clinic = now
				return p, now.ID != ""
			}
		}
		return place{}, false
	}
	var ok bool
	if p.clinic, ok = h.cfg.Clinics(key); !ok {
		return place{}, false
	}
	if p.clinic.ID != h.cfg.Clinic.ID {
		p.suffix = "_" + p.clinic.ID
	}
	return p, true
}

type placed func(w http.ResponseWriter, r *http.Request, p place)

// at serves what belongs to a clinic.
func (h *Handler) at(next placed) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := h.find(r)
		if !ok {
			http.Error(w, "No clinic has this address. Please call your clinic. "+h.pages.texts["en"]["emergency_strip"]+
				"\n\nNinguna clínica tiene esta dirección. Por favor, llame a su clínica. "+h.pages.texts["es"]["emergency_strip"], http.StatusNotFound)
			return
		}
		next(w, r, p)
	})
}

// limited refuses an address that asks too fast.
func (h *Handler) limited(next placed) placed {
	return func(w http.ResponseWriter, r *http.Request, p place) {
		if address, ok := remote.Known(r, h.cfg.Proxies); ok && !h.limits.addresses.allow(address, h.cfg.Now()) {
			h.refuseRate(w)
			return
		}
		next(w, r, p)
	}
}
