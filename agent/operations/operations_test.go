package operations

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func rules(t *testing.T) []rule {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(Alerts, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Groups) != 1 || len(file.Groups[0].Rules) == 0 {
		t.Fatal("no rules")
	}
	return file.Groups[0].Rules
}

func TestEveryAlertHasItsHeadingAndEveryHeadingItsAlert(t *testing.T) {
	t.Parallel()
	var alerts []string
	for _, r := range rules(t) {
		alerts = append(alerts, r.Alert)
		if s := r.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s: severity is %q", r.Alert, s)
		}
		if r.Annotations["summary"] == "" || r.Annotations["runbook"] != "recado doctor runbook "+r.Alert {
			t.Errorf("%s: annotations are %v", r.Alert, r.Annotations)
		}
		if strings.Count(r.Expr, "(") != strings.Count(r.Expr, ")") || strings.Count(r.Expr, "{") != strings.Count(r.Expr, "}") || strings.Count(r.Expr, `"`)%2 != 0 {
			t.Errorf("%s: the expression is not closed: %s", r.Alert, r.Expr)
		}
		section, err := Section(r.Alert)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, part := range []string{"**It means:** ", "**Patients notice:** ", "**Do:**\n\n1. ", "Severity: " + r.Labels["severity"]} {
			if !strings.Contains(section, part) {
				t.Errorf("%s: its section has no %q", r.Alert, part)
			}
		}
		if strings.Count(section, heading) != 1 {
			t.Errorf("%s: its section goes on into another", r.Alert)
		}
	}
	if !slices.Equal(alerts, Names()) {
		t.Errorf("alerts are %v and headings %v", alerts, Names())
	}
}

func TestAnAlertIsFoundAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"RecadoNotReady", "notready", " recadonotready "} {
		if s, err := Section(name); err != nil || !strings.HasPrefix(s, "## RecadoNotReady\n") {
			t.Errorf("%q: %.40q, %v", name, s, err)
		}
	}
	if _, err := Section("nothing"); err == nil || !strings.Contains(err.Error(), "RecadoNotReady") {
		t.Errorf("error is %v", err)
	}
}

func TestPanelsOfTheDashboardFitTheScreenAndAskSomething(t *testing.T) {
	t.Parallel()
	var d struct {
		Title  string
		UID    string
		Panels []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ H, W, X, Y int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(Dashboard, &d); err != nil {
		t.Fatal(err)
	}
	ids, place := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("panel %d is there twice", p.ID)
		}
		ids[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%s asks for nothing", p.Title)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := place[[2]int{x, y}]; other != "" || x > 23 {
					t.Fatalf("%s lies on %q or beyond the edge", p.Title, other)
				}
				place[[2]int{x, y}] = p.Title
			}
		}
	}
	if d.Title == "" || d.UID == "" || len(ids) < 10 {
		t.Error("not a dashboard")
	}
}
