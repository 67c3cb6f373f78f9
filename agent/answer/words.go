package answer

import "strings"

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// connector words join the words of a name and tell nothing themselves.
var connector = set(`de la el los las del al a para pa por contra en con y o the of for an to in and or on`)

// everyday words fit every plan, service or provider and name none.
var everyday = set(`insurance insurances insured seguro seguros aseguranza aseguransa aseguranzas aseguransas seguranza plan plans planes coverage cobertura carrier network red
	card tarjeta health salud care medical medico medica doctor doctora doctors doctores dr dra doc provider providers clinic clinica
	visit visits visita cita citas appointment service services servicio servicios price prices precio precios cost costs costo hmo ppo
	company compania`)

// filler are words of questions that name nothing. What is left of a question
// without them is a name that was asked for.
var filler = set(`do does did you u ya yall your ur yours they we our us i im ive my me mine is are am be been was were will would could can cant
	should may might shall have has had having got get gets need want wants wanted like know tell ask asking wonder wondering if whether
	that this these those there here it its what whats which who whos whose when where wheres how why any some all anything something someone
	anyone somebody else other others another also too just only still now right please thanks thank hello hi hey ok okay good morning
	afternoon evening yes no not dont doesnt new old take takes taking accept accepts accepting accepted participate participating work works
	working with without bill billing use using used cover covers covered see sees treat treats treating offer offers offered provide provides
	handle handles give gives guys folks place office out through thru at from by as so but than then or and about kind kinds type types list
	sure one ones thing things available actually currently today tomorrow go going come coming make makes much many lot people patients
	patient person kid kids child children son daughter mom dad wife husband family baby boy girl
	ustedes usted uds ud tienen tiene tengo tenemos hay hacen hace hago haces acepta aceptan aceptas aceptar toman toma reciben recibe agarran
	agarra trabajan trabaja manejan maneja atienden atiende tratan trata ofrecen ofrece ven ve ponen pone dan da realizan realiza cuentan cuenta
	que cual cuales quien quienes como cuando donde cuanto cuanta cuantos cuantas porque si no mi mis su sus tu tus me le les se lo nos un una
	unos unas este esta estos estas ese esa eso esos esas aqui ahi alli alla ya tambien solo nomas todavia ahora hoy manana favor gracias hola
	buenas buenos dias tardes noches disculpe disculpa oiga oye senorita senor quiero quisiera queria necesito ocupo puedo pueden puede podria
	saber preguntar pregunta es son esta estan soy somos ser estar era hola algun alguna alguno alguien algo otro otra otros otras mas menos muy
	sin entre sobre desde hasta pero pues ni e u al ha han he lista tipo tipos clase cualquier cualquiera todos todas todo toda nuevo nueva
	nuevos nuevas paciente pacientes persona personas gente hijo hija hijos hijas nino nina ninos ninas bebe mama papa esposo esposa familia
	cogen coge afiliados companias mandeme mandar inshurance insurence insurace dicen dice nada nomas mismo mismos misma
	mismas same different anda ir voy va van venir vengo venga llevar llevo consulta consultas clinicas lugar`)

// leftover are the tokens of the question that no filler explains, outside
// of the day and time that it names.
func (s *scene) leftover() []int {
	named := make([]bool, len(s.tokens))
	for _, m := range s.mentions {
		for i := m.Start; i < m.End; i++ {
			named[i] = true
		}
	}
	var out []int
	for i, t := range s.tokens {
		if !named[i] && len(t.Surface) > 1 && !filler[t.Surface] && !filler[t.Word] && !connector[t.Surface] &&
			!everyday[t.Surface] && !everyday[t.Word] {
			out = append(out, i)
		}
	}
	return out
}

// namesSomething tells a question about a name that is not listed ("do you
// take Curative") from one about how things work ("do I pay first"): the
// words left over follow a verb of taking, are written with a capital, or are
// nearly all there is.
func (s *scene) namesSomething() bool {
	left := s.leftover()
	if len(s.tokens) <= 3 {
		return true
	}
	for _, i := range left {
		if i > 0 && (takes[s.tokens[i-1].Surface] || i > 1 && takes[s.tokens[i-2].Surface] && (connector[s.tokens[i-1].Surface] || filler[s.tokens[i-1].Surface])) {
			return true
		}
		if raw := s.Reading.Text.Raw; i > 0 && !s.tokens[i].Break && s.tokens[i].Start < len(raw) {
			if c := raw[s.tokens[i].Start]; c >= 'A' && c <= 'Z' && raw != strings.ToUpper(raw) {
				return true
			}
		}
	}
	return false
}

// takes are the verbs of taking a plan.
var takes = set(`take takes taking accept accepts accepting acept aceptan acepta aceptas aceptar toman toma reciben recibe agarran agarra trabajan
	manejan cogen coge with about network red have tengo tenemos tiene`)

// Words that turn a question.
var (
	asksWeek = set(`hours horario horarios schedule week semana days dias weekday weekdays normal regular usual usually normalmente business
		siempre operacion`)
	asksUninsured = set(`uninsured cash efectivo selfpay indocumentado`)
	asksAccess    = set(`wheelchair ramp handicap handicapped disabled accessible stroller elevator silla ruedas rampa discapacitados discapacidad
		carriola cochecito elevador ascensor andador walker`)
	asksWoman   = set(`woman women female lady girl mujer mujeres femenina senora doctora doctoras gal`)
	asksMan     = set(`man male guy hombre varon masculino caballero`)
	asksNew     = set(`accepting accept acepta aceptan new nuevos nuevas nuevo reciben recibe tomando taking`)
	asksPayment = set(`sliding payment pago payments installments installment abonos pagos plazos discount discounts descuento descuentos ayuda help financial
		financing financiamiento credit credito debit debito card cards tarjeta tarjetas cash efectivo zelle venmo afford hardship escala
		ingresos income hsa fsa cheque check`)
)
