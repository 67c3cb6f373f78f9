package answer

import (
	"slices"
	"strings"

	"recado/agent/clinic"
)

// who are the words for people that a question is for, and that services for
// those people go by.
var who = set(`kid kids child children childrens childs baby babies babys infant infants toddler toddlers newborn newborns teen teens teenager teenagers
	adolescent adolescents minor minors boy boys girl girls son sons daughter daughters men man mens women woman womens male males female females lady ladies
	adult adults senior seniors elderly grown ups grownups people person persons patient patients family families
	nino ninos nina ninas bebe bebes infante infantes adolescente adolescentes joven jovenes jovencitos muchacho muchachos muchacha muchachas menor menores
	hijo hijos hija hijas chiquito chiquitos chiquita chiquitas pequeno pequenos pequena pequenas adulto adultos hombre hombres mujer mujeres
	mayor mayores anciano ancianos abuelito abuelitos recien nacido nacidos nacida nacidas persona personas paciente pacientes familia familias gente
	varon varones senores senoras`)

// whoElse are words that say more of those people, or of the question, and
// name nothing that is done for them.
var whoElse = set(`age ages aged old older young younger little small big year years yr yrs month months week weeks day days under over above below until till up
	grade school both every each well twins twin first start whole entire begin limit max minimum maximum
	edad edades ano anos mes meses semana semanas dia dias chico chicos chica chicas grande grandes grandecito grandecitos menos hasta desde tambien igual
	ambos cada primer primero primeros primera primeras empiezan empieza partir rango tope minimo maximo limite cuidan cuidar revisan revisar chequean
	look after specialize specialise focus focused especializan especializada especializado dedican general generally regular regularly usually only
	specifically including incluyendo solamente unicamente see seen seeing serve serves serving welcome treated consultan consultar verlos verlo verla
	atender atiendan atendemos atencion`)

// seeing are the verbs of seeing patients, and the nouns for it.
var seeing = set(`see sees seen seeing treat treats treated treating take takes taking accept accepts accepted accepting attend attends serve serves welcome
	services service care medicine ven ve verian vean atienden atiende atender atiendes reciben recibe recibes aceptan acepta tratan trata consultan cuidan
	servicios servicio atencion medicina`)

// kin are followed by a person's name.
var kin = set(`son daughter mom mother dad father wife husband sister brother grandma grandpa friend baby hijo hija mama papa esposo esposa hermano hermana suegra
	suegro abuela abuelo amiga amigo vecina vecino nieto nieta primo prima tio tia`)

// forPeople reports whether a name is made of words for people.
func forPeople(name string) bool {
	return !slices.ContainsFunc(strings.Fields(clinic.Fold(name)), func(w string) bool { return !who[w] && !connector[w] })
}

// onlyWho reports whether a thing was named by nothing but words for people:
// "do you do x for kids" may ask for x, and for the kids' sake alone.
func (s *scene) onlyWho(h hit) bool {
	people := false
	for _, t := range s.tokens[h.start:h.end] {
		switch {
		case who[t.Surface] || who[t.Word]:
			people = true
		case !filler[t.Surface] && !connector[t.Surface]:
			return false
		}
	}
	return people
}

// things are the services that the question is about. Those that it names
// only for the people it speaks of count where these are what it asks for:
// "do you see kids", and not "do you pierce kids' ears".
func (s *scene) things() []hit {
	var things, people []hit
	for _, h := range s.index.services.find(s.tokens) {
		if s.onlyWho(h) {
			people = append(people, h)
		} else {
			things = append(things, h)
		}
	}
	if len(things) > 0 || len(people) == 0 {
		return things
	}
	if s.asksElse(people) && (!slices.ContainsFunc(people, s.isSeen) || s.purpose("for", "para", "with", "con")) {
		return nil
	}
	return people
}

// isSeen reports whether people are the object of a verb of seeing patients,
// or those whom the services or the care asked for are for.
func (s *scene) isSeen(h hit) bool {
	if seeing[s.tokens[h.start].Surface] || seeing[beside(s.tokens, h.end-1, 1)] {
		return true // "ven niños", "are teenagers seen"
	}
	for back := -1; ; back-- {
		w := beside(s.tokens, h.start, back)
		if seeing[w] {
			return true
		}
		if w == "" || !connector[w] && !filler[w] && !who[w] && !whoElse[w] && !everyday[w] {
			return false
		}
	}
}

// asksElse reports whether words are left that name something, beside those
// for people.
func (s *scene) asksElse(people []hit) bool {
	for _, i := range s.leftover() {
		inside := slices.ContainsFunc(people, func(h hit) bool { return h.start <= i && i < h.end })
		t := &s.tokens[i]
		if !inside && !who[t.Surface] && !who[t.Word] && !whoElse[t.Surface] && !whoElse[t.Word] && !startsWithDigit(t.Surface) {
			return true
		}
	}
	return false
}

// purpose reports whether the question is for something ("come in for a
// tattoo removal") that is no service on the list, nobody and no time: a word
// that few write follows one of the prepositions.
func (s *scene) purpose(prepositions ...string) bool {
	services := s.index.services.find(s.tokens)
	for _, i := range s.leftover() {
		if slices.ContainsFunc(services, func(h hit) bool { return h.start <= i && i < h.end }) {
			continue
		}
		t := &s.tokens[i]
		if who[t.Word] || ordinary[t.Surface] || ordinary[t.Word] || startsWithDigit(t.Surface) || doesNotName(t.Surface) || t.Surface == "cancellation" ||
			strings.HasSuffix(t.Surface, "ing") && connector[beside(s.tokens, i, 1)] {
			continue
		}
		for back := -1; back >= -3; back-- {
			w := beside(s.tokens, i, back)
			if slices.Contains(prepositions, w) && !s.comma(i+back) {
				return true
			}
			if w == "que" || kin[w] || who[w] || !connector[w] && !filler[w] && !everyday[w] || s.comma(i+back) {
				break
			}
		}
	}
	return false
}

// doesNotName reports whether a word is a Spanish infinitive by its end:
// "para apuntarse", "para registrarme".
func doesNotName(w string) bool {
	for _, end := range []string{"se", "me", "lo", "la", "los", "las", "nos", "le", "les"} {
		if stem, ok := strings.CutSuffix(w, end); ok {
			w = stem
			break
		}
	}
	return len(w) > 4 && (strings.HasSuffix(w, "ar") || strings.HasSuffix(w, "er") || strings.HasSuffix(w, "ir"))
}

// namesRole reports whether a provider's role was named and nothing else
// that may be the thing asked for ("nurse hotline").
func (s *scene) namesRole() bool {
	roles := s.index.roles.find(s.tokens)
	return len(roles) > 0 && !s.asksElse(roles)
}
