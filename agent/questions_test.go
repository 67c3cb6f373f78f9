package agent_test

import (
	"slices"
	"strings"
	"testing"

	"recado/agent"
)

func replyKeys(d agent.Decision) string {
	var keys []string
	for _, r := range d.Replies {
		if r.Key != "intro" {
			keys = append(keys, r.Key)
		}
	}
	return strings.Join(keys, " ")
}

func TestEverythingThatATurnAsksIsAnswered(t *testing.T) {
	for _, c := range []struct {
		text, want string
		has        []string
	}{
		// two things of one kind
		{"price for a TB test and for a work physical?", "cost.named", []string{"$30", "$60"}},
		{"¿precio de la prueba de tuberculosis y del físico para el trabajo?", "cost.named", []string{"$30", "$60"}},
		{"how much is a physical and a flu shot", "cost.named", []string{"$35", "$30"}},
		{"do you do labs and x-rays and ekg", "services.offered services.not_offered", []string{"lab work", "EKG", "X-rays"}},
		{"vamos a escoger entre Humana y Oscar, ¿con los dos nos atienden?", "insurance.accepted", []string{"Humana", "Oscar"}},
		{"Es la cruz azul, pero HMO, ¿la toman?", "insurance.accepted", []string{"llámenos primero"}},
		{"que dias viene la doctora tran y la doctora trevino", "providers.named", []string{"Tran", "Treviño"}},
		{"¿a qué hora abren mañana y si es igual el sábado?", "hours.days", []string{"Viernes 4", "Sábado 5"}},
		{"Entre sus doctores, ¿hay alguna mujer?", "providers.found", []string{"Treviño"}},
		// several matters
		{"Three things: are you open Friday, is parking free, and do you take CHIP?", "hours.days parking.places insurance.accepted", nil},
		{"Tres cositas: si abren el viernes, si el estacionamiento es gratis y si aceptan CHIP", "hours.days parking.places insurance.accepted", nil},
		{"quería saber: ¿atienden niños y aceptan Superior?", "services.offered insurance.accepted", nil},
		{"how much is a strep test there and can people walk in for it", "cost.named walk_ins.service", nil},
		{"what are your hours and address", "hours.week location.places", nil},
		{"horario y ubicación por favor", "hours.week location.places", nil},
		{"hours? location? insurance?", "hours.week location.places insurance.list", nil},
		{"teléfono de la oficina y la dirección por favor", "contact.all location.places", nil},
		{"abren los sabados? y que camion me deja cerca", "hours.days location.places", nil},
		// a statement is no question
		{"¿Y el sábado 2 de enero abren? Los niños siguen de vacaciones", "hours.days", nil},
		{"Can I book a visit for my neighbor? She doesn't have a phone", "booking.link", nil},
		{"Perfecto, con eso me queda claro. ¡Muy amable!", "thanks", nil},
		{"consent form so my mom can take my kids, where do I get it", "forms.link", nil},
		{"my cousin will drive me but only after 5, is the clinic open on Monday", "hours.at_places", nil},
		{"I have an appointment Tuesday but I need to change it", "visit.reschedule", nil},
		{"no puedo ir mañana, ¿puede ser el jueves?", "visit.reschedule", nil},
		{"take me off Wednesday and put me on Friday", "visit.reschedule", nil},
	} {
		d := decide(t, say(c.text))
		if d.Disposition != agent.Answer || replyKeys(d) != c.want {
			t.Errorf("%q: %s by %s with %s, want %s", c.text, d.Disposition, d.Rule, replyKeys(d), c.want)
		}
		for _, want := range c.has {
			if !strings.Contains(d.Text(), want) {
				t.Errorf("%q: %q lacks %q", c.text, d.Text(), want)
			}
		}
	}
}

func TestWhatIsAnsweredIsAmongTheIntents(t *testing.T) {
	d := decide(t, say("Three things: are you open Friday, is parking free, and do you take CHIP?"))
	for _, want := range []string{"hours", "parking", "insurance"} {
		if !slices.ContainsFunc(d.Intents, func(in agent.Intent) bool { return in.Name == want && in.Confidence > 0 }) {
			t.Errorf("%v lacks %s", d.Intents, want)
		}
	}
}

func TestAMessageAnswersNoMoreThanItsLimit(t *testing.T) {
	d := decide(t, say("hours? location? insurance? parking? prices?"))
	if n := len(strings.Fields(replyKeys(d))); n != 3 {
		t.Errorf("%d answers: %s", n, replyKeys(d))
	}
}
