package console

import "recado/agent/channel/channeltest"

// fits fails where the page is wider than the screen.
func (p *deskTab) fits() {
	p.Helper()
	p.want(`document.documentElement.scrollWidth > document.documentElement.clientWidth ? [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 4).map(e => e.outerHTML.slice(0, 90)).join(" | ") : "fits"`, "fits")
}

// accessible runs the accessibility checker on what is shown.
func (p *deskTab) accessible(checker, what string) {
	p.Helper()
	channeltest.Accessible(p, p.ctx, checker, what)
}
