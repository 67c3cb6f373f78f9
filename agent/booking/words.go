package booking

import "strings"

// mark is what a phrase says in reply to a question about a visit.
type mark string

const (
	filler   mark = "filler" // says nothing by itself
	yes      mark = "yes"
	weakYes  mark = "ok" // yes, or only a word to begin with
	no       mark = "no"
	anyTime  mark = "any"
	none     mark = "none" // none of those: other times
	otherDay mark = "other_day"
	later    mark = "later"
	earlier  mark = "earlier"
	drop     mark = "drop" // no visit after all
	isNew    mark = "new"
	isKnown  mark = "known"
	move     mark = "move"
	keep     mark = "keep"
	absent   mark = "absent" // cannot come
	same     mark = "same"   // the hour that it was
	messages mark = "messages"
	visit    mark = "visit"
	both     mark = "both"
)

// phrases are read with accents folded, the longest first. Together they are
// all that a bare reply is made of: a word that is not here leaves a message
// to the rest of the agent.
var phrases = func() map[string]mark {
	out := map[string]mark{}
	for w := range set(fillers) {
		out[w] = filler
	}
	for m, list := range map[mark][]string{
		filler: {"ni modo", "no pasa nada", "oh well", "no problem"},
		yes: {"yes", "yeah", "yep", "yup", "yess", "sure", "absolutely", "correct", "confirm", "confirmed", "i confirm", "go ahead", "book it", "book that", "book", "please do",
			"that works", "works for me", "sounds good", "yes please", "thats right", "si", "si por favor", "sip", "simon", "claro", "claro que si", "claro q si", "correcto", "confirmo", "confirmar", "confirmada", "confirmado",
			"confirme", "dale", "de acuerdo", "adelante", "asi es", "esta bien", "apartela", "apartemela", "apartemelo", "apartamela", "reservemela", "agendemela", "apuntemela", "reservela", "agendela", "agendeme", "apunteme", "por supuesto", "me parece bien", "me queda bien", "me sirve", "esa esta bien", "i accept", "acepto"},
		weakYes: {"ok", "okay", "okey", "k", "perfect", "perfecto", "perfecta", "alright", "cool", "va", "sale", "vale", "bien", "muy bien", "listo", "excelente", "awesome"},
		no:      {"no", "nope", "nah", "not", "not that", "not that one", "not really", "negativo", "esa no", "ese no", "no esa", "todavia no", "not yet"},
		anyTime: {"any", "anyone", "either", "either one", "whichever", "whatever", "any one", "any of them", "any of those", "any time", "anytime", "any day", "doesnt matter", "it doesnt matter",
			"dont care", "i dont care", "dont mind", "i dont mind", "no preference", "you choose", "you pick", "first available", "the first available", "earliest", "the earliest", "soonest", "the soonest", "asap",
			"as soon as possible", "earliest possible", "earliest available", "next available", "cualquiera", "cualquier", "cualquier dia", "cualquier hora", "cualquiera de las dos", "cualquiera de esas", "cualquiera de ellas",
			"la que sea", "lo que sea", "el que sea", "cuando sea", "donde sea", "me da igual", "da igual", "me da lo mismo", "no importa", "usted escoja", "usted elija", "usted diga", "lo antes posible", "lo mas pronto", "lo mas pronto posible",
			"cuanto antes", "la mas pronta", "la mas cercana", "lo mas cercano", "la primera disponible", "la primera que tenga", "la primera que haya", "lo primero que tenga", "la mas temprana", "el mas temprano", "la mas temprano", "sin preferencia"},
		none: {"none", "none of those", "none of these", "none of them", "none of those work", "none work", "neither", "neither one", "neither works", "no good", "cant", "i cant", "cannot", "cant make it", "i cant make it", "cant make those",
			"cant do those", "cant do that", "i cant do that", "cant do it", "those dont work", "that doesnt work", "dont work", "doesnt work", "other", "others", "another", "other times", "other time", "another time", "another one", "different time", "different one", "something else", "anything else",
			"more times", "more options", "other options", "another option", "what else", "otra", "otras", "otro", "otros", "otra hora", "otras horas", "otro horario", "otros horarios", "otra opcion", "otras opciones", "mas opciones", "mas horarios",
			"que mas hay", "que otra hay", "hay otra", "hay otro", "hay otros", "hay otras", "algo mas", "alguna otra", "algun otro", "ninguna", "ninguno", "ninguna de esas", "ninguno de esos", "ninguna de esas me queda", "ninguno me queda", "ninguna me queda", "ninguna me sirve",
			"no puedo", "no puedo a esa hora", "no puedo a esas horas", "no me queda", "no me quedan", "no me sirve", "no me sirven", "no me conviene", "no me convienen", "no me acomoda", "no me acomodan", "esas no", "esos no", "those no", "no work"},
		otherDay: {"another day", "other day", "other days", "different day", "another date", "different date", "some other day", "otro dia", "otros dias", "otra fecha", "otras fechas", "ese dia no", "ese dia no puedo", "that day doesnt work", "not that day"},
		later:    {"later", "something later", "anything later", "later time", "later in the day", "later that day", "a bit later", "mas tarde", "algo mas tarde", "un poco mas tarde", "mas tardecito", "despues"},
		earlier:  {"earlier", "sooner", "something earlier", "something sooner", "anything earlier", "anything sooner", "earlier time", "a bit earlier", "mas temprano", "algo mas temprano", "un poco mas temprano", "mas pronto", "algo antes", "antes", "mas tempranito"},
		drop: {"nevermind", "never mind", "nvm", "forget it", "forget about it", "no thanks", "no thank you", "not anymore", "dont book", "dont book it", "dont book anything", "i changed my mind", "changed my mind", "leave it", "let it go", "not now", "maybe later", "ill call", "i will call", "i ll call",
			"olvidelo", "olvidalo", "olvide", "mejor no", "ya no", "ya no gracias", "no gracias", "ya no quiero", "ya no la quiero", "dejelo asi", "dejelo", "dejalo", "dejalo asi", "ya no la necesito", "ya no necesito", "por ahora no", "ahorita no", "no por ahora", "luego llamo", "mejor llamo", "despues llamo", "cambie de opinion"},
		isNew: {"havent been", "havent been there", "havent been there before", "have not been", "have not been there", "hasnt been", "hasnt been there", "not been there", "havent been to", "hasnt been to", "have not been to", "never been to", "no he ido", "no hemos ido", "no ha ido", "no han ido", "no he venido", "no hemos venido", "aun no he ido", "todavia no he ido", "new", "new patient", "first time", "first visit", "first appointment", "never been", "never been there", "ive never been", "first timer", "im new", "nuevo", "nueva", "paciente nuevo", "paciente nueva", "soy nuevo", "soy nueva", "es nuevo", "es nueva", "primera vez", "la primera vez", "primera cita", "primera visita", "primera consulta", "nunca he ido", "nunca he venido", "nunca ha ido", "nunca hemos ido", "nunca", "never", "brand new", "never been here", "never been there before", "never been before", "nunca hemos venido", "nunca habia ido", "nunca habiamos ido", "nuestra primera vez", "nuestra primera cita", "nuestra primera visita", "our first time", "our first visit", "our first appointment", "my first time", "my first visit", "mi primera vez", "mi primera cita"},
		isKnown: {"been to", "been seen", "been going to", "goes to", "already patients", "already go", "go there already", "were patients", "existing patients", "current patients", "established patients", "been there", "been there before", "been before", "been here", "been here before", "i have been", "ive been", "existing", "existing patient", "current patient", "established patient", "returning", "returning patient", "not new", "not my first", "not the first", "not the first time", "not my first time", "not my first visit", "weve been", "weve been there", "weve been there before", "weve been here", "we have been there", "hes been there", "shes been there", "he has been there", "she has been there", "weve gone before", "weve come before", "many times", "lots of times", "a few times", "im a patient", "already a patient", "been going there", "go there", "goes there",
			"ya voy", "ya vamos", "ya van", "ya nos conoce", "ya me han visto", "ya nos han visto", "ya los han visto", "ya las han visto", "ya lo atienden", "ya la atienden", "ya me atienden", "ya nos atienden", "desde hace anos", "hace anos que voy", "hace anos que vamos", "ya han ido", "ya he ido", "ya he venido", "ya fui", "ya ha ido", "ya hemos ido", "ya va", "ya soy", "ya soy paciente", "soy paciente", "ya es paciente", "es paciente", "he ido antes", "he ido", "he venido", "no es la primera", "no es la primera vez", "no es primera vez", "no soy nuevo", "no soy nueva", "ya me conocen", "ya nos conocen", "ya habia ido", "siempre voy", "siempre vamos", "paciente de ahi", "varias veces", "muchas veces", "ya lo han visto", "ya la han visto", "ya ha ido antes", "ya hemos venido", "ya hemos ido antes", "ya somos pacientes", "somos pacientes"},
		move: {"move", "move it", "change", "change it", "reschedule", "reschedule it", "switch", "switch it", "push", "push it", "postpone", "moved", "changed", "mover", "moverla", "moverlo", "mueva", "mueveme", "muevame", "muevela", "cambiar", "cambiarla", "cambiarlo", "cambie", "cambieme", "cambiame", "cambio", "reagendar", "reagendarla", "reprogramar", "reprogramarla",
			"pasar", "pasarla", "pasarlo", "pasela", "paseme", "posponer", "posponerla", "recorrer", "recorrerla", "adelantar", "adelantarla", "cambiar la cita", "change the appointment"},
		keep:     {"keep", "keep it", "leave it as is", "leave it as it is", "leave it alone", "dejela", "dejela igual", "dejela asi", "la dejo", "la dejo igual", "dejarla", "dejarla igual", "igual", "no la mueva", "no le mueva", "dont move it", "dont change it", "dont cancel", "dont cancel it", "no la cancele", "no cancele", "si voy", "si voy a ir", "ill be there", "i will be there", "ill come", "ahi estare"},
		absent:   {"i cant come", "cant come", "i cannot come", "cannot come", "wont make it", "i wont make it", "not coming", "im not coming", "no puedo ir", "no puedo venir", "no voy a poder", "no voy a poder ir", "no podre ir", "no voy a ir", "ya no voy a ir", "cancel", "cancel it", "cancelar", "cancelarla", "cancele", "cancelela", "cancela", "cancelala", "quitela", "take it off"},
		same:     {"same time", "the same time", "same hour", "at the same time", "misma hora", "la misma hora", "a la misma hora", "mismo horario", "el mismo horario", "en el mismo horario"},
		messages: {"messages", "these messages", "the messages", "texts", "mensajes", "estos mensajes", "los mensajes", "message", "mensaje"},
		visit:    {"the visit", "my visit", "the appointment", "my appointment", "la cita", "mi cita", "a la cita", "la visita", "mi visita"},
		both:     {"both", "los dos", "las dos", "ambos", "ambas", "both of them", "both kids"},
	} {
		for _, p := range list {
			out[p] = m
		}
	}
	return out
}()

// fillers are words around a reply that say nothing by themselves.
const fillers = `u q grax ty am there here ahi alli aca alla nos dias days semana semanas week wait sorry oops actually espere espera perdon perdone digo momento the a an one ones option options number num no. at on in for of to and i id ill im me my we us you it its that thats this those these them be is are was can could would
	will do does take have get want need like prefer choose pick go going come let lets with then so well um uh please pls plz thanks thank thx hi hello hey there
	works work fits good great fine best better instead rather really just maybe around about say time times slot slots appointment appt visit day oclock right
	el la los las lo un una uno unos unas opcion numero al del de a en por para que y e o si se le les me mi nos es esta este ese esa esos esas eso ser seria sea puede podria
	pueden podrian tiene tienen tener hay quiero quisiera prefiero escojo elijo tomo necesito queda quedaria conviene gusta gustaria mejor favor porfa porfavor porfis xfa gracias
	hola buenas entonces pues bueno como tal vez quiza hora horas horario cita consulta dia ahi aqui yo usted ustedes disculpe mire a eso tambien solo nomas aunque pero but
	said mentioned listed dijo dijeron puso mando what how tendra tendran podemos voy ir venir ugh omg hmm hm lol hey ay ah oh uy oiga oye pues fijese tantito`

// longestPhrase is how many words the longest phrase has.
const longestPhrase = 5

// ordinals are places in a list; -1 is the last.
var ordinals = map[string]int{
	"first": 1, "1st": 1, "primero": 1, "primera": 1, "primer": 1, "1ro": 1, "1ra": 1, "1er": 1,
	"second": 2, "2nd": 2, "segundo": 2, "segunda": 2, "2do": 2, "2da": 2,
	"third": 3, "3rd": 3, "tercero": 3, "tercera": 3, "tercer": 3, "3ro": 3, "3ra": 3,
	"fourth": 4, "4th": 4, "cuarto": 4, "cuarta": 4,
	"last": -1, "ultimo": -1, "ultima": -1, "latest": -1,
}

// cardinals are numbers in words.
var cardinals = map[string]int{
	"one": 1, "uno": 1, "una": 1, "two": 2, "dos": 2, "three": 3, "tres": 3, "four": 4, "cuatro": 4,
}

// children are the people that one books a visit for, by how many.
var (
	aChild = set(`son daughter child kid baby boy girl toddler hijo hija nino nina bebe nieto nieta hijito hijita sobrino sobrina grandson granddaughter nephew niece chiquito chiquita muchachito muchachita`)
	kids   = set(`sons daughters children kids babies boys girls toddlers hijos hijas ninos ninas bebes nietos nietas hijitos hijitas sobrinos sobrinas grandkids grandchildren chiquitos chiquitas chamacos`)
	pair   = set(`twins gemelos gemelas cuates mellizos mellizas`)
	self   = set(`me mi myself`)
	// relative are others whom a visit beside one's own may be for.
	relative = set(`husband wife spouse partner mom mother dad father sister brother friend grandma grandmother grandpa grandfather esposo esposa marido mujer pareja mama papa madre padre hermano hermana amigo amiga abuela abuelo abuelita abuelito suegra suegro`)
	// insteadWords put another time in the place of one that was agreed on,
	// and besideWords ask for one more.
	insteadWords = set(`instead rather actually mejor vez lugar`)
	besideWords  = set(`another other also new otra otro tambien nueva second segunda`)
	// visitNouns with wantWords ask for a visit.
	visitNouns = set(`appointment appointments appt cita citas turno`)
	wantWords  = set(`need want like make book schedule get set necesito necesitamos quiero queremos quisiera queria ocupo ocupamos sacar hacer agendar pedir apartar reservar gustaria`)
	visitWords = set(`appointment appointments appt cita citas book booking schedule turno agendar`)
	// units make a number count something.
	units = set(`day days week weeks month months year years yr yrs hour hours times dia dias semana semanas mes meses ano anos hora horas veces degrees grados mg pills pastillas`)
	// whichWeek say which of several weekdays is meant.
	whichWeek  = set(`next this este otro proximo proxima viene entra entrante siguiente week semana following`)
	ordinalEnd = set(`st nd rd th`)
	followUp   = set(`follow followup seguimiento return`)
	// confirming say that the patient will come, wavering that it is open.
	confirming = set(`confirm confirmed confirming confirmo confirmar confirmamos confirmada confirmado confirme coming attend attending asistire asistir estare estaremos ire iremos`)
	wavering   = set(`if maybe perhaps might unsure quiza quizas depende depends pueda pudiera tratare tratar try cant cannot`)
	asking     = set(`when what which cuando cual que hora time`)
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
