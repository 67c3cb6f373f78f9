package answer

import (
	"strings"
	"testing"

	"recado/agent/language"
	"recado/agent/reading"
)

// Each class of question in both languages: what must stand in the English
// text, and what must not.
func TestClassesOfQuestionsGetTheirFact(t *testing.T) {
	for _, test := range []struct {
		class, intent string
		texts         []string
		has, no       []string
	}{
		{"the way in without steps", "location", []string{"is there a ramp", "hay rampa?", "do you have an elevator, we have a stroller", "¿hay escaleras o elevador?"},
			[]string{"ramp", "level"}, []string{"6710 Renwick"}},
		{"the way in of one place", "location", []string{"are there steps at the Harrisburg entrance", "¿la de Harrisburg tiene escalones?"},
			[]string{"Eastside", "level"}, []string{"5214", "Gulfton"}},
		{"the way in where parking was heard", "parking", []string{"is there a ramp for a double stroller", "¿hay lugar para silla de ruedas?"}, []string{"ramp", "level"}, nil},
		{"address and ramp", "location", []string{"what's the address and is there a ramp", "la dirección y si hay rampa"}, []string{"6710 Renwick", "ramp"}, nil},
		{"a landmark", "location", []string{"which office is near the fire station", "¿cuál está enfrente de los bomberos?"}, []string{"5214 Harrisburg", "fire station"}, []string{"Renwick"}},
		{"no known landmark", "location", []string{"are you close to Ben Taub", "¿están cerca del Ben Taub?"}, []string{"public library", "fire station"}, nil},
		{"how many places", "location", []string{"how many offices do you have", "¿cuántas clínicas tienen?"}, []string{"2 locations", "Renwick", "Harrisburg"}, nil},
		{"another place", "services", []string{"do you have another clinic", "¿nomás tienen una clínica o hay otra?"}, []string{"2 locations"}, nil},
		{"where a service is", "location", []string{"which of your offices has counseling", "¿en cuál clínica dan terapia?"}, []string{"Gulfton location"}, nil},

		{"this is not the east", "hours", []string{"are you open this saturday", "este sábado abren?"}, []string{"Gulfton: 9:00 AM", "Eastside: closed"}, nil},
		{"the whole week", "hours", []string{"the full schedule for both offices", "el horario completo de las dos clínicas", "los días y las horas en que abren"},
			[]string{"Gulfton", "Eastside", "Sunday"}, []string{"Right now"}},
		{"how late on a day at a place", "hours", []string{"how late are you open on a Tuesday at Harrisburg", "¿hasta qué hora está la de Harrisburg los martes?"}, []string{"7:00 PM"}, []string{"5:30"}},
		{"the day with the latest hour", "hours", []string{"which day do you close the latest", "¿algún día cierran más tarde?", "any day you stay open later", "¿qué tan temprano abren?"},
			[]string{"Tuesday and Thursday: 11:00 AM to 7:00 PM"}, []string{"Right now"}},
		{"a greeting asks for no week", "hours", []string{"buenos días están abiertos ahorita", "good day are you open right now"}, []string{"Right now"}, nil},

		{"two prices", "cost", []string{"price for a TB test and for a work physical", "¿precio de la prueba de tuberculosis y del físico para el trabajo?"}, []string{"$30", "$60"}, nil},
		{"the price of a first visit", "cost", []string{"how much for a new patient", "what does the first visit cost", "¿cuánto cuesta la primera consulta?"}, []string{"$110"}, []string{"$85"}},
		{"what new patients pay", "first_visit", []string{"what do new patients pay the first time", "¿cuánto paga un paciente nuevo la primera vez?"}, []string{"$110"}, []string{"Welcome"}},
		{"what to bring and to pay", "first_visit", []string{"what do I bring the first time and what does it cost", "qué llevo la primera vez y cuánto cuesta"}, []string{"$110", "photo ID"}, nil},
		{"a payment plan", "cost", []string{"can I pay over a few months", "¿puedo ir pagando poco a poco?", "se puede pagar en cuotas?"}, []string{"payment plans"}, []string{"Flu shot"}},
		{"a pay stub is no price", "first_visit", []string{"do I show a pay stub on the first visit"}, []string{"Welcome"}, []string{"$"}},
		{"a name that lists", "cost", []string{"¿en cuánto sale la prueba rápida de garganta?"}, []string{"$25"}, []string{"$85"}},

		{"the plan's condition beside another plan", "insurance", []string{"do you take Cigna and Blue Cross HMO", "¿toman Cigna y la cruz azul?"},
			[]string{"Cigna and Blue Cross", "Blue Cross Blue Shield of Texas: PPO", "please call us first"}, nil},
		{"papers in a language", "forms", []string{"is the paperwork in Spanish", "¿las hojas vienen en español?"}, []string{"/forms", "we speak Spanish"}, nil},
		{"papers in a language for the first visit", "first_visit", []string{"does the new patient packet come in Spanish"}, []string{"/forms", "we speak Spanish"}, nil},

		{"a woman doctor", "providers", []string{"do you have a lady doctor", "¿tienen doctora mujer?", "con doctora mujer me siento mejor", "dra mujer?", "are any of your doctors women"},
			[]string{"Treviño", "Linh Tran"}, []string{"Payne", "do not see"}},
		{"a title that names nobody", "providers", []string{"any doctor, either office", "hay doctor ahorita?", "un doctor bilingüe"}, []string{"Treviño"}, []string{"do not see"}},
		{"a name that is not listed", "providers", []string{"is Dr. Young in", "¿atiende la doctora Hernández?", "is dr hernandez there"}, []string{"do not see anyone"}, nil},
		{"a title written out", "providers", []string{"when is doctor Ana there", "¿qué días viene la doctora Ana?"}, []string{"Ana Treviño", "Monday to Thursday"}, nil},
		{"every such weekday", "providers", []string{"is dr trevino in on fridays", "la doctora Treviño viene los viernes?"}, []string{"on Fridays"}, []string{"tomorrow"}},
		{"the language of a role", "languages", []string{"which pediatrician speaks Spanish", "¿cuál pediatra habla español?"}, []string{"Treviño"}, []string{"Tran", "Duarte"}},
	} {
		for _, text := range test.texts {
			a := ask(sample(), at(t, open), test.intent, text)
			got := said(t, a, sample())
			for _, want := range test.has {
				if !strings.Contains(got, want) {
					t.Errorf("%s: %q: %s lacks %q: %s", test.class, text, keys(a), want, got)
				}
			}
			for _, no := range test.no {
				if strings.Contains(got, no) {
					t.Errorf("%s: %q: %s has %q: %s", test.class, text, keys(a), no, got)
				}
			}
		}
	}
}

// part asks a part of a text, from the first place where it holds those words
// on, as the clauses of a turn are asked.
func part(t *testing.T, intent, text, words string) Answer {
	t.Helper()
	r := &reading.Reading{Text: language.Scan(text)}
	first := strings.Fields(words)
	for i := range r.Text.Tokens {
		all := i+len(first) <= len(r.Text.Tokens)
		for k := 0; all && k < len(first); k++ {
			all = r.Text.Tokens[i+k].Word == first[k]
		}
		if all {
			return For(Question{Intent: intent, Reading: r, From: i, To: len(r.Text.Tokens), Profile: sample(), Now: at(t, open)})
		}
	}
	t.Fatalf("%q does not hold %q", text, words)
	return Answer{}
}

func TestAPartThatPointsElsewhereIsAnsweredForWhatTheRestNames(t *testing.T) {
	for _, test := range []struct{ intent, text, from, want, has, no string }{
		{"services", "En el trabajo piden la prueba de tuberculosis, ¿ustedes la hacen?", "ustedes", "services.offered", "TB tests", ""},
		{"services", "hypnosis, do you do it?", "do", "services.unlisted", "", ""},
		{"cost", "La consulta por video, ¿en cuánto sale?", "en", "cost.named", "$60", ""},
		{"insurance", "Es la cruz azul, pero HMO, ¿la toman?", "la toman", "insurance.accepted", "call us first", ""},
		{"insurance", "My name is Oscar. Which insurance do you take?", "which", "insurance.list", "", ""},
		{"walk_ins", "how much is blood work and can I walk in for it", "can", "walk_ins.service_no", "lab work", ""},
		{"hours", "I can come Saturday. Are you open then?", "are", "hours.days", "Eastside: closed", ""},
		{"hours", "My visit is Saturday. What time do you close?", "what", "hours.now_places", "", ""},
		{"hours", "Voy a la de Harrisburg. ¿A qué hora cierran?", "a que", "hours.now_places", "Eastside", "Gulfton"},
	} {
		a := part(t, test.intent, test.text, test.from)
		if got := said(t, a, sample()); keys(a) != test.want || !strings.Contains(got, test.has) || test.no != "" && strings.Contains(got, test.no) {
			t.Errorf("%q from %q: %s: %s; want %s with %q and without %q", test.text, test.from, keys(a), got, test.want, test.has, test.no)
		}
	}
}
