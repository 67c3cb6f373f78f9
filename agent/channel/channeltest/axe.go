package channeltest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"recado/agent/session/redistest"
)

// Axe returns the accessibility checker of axe-core. RECADO_TEST_AXE names the
// folder that it was installed in (npm install --prefix FOLDER axe-core);
// without it pages are not checked, or the test fails with
// RECADO_TEST_REQUIRE=1.
func Axe(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("RECADO_TEST_AXE")
	if dir == "" {
		const how = "RECADO_TEST_AXE is not set: npm install --prefix FOLDER axe-core, and set it to FOLDER"
		if os.Getenv(redistest.Require) == "1" {
			t.Fatal(how)
		}
		t.Log(how)
		return ""
	}
	source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// Accessible reports what axe-core finds wrong in the page of a tab; axe is
// what Axe returned.
func Accessible(t testing.TB, tab context.Context, axe, what string) {
	t.Helper()
	if axe == "" {
		return
	}
	if _, err := chromedp.Run(tab, chromedp.Evaluate[string](`typeof window.axe === "undefined" ? (`+"() => {"+axe+`; return "now"; })() : "there"`)); err != nil {
		t.Fatal("load axe-core: ", err)
	}
	const run = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], iframes: false})
		.then((r) => JSON.stringify(r.violations.map((x) => ({ID: x.id, Help: x.help, Nodes: x.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + " " + n.failureSummary.slice(0, 200))}))))`
	out, err := chromedp.Run(tab, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal("run axe-core: ", err)
	}
	var found []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("%s: %s: %s: %q", what, f.ID, f.Help, f.Nodes)
	}
}
