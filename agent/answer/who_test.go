package answer

import (
	"strings"
	"testing"

	"recado/agent/clinic"
	"recado/locales"
)

// said is the English text of an answer.
func said(t *testing.T, a Answer, p *clinic.Profile) string {
	t.Helper()
	c, err := locales.Default()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range a.Messages {
		all = append(all, render(t, c, "en", p, m))
	}
	return strings.Join(all, "\n")
}

func TestTheFactsAnswerForTheThingAskedAndNotForWhomItIs(t *testing.T) {
	silent := changed(func(p *clinic.Profile) { p.WalkIns = clinic.WalkIns{} })
	for _, test := range []struct {
		clinic                      func() *clinic.Profile
		intent, text, want, has, no string
	}{
		// people are only those that the thing asked for is for
		{sample, "services", "do you shape babies' heads", "services.unlisted", "", "children"},
		{sample, "services", "¿perforan las orejitas de las bebés?", "services.unlisted", "", "children"},
		{sample, "services", "sealants for kids", "services.unlisted", "", "children"},
		{sample, "services", "¿cortan el frenillo a los recién nacidos?", "services.unlisted", "", ""},
		{sample, "services", "do you hypnotize women", "services.unlisted", "", "adults"},
		{sample, "services", "ven niños con ictericia?", "services.unlisted", "", "children"},
		{sample, "services", "do you do ADHD evaluations for kids", "services.offered", "ADHD", "care for children"},
		{sample, "services", "hay dentista de niños?", "services.not_offered", "dental", ""},
		// people are what is asked for
		{sample, "services", "do you see toddlers?", "services.offered", "care for children", ""},
		{sample, "services", "¿ven niños chiquitos?", "services.offered", "care for children", ""},
		{sample, "services", "do you see newborns right out of the hospital", "services.offered", "newborn", ""},
		{sample, "services", "reciben recién nacidos o ya más grandecitos", "services.offered", "newborn", ""},
		{sample, "services", "are teenagers seen without parents", "services.offered", "care for children", ""},
		{sample, "services", "qué servicios tienen para los adultos mayores", "services.offered", "adults", ""},
		// a role is no service
		{sample, "services", "tienen dentista y pediatra", "services.not_offered providers.found", "Dr. Linh Tran", ""},
		{sample, "services", "¿tienen pediatras?", "providers.found", "Dr. Linh Tran", ""},
		{sample, "services", "nurse advice line?", "services.unlisted", "", ""},
		{sample, "providers", "hay ginecóloga", "services.offered", "women's health", ""},

		{sample, "walk_ins", "labs, walk in?", "walk_ins.service_no", "lab work", "without an appointment"},
		{sample, "walk_ins", "¿para análisis de sangre puedo llegar sin cita?", "walk_ins.service_no", "", "without an appointment"},
		{sample, "walk_ins", "walk in for flu shot and labs?", "walk_ins.service walk_ins.service_no", "", ""},
		{sample, "walk_ins", "walk in for the dentist?", "services.not_offered", "", "without an appointment"},
		{sample, "walk_ins", "¿puedo llegar sin cita para hipnosis?", "services.unlisted", "", "without an appointment"},
		{sample, "walk_ins", "can I walk in with my kids", "walk_ins.yes", "", ""},
		{sample, "walk_ins", "¿el pediatra atiende sin cita?", "walk_ins.yes", "", ""},
		{sample, "walk_ins", "my classes end at five, can I just walk in", "walk_ins.yes", "", ""},
		{silent, "walk_ins", "walk in for flu shots?", "walk_ins.service", "", ""},
		{silent, "walk_ins", "can I come without an appointment with my son", "walk_ins.no", "", ""},
	} {
		p := test.clinic()
		a := ask(p, at(t, open), test.intent, test.text)
		text := said(t, a, p)
		if keys(a) != test.want || !strings.Contains(text, test.has) || test.no != "" && strings.Contains(text, test.no) {
			t.Errorf("%s %q: %s: %s; want %s with %q and without %q", test.intent, test.text, keys(a), text, test.want, test.has, test.no)
		}
		if unlisted := test.want == "services.unlisted"; unlisted == a.Known || unlisted && !a.Staff {
			t.Errorf("%q: known %v, staff %v", test.text, a.Known, a.Staff)
		}
	}
}
