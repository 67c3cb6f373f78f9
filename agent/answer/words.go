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
	sure one ones thing things stuff sort sorts specialty specialties especialidad especialidades cosa cosas tipo tipos clase clases available actually currently today tomorrow go going come coming make makes much many lot people patients
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
	tenes tienes podes puedes sabes sabe queres quieres atendes atiendes vos che mismas same different anda ir voy va van venir vengo venga llevar llevo consulta consultas clinicas lugar`)

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
	raw := s.Reading.Text.Raw
	shouted := raw == strings.ToUpper(raw)
	for _, i := range left {
		if i > 0 && (takes[s.tokens[i-1].Surface] || i > 1 && takes[s.tokens[i-2].Surface] && (connector[s.tokens[i-1].Surface] || filler[s.tokens[i-1].Surface])) {
			return true
		}
		if i > 0 && !shouted && !s.tokens[i].Break && s.tokens[i].Start < len(raw) {
			if c := raw[s.tokens[i].Start]; c >= 'A' && c <= 'Z' {
				return true
			}
		}
	}
	return false
}

// takes are the verbs of taking a plan.
var takes = set(`take takes taking accept accepts accepting acept aceptan acepta aceptas aceptar toman toma reciben recibe agarran agarra trabajan
	manejan cogen coge with about network red have tengo tenemos tiene`)

// topics are the words for the kinds of things that an intent is about: a
// question with one asks for what there is.
var topics = map[string]map[string]bool{
	"insurance": set(`insurance insurances seguro seguros aseguranza aseguranzas plan plans planes carriers companies companias coverage cobertura`),
	"services":  set(`service services servicio servicios specialties especialidades`),
	"cost":      set(`price prices precio precios costs costos fees tarifas rates lista list`),
	"providers": set(`doctor doctors doctora doctores doctoras provider providers medico medicos team equipo staff quien quienes who`),
	"languages": set(`language languages idioma idiomas`),
}

// pointing words stand for what was named elsewhere; doing are verbs after
// which a Spanish la or lo does.
var (
	pointing = set(`it that those them eso esa ese esos esas ella ellas ellos`)
	doing    = set(`toman toma aceptan acepta reciben recibe agarran agarra hacen hace ponen pone dan da ofrecen tienen tiene manejan cubren cubre atienden ven
		siguen sigue trata tratan cubre venden aplican cobran realizan puedo puede pueden`)
)

// Words that turn a question.
var (
	asksWeek = set(`hours horario horarios schedule schedules week semana semanal days dias weekday weekdays normal regular usual usually normalmente business
		siempre operacion full completo completos entire whole`)
	// choosesDay stand before "day" where it is asked which; comparesTime ask
	// for the longest or shortest of them.
	choosesDay   = set(`any which what some each every other same algun cual que cualquier ningun otro mismo un one`)
	comparesTime = set(`later latest earlier earliest longest`)
	// asksWhom ask for somebody; which or what else is asked for with asksWhich.
	asksWhom   = set(`who whos whom which quien quienes cual cuales`)
	asksWhich  = set(`which what cual cuales que`)
	possessive = set(`my your our his her their mi mis su sus tu tus nuestra nuestro nuestras nuestros`)
	asksMoney  = set(`pay pays paying cost costs price prices charge charges charged much fee fees money cash dollars cuesta cuestan costo precio precios cobran cobra paga
		pagan pagar pagaria vale sale salen dinero efectivo dolares`)
	asksUninsured = set(`uninsured cash efectivo selfpay indocumentado`)
	asksAccess    = set(`wheelchair wheelchairs ramp ramps handicap handicapped disabled disability accessible accessibility stroller strollers pram buggy elevator
		elevators lift steps stair stairs staircase stairway stepfree walker scooter
		ruedas rampa rampas discapacitado discapacitados discapacitada discapacidad accesible accesibilidad carriola carriolas carreola carreolas cochecito
		cochecitos carrito elevador elevadores ascensor ascensores andador andadera escalon escalones escalera escaleras gradas`)
	asksAddress = set(`address addresses direccion direcciones domicilio where wheres donde adonde ubicacion ubicados ubicada ubicado map mapa gps directions`)
	// asksBeside come before a landmark.
	asksBeside = set(`near nearby nearest close closest closer next beside behind across between corner intersection cross landmark by past
		cerca cercano cercana cercanas cercanos junto lado enfrente frente atras esquina cruce`)
	// asksNear turns to the directions; doorWords say nothing of which place.
	asksNear = set(`near nearby nearest close closest closer next beside behind across between corner intersection cross landmark landmarks by past bus buses train trains
		rail metro stop station exit freeway highway walk walking walkable floor door doors entrance building suite color inside directions
		cerca cercano cercana cercanas cercanos junto lado enfrente frente atras esquina cruce parada camion camiones autobus tren trenes estacion salida referencia
		piso puerta entrada edificio adentro llego llegar pasa pasando`)
	doorWords = set(`floor door doors entrance building block blocks blue red green white suite left right side one ground stop street st lane court drive avenue ave
		road planta baja puerta puertas cuadra cuadras azul roja verde entrada lado edificio calle izquierda derecha parada public publica`)
	// countsPlaces before a word for a place asks how many there are.
	countsPlaces = set(`many cuantas cuantos another other otra otras otro otros more mas both ambas ambos two dos`)
	asksWoman    = set(`woman women female lady girl mujer mujeres femenina senora doctora doctoras gal`)
	asksMan      = set(`man male guy hombre varon masculino caballero`)
	// describes are words behind a title that are no name.
	describes = set(`bilingue bilingual hispano hispana hispanic latino latina latinx indian asian african american mexicano mexicana vietnamita chino china
		certificado certificada familiar general particular privado privada especial especialista internista cabecera guardia turno disponible
		accepting taking available availability bueno buena femenino femenina femenine masculino pediatra pediatrician ginecologo ginecologa`)
	asksNew     = set(`accepting accept acepta aceptan new nuevos nuevas nuevo reciben recibe tomando taking`)
	asksPayment = set(`sliding payment pago payments installments installment abonos pagos plazos discount discounts descuento descuentos ayuda help financial
		financing financiamiento credit credito debit debito card cards tarjeta tarjetas cash efectivo zelle venmo afford hardship escala
		ingresos income hsa fsa cheque check monthly mensual mensuales mensualidad mensualidades cuotas parcialidades partes instalments
		installment financed`)
	// joined stand before what is named beside something else.
	joined = set(`and or y e o u a un una the`)
	// asksToPay with overTime ask to pay later or in parts.
	asksToBring = set(`bring bringing have need show documents papers llevo llevar lleve traer traigo traiga documentos papeles ocupo necesito`)
	asksToPay   = set(`pagando pay paying pays paid pagar pago pague`)
	overTime    = set(`months month monthly weeks weekly later time meses mes semanas semana despues luego plazos`)
)
