package answer

import (
	"fmt"
	"sync"
	"testing"

	"recado/agent/clinic"
	"recado/agent/language"
)

// wordy is a clinic whose names are words that anybody writes.
var wordy = sync.OnceValue(func() *clinic.Profile {
	p := clinic.Sample()
	p.Location[0].Name, p.Location[0].Aliases = "Main", []string{"la primera", "Centro", "Home"}
	p.Location[1].Name, p.Location[1].Aliases = "Oak", []string{"la del este", "Sun"}
	p.Plans = []clinic.Plan{
		{Name: "Star", Accepted: true}, {Name: "Clear", Accepted: true}, {Name: "Community", Accepted: true}, {Name: "First", Accepted: true},
		{Name: "Oscar", Accepted: true}, {Name: "Humana", Accepted: true},
	}
	p.Providers = []clinic.Provider{{Name: "Dr. Ann Young", Aliases: []string{"Young", "Dr. Ann"}}, {Name: "Dra. Luz Leal", Aliases: []string{"Leal", "Luz"}},
		{Name: "Camila Duarte", Aliases: []string{"Duarte"}}}
	return p
})

func TestAnOrdinaryWordIsANameOnlyWithASignOfIt(t *testing.T) {
	x := indexOf(wordy())
	for _, test := range []struct {
		names *names
		text  string
		want  []int
	}{
		{&x.places, "este sábado abren?", nil},
		{&x.places, "abren en este horario", nil},
		{&x.places, "¿está abierta la del este?", []int{1}},
		{&x.places, "la clínica del este", []int{1}},
		{&x.places, "cómo llego al este", []int{1}},
		{&x.places, "en el este abren los lunes?", []int{1}},
		{&x.places, "la primera abre el sábado", []int{0}},
		{&x.places, "es la primera vez que voy", nil},
		{&x.places, "mi primera cita", nil},
		{&x.places, "is the main office open", []int{0}},
		{&x.places, "what's the main reason", nil},
		{&x.places, "where is the main one", []int{0}},
		{&x.places, "I am at home", nil},
		{&x.places, "the home location", []int{0}},
		{&x.places, "are you open sun", nil},
		{&x.places, "voy al centro", []int{0}},
		{&x.places, "un centro de salud", nil},

		{&x.plans, "do you take star", []int{0}},
		{&x.plans, "the star plan", []int{0}},
		{&x.plans, "aceptan la star", []int{0}},
		{&x.plans, "where do I start, I'm a star at this", nil},
		{&x.plans, "is it clear?", nil},
		{&x.plans, "people in the community", nil},
		{&x.plans, "my insurance is community", []int{2}},
		{&x.plans, "do I pay first", nil},
		{&x.plans, "first health insurance", []int{3}},
		{&x.plans, "can I talk to a human", nil},
		{&x.plans, "aceptan humna", []int{5}},
		{&x.plans, "my name is Oscar, do you take star", []int{0}},
		{&x.plans, "soy Oscar, ¿aceptan Humana?", []int{5}},
		{&x.plans, "mine is Oscar", []int{4}},
		{&x.plans, "my Oscar plan", []int{4}},

		{&x.providers, "is there a wait for young kids", nil},
		{&x.providers, "is dr young in", []int{0}},
		{&x.providers, "con la doctora luz", []int{1}},
		{&x.providers, "se fue la luz", nil},
		{&x.providers, "doctor ann", []int{0}},
		{&x.providers, "quién atiende durante la tarde", nil},

		{&x.services, "can I add my wife", nil},
		{&x.services, "do you test for ADD", []int{service("adhd")}},
		{&x.services, "do you treat add in adults", []int{service("adhd"), service("adults")}},

		{&x.languages, "yes mam thank you", nil},
		{&x.languages, "alguien habla mam", []int{spoken("mam")}},
		{&x.languages, "do you speak french", []int{spoken("fr")}},
	} {
		var got []int
		for _, h := range test.names.find(language.Scan(test.text).Tokens) {
			got = append(got, h.id)
		}
		if fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%q names %v, want %v", test.text, got, test.want)
		}
	}
}

func service(id string) int {
	for i, s := range wordy().Services {
		if s.ID == id {
			return i
		}
	}
	return -1
}

func spoken(code string) int {
	for i, l := range clinic.SpokenLanguages {
		if l.Code == code {
			return i
		}
	}
	return -1
}
