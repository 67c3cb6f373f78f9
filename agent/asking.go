package agent

import (
	"slices"
	"strings"

	"recado/agent/language"
)

// beginsAsking reports whether what starts at token i asks or wishes for
// something: "do you take", "a qué hora", "I need", "si aceptan".
func beginsAsking(tokens []language.Token, i int) bool {
	word := func(n int) string {
		if i+n < len(tokens) && (n == 0 || !tokens[i+n].Break) {
			return tokens[i+n].Word
		}
		return ""
	}
	next := word(1)
	switch word(0) {
	case "do", "does", "did", "is", "are", "can", "could", "will", "would", "may", "should":
		return next != ""
	case "what", "whats", "where", "wheres", "how", "hows":
		return true
	case "when", "who", "whos", "which":
		return asksAfter[next]
	case "if", "whether":
		return subjects[next]
	case "i", "we":
		return next == "need" || next == "want" || next == "wanted" || next == "wanna" || next == "would" || next == "d"
	case "id":
		return next == "like"
	case "need", "looking", "gimme":
		return true
	case "tell", "send", "give":
		return next == "me" || next == "us"
	case "cual", "cuales", "cuanto", "cuanta", "cuantos", "cuantas", "quien", "quienes", "adonde":
		return true
	case "que", "cuando", "como", "donde":
		return asksAfter[next]
	case "a", "en", "hasta", "desde", "por", "de", "con":
		return next == "que" && asksAfter[word(2)] || next == "cual" || next == "cuales" || next == "donde" || next == "quien" || next == "como" || next == "cuanto"
	case "si":
		return clinicDoes[next] || subjects[next] || next == "es" || next == "son" || next == "esta" || strings.HasPrefix(next, "pued") || (next == "el" || next == "la" || next == "los" || next == "las") && word(3) != ""
	case "se":
		return next == "puede" || next == "ocupa" || next == "necesita" || next == "saca"
	case "me":
		return next == "puede" || next == "pueden" || next == "podria" || next == "podrian" || next == "gustaria" || next == "manda" || next == "da" || next == "pasa" || next == "dice"
	case "puedo", "podemos", "puede", "pueden", "podria", "podrian", "necesito", "ocupo", "quiero", "quisiera", "busco", "mandeme", "digame", "queria", "deme", "dame", "paseme":
		return true
	}
	return clinicDoes[word(0)]
}

var (
	// asksAfter follow words that ask and that may as well only join.
	asksAfter = set(`do does is are can could will would should of doctor doctors office offices clinic clinics location one day days plan plans insurance insurances
		time hora horas dia dias seguro seguros aseguranza aseguranzas plan planes servicio servicios doctor doctores doctora doctoras tan llevo necesito papeles documentos
		precio precios cuesta abren abre cierran cierra viene vienen esta estan atiende atienden puedo puede pueden queda quedan me se es hay llego hago saco le tengo
		vacunas clinica clinicas oficina direccion telefono numero tipo tarjetas idiomas`)
	subjects = set(`you u yall your there they i we it its anyone anybody someone any the dr doctor this ustedes hay`)
	// clinicDoes are what a clinic is asked whether it does, in Spanish.
	clinicDoes = set(`aceptan acepta aceptas toman agarran agarra reciben recibe manejan cubren tienen tienes hay abren abre abriran cierran cierra cerraran atienden atiende
		ven ponen hacen firman llenan entregan mandan dan ofrecen cobran hablan venden aplican revisan estan queda quedan cuesta cuestan cuestas vale valen sale salen trabajan cuentan tendran habra`)
)

// asks reports whether tokens [from, to) ask for something anywhere. A verb
// inside does where its subject follows: "my mom can take them" asks nothing.
func asks(tokens []language.Token, from, to int) bool {
	for from < to && joins(tokens[from].Word) {
		from++
	}
	for i := from; i < to; i++ {
		w := tokens[i].Word
		switch {
		case i == from:
			if joinsOrAsks[w] && i+1 < to {
				return true
			}
		case statesToo[w] && !(i+1 < to && subjects[tokens[i+1].Word]):
			continue
		case (w == "is" || w == "are") && (tokens[i+1].Word == "the" || tokens[i+1].Word == "this" || tokens[i+1].Word == "your"):
			continue
		case w == "need" || w == "looking" || clinicDoes[w] && ofOne[tokens[i-1].Word]:
			continue
		}
		if beginsAsking(tokens[:to], i) {
			return true
		}
	}
	return false
}

// statesToo ask in front of their subject, and state behind it; prepositions
// ask before a word that does.
var statesToo = set(`do does did is are can could will would may should`)

// ofOne stand before a verb that is not the clinic's: "me queda claro".
var ofOne = set(`me te le les nos`)

// joinsOrAsks ask where a clause begins with them, and elsewhere may join two.
var joinsOrAsks = set(`which when who que como cuando donde`)

// topic is the intent that a few words name as such ("the address", "y los
// precios"), empty where they say more.
func topic(tokens []language.Token, from, to int) string {
	found := ""
	for _, t := range tokens[from:to] {
		intent, ok := topics[t.Word]
		switch {
		case around[t.Word]:
		case !ok || found != "" && found != intent:
			return ""
		default:
			found = intent
		}
	}
	return found
}

// topics are the words by which front-desk matters go; around stand about
// them.
var (
	topics = byTopic(map[string]string{
		"hours":     `hours schedule horario horarios`,
		"location":  `address addresses location locations direccion direcciones ubicacion domicilio`,
		"parking":   `parking estacionamiento parqueo parqueadero`,
		"insurance": `insurance insurances seguro seguros aseguranza aseguranzas`,
		"cost":      `price prices cost costs fees precio precios costo costos tarifas`,
		"contact":   `phone telephone telefono telefonos email fax correo website`,
		"services":  `services servicios`,
		"forms":     `forms paperwork formularios`,
	})
	around = set(`i need want what whats is are that its their our me send tell give necesito ocupo quiero quisiera que cual cuales es son da pasa manda mande the your ur a an of and also plus please pls thanks number numero number el la los las su sus un y e tambien por favor porfa porfis porfavor xfa gracias list lista office clinic
		clinica de del me ok too opening accepted general`)
)

// aboutTopic reports whether tokens [from, to) name a topic among other words.
func aboutTopic(tokens []language.Token, from, to int) bool {
	return slices.ContainsFunc(tokens[from:to], func(t language.Token) bool { return topics[t.Word] != "" })
}

func byTopic(words map[string]string) map[string]string {
	out := map[string]string{}
	for intent, list := range words {
		for _, w := range strings.Fields(list) {
			out[w] = intent
		}
	}
	return out
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
