package patient

import "recado/agent/soak/check"

// texts are what patients write, by what it is about. Each half is in one
// language.
var texts = map[check.Sort][]string{
	check.FrontDesk: {
		"are you open today?", "do you take Medicaid?", "where are you located?", "do you have parking?", "how much does a visit cost?", "thank you",
		"¿a qué hora cierran hoy?", "¿aceptan Medicaid?", "¿dónde están ubicados?", "¿tienen estacionamiento?", "¿cuánto cuesta la consulta?", "gracias",
	},
	// Words at random: no rule speaks and the classifier is unsure.
	check.Unsure: {
		"claro pencil window sombra number number perhaps under simple silver under hammer verde quick",
		"silver tambor button hammer espejo window hammer claro silver papel hammer stone silver garden",
		"twelve papel claro sombra claro corner papel engine circle pencil garden twelve silver espejo",
		"claro espejo engine piedra barco button twelve piedra twelve papel pencil barco tambor papel",
		"paper ventana early early corner perhaps hammer under garden basket early verde letter pencil",
		"piedra early circle garden papel early claro early twelve perhaps simple bottle circle early",
		"nube window silver stone claro papel green martes early window naranja barco early hammer",
	},
	check.Care: {
		"I have had a rash on my arm for two days", "my test results came back and I do not understand them", "should I stop taking my pills before the visit?",
		"me duele la panza desde ayer", "me salió una bolita en el pecho", "tengo fiebre desde ayer",
	},
	check.Emergency: {
		"my dad has chest pain and can't breathe", "I want to kill myself",
		"mi mamá se desmayó y no respira", "me quiero morir",
	},
	check.Person: {"can I talk to a person", "quiero hablar con una persona"},
	check.Stop:   {"STOP", "ya no me manden mensajes"},
	check.Start:  {"START"},
}

// Texts returns what patients write about something.
func Texts(s check.Sort) []string { return texts[s] }
