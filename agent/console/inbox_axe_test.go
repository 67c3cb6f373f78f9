package console

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

func (p *deskTab) fits() {
	p.Helper()
	p.want(`document.documentElement.scrollWidth > document.documentElement.clientWidth ? [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 4).map(e => e.outerHTML.slice(0, 90)).join(" | ") : "fits"`, "fits")
}

// deskAxe is the accessibility checker, or empty where it is not installed.
func deskAxe(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("RECADO_TEST_AXE")
	if dir == "" {
		const how = "RECADO_TEST_AXE is not set: npm install --prefix FOLDER axe-core, and set it to FOLDER"
		if os.Getenv("RECADO_TEST_REQUIRE") == "1" {
			t.Fatal(how)
		}
		return ""
	}
	source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// accessible runs the checker on what is shown.
func (p *deskTab) accessible(checker, what string) {
	p.Helper()
	if checker == "" {
		return
	}
	if p.eval(`typeof axe`) == "undefined" { // once a page: it is large
		if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](checker+"; 'ready'")); err != nil {
			p.Fatal("load axe-core: ", err)
		}
	}
	var found []struct {
		ID, Help string
		Nodes    []string
	}
	out := p.eval(`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
		.then(r => JSON.stringify(r.violations.map(x => ({ID: x.id, Help: x.help, Nodes: x.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + n.failureSummary.slice(0, 200))}))))`)
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		p.Fatal(err)
	}
	for _, f := range found {
		p.Errorf("%s: %s: %s: %q", what, f.ID, f.Help, f.Nodes)
	}
}
