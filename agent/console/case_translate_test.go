package console

import (
	"context"
	"strings"
	"testing"

	"recado/agent"
	"recado/agent/audit"
)

// echo translates by saying so, or fails.
type echo struct{ err error }

func (e echo) Translate(_ context.Context, q agent.TranslateQuery) (agent.Translation, error) {
	return agent.Translation{Text: "<b>it hurts</b>", From: "es", To: q.To, Model: "own-model"}, e.err
}

func TestATranslationStandsBesideTheOriginalWhenAskedFor(t *testing.T) {
	d, ana, c := oneCase(t, func(cfg *Config) { cfg.Translator = echo{} })
	path := casePath(deskClinic, c.ID)
	if !strings.Contains(ana.get(path).Body, `name="translate"`) {
		t.Error("no translation is offered")
	}
	a := ana.post(path+"/open", form("arrival", "all"))
	if strings.Contains(a.Body, "it hurts") || !strings.Contains(a.Body, "Not translated") {
		t.Error("it is translated although nobody asked")
	}
	a = ana.post(path+"/open", form("arrival", "all", "translate", "1"))
	for _, want := range []string{deskCanary + " me duele", "&lt;b&gt;it hurts&lt;/b&gt;", "Machine translation (own-model), not reviewed by anybody"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got := d.audits.of(audit.RecordOpened); len(got) != 2 || got[0].Subject != "" || got[1].Subject != "translated" {
		t.Errorf("the audit has %+v", got)
	}
	ana.lang = "es-MX"
	if strings.Contains(ana.get(path).Body, `name="translate"`) {
		t.Error("a translation into the patient's own language is offered")
	}
}

func TestWithoutACoveredEndpointTheOriginalIsShown(t *testing.T) {
	_, ana, c := oneCase(t, func(cfg *Config) { cfg.Translator = echo{agent.ErrNotCovered} })
	a := ana.post(casePath(deskClinic, c.ID)+"/open", form("arrival", "all", "translate", "1"))
	if a.Status != 200 || !strings.Contains(a.Body, "me duele") || !strings.Contains(a.Body, "could not be translated") || strings.Contains(a.Body, "it hurts") {
		t.Errorf("%d", a.Status)
	}
}
