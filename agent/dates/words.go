package dates

import (
	"strings"
	"time"
)

// weekdays are the names that are certain; plural ones mean every week.
var weekdays = map[string]time.Weekday{
	"sunday": time.Sunday, "monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday,
	"thursday": time.Thursday, "friday": time.Friday, "saturday": time.Saturday,
	"domingo": time.Sunday, "lunes": time.Monday, "martes": time.Tuesday, "miercoles": time.Wednesday,
	"jueves": time.Thursday, "viernes": time.Friday, "sabado": time.Saturday,
	"tues": time.Tuesday, "weds": time.Wednesday, "thur": time.Thursday, "thurs": time.Thursday, "fri": time.Friday,
	"lun": time.Monday, "mie": time.Wednesday, "jue": time.Thursday, "vie": time.Friday, "sab": time.Saturday,
	// usual misspellings
	"wensday": time.Wednesday, "wednsday": time.Wednesday, "wendsday": time.Wednesday, "teusday": time.Tuesday, "tusday": time.Tuesday,
	"thirsday": time.Thursday, "thusday": time.Thursday, "saterday": time.Saturday, "satuday": time.Saturday, "sunday's": time.Sunday,
	"miercole": time.Wednesday, "juebes": time.Thursday, "biernes": time.Friday, "savado": time.Saturday, "marte": time.Tuesday,
	"mierkoles": time.Wednesday, "sabdo": time.Saturday, "vierne": time.Friday,
}

var everyWeekday = map[string]time.Weekday{
	"sundays": time.Sunday, "mondays": time.Monday, "tuesdays": time.Tuesday, "wednesdays": time.Wednesday,
	"thursdays": time.Thursday, "fridays": time.Friday, "saturdays": time.Saturday,
	"domingos": time.Sunday, "sabados": time.Saturday, "savados": time.Saturday,
}

// doubtful are abbreviations that are other words as well: they count only
// beside another day or after a word that calls for one.
var doubtful = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday, "sat": time.Saturday,
	"dom": time.Sunday, "mar": time.Tuesday,
}

var months = map[string]time.Month{
	"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
	"september": 9, "october": 10, "november": 11, "december": 12,
	"jan": 1, "feb": 2, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
	"enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5, "junio": 6, "julio": 7, "agosto": 8,
	"septiembre": 9, "setiembre": 9, "octubre": 10, "noviembre": 11, "diciembre": 12,
	"ene": 1, "abr": 4, "ago": 8, "dic": 12, "disiembre": 12, "nobiembre": 11,
}

// numbers are written hours and small counts.
var numbers = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
	"una": 1, "un": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once": 11, "doce": 12,
	"a": 1, "an": 1, "quince": 15, "couple": 2,
}

// ordinalWords are days of the month in words.
var ordinalWords = map[string]int{
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
	"eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "twentieth": 20, "thirtieth": 30,
	"primero": 1, "primer": 1,
}

// unitsAfter follow numbers that count something else than the day of a
// month.
var unitsAfter = set(`anos ano years year yrs yo meses mes months month dias dia days day semanas weeks horas hora hours hour minutos
	minutes mins ninos kids hijos children personas people veces times por percent porciento dolares dollars pesos libras pounds kilos
	grados degrees floor piso street st grade grado visit one ones dose shot ward avenue ave time suite de of y and or o child kid
	appointment slot option am pm oclock visita cita opcion vez`)

// callsForDay come before a day of the week or of the month.
var callsForDay = set(`on this next every by until till til before after for coming open abren el este los al del proximo hasta para each
	last pasado desde from through thru`)

// holidayNames are what patients call holidays, by words; the longest is
// taken. Their keys are those of clinic.USHolidays.
var holidayNames = phrases(map[string]string{
	"thanksgiving": "thanksgiving", "thanksgiving day": "thanksgiving", "thanks giving": "thanksgiving", "turkey day": "thanksgiving",
	"thanskgiving": "thanksgiving", "thankgiving": "thanksgiving", "sangivin": "thanksgiving", "sanguivin": "thanksgiving", "san guivin": "thanksgiving",
	"accion de gracias": "thanksgiving", "dia de accion de gracias": "thanksgiving", "dia de gracias": "thanksgiving", "dia del pavo": "thanksgiving",
	"day after thanksgiving": "day_after_thanksgiving", "friday after thanksgiving": "day_after_thanksgiving", "black friday": "day_after_thanksgiving",
	"dia despues de accion de gracias": "day_after_thanksgiving", "dia despues de thanksgiving": "day_after_thanksgiving",
	"viernes despues de thanksgiving": "day_after_thanksgiving", "viernes negro": "day_after_thanksgiving",
	"viernes despues de accion de gracias": "day_after_thanksgiving",
	"christmas":                            "christmas", "christmas day": "christmas", "xmas": "christmas", "x mas": "christmas", "crismas": "christmas",
	"navidad": "christmas", "dia de navidad": "christmas",
	"christmas eve": "christmas_eve", "xmas eve": "christmas_eve", "nochebuena": "christmas_eve", "noche buena": "christmas_eve",
	"vispera de navidad": "christmas_eve",
	"new years":          "new_year", "new year": "new_year", "new years day": "new_year", "ano nuevo": "new_year", "dia de ano nuevo": "new_year",
	"anio nuevo": "new_year", "new years eve": "new_years_eve", "new year eve": "new_years_eve", "nye": "new_years_eve",
	"nochevieja": "new_years_eve", "noche vieja": "new_years_eve", "vispera de ano nuevo": "new_years_eve", "fin de ano": "new_years_eve",
	"4th of july": "independence_day", "4 th of july": "independence_day", "fourth of july": "independence_day", "independence day": "independence_day",
	"july 4th": "independence_day", "july 4 th": "independence_day", "july 4": "independence_day", "july fourth": "independence_day",
	"4 de julio": "independence_day", "cuatro de julio": "independence_day", "dia de la independencia": "independence_day",
	"labor day": "labor_day", "labour day": "labor_day", "leibor day": "labor_day", "dia del trabajo": "labor_day",
	"memorial day": "memorial_day", "dia de los caidos": "memorial_day",
	"mlk": "mlk_day", "mlk day": "mlk_day", "martin luther king": "mlk_day", "martin luther king day": "mlk_day", "martin luther king jr day": "mlk_day",
	"dia de martin luther king": "mlk_day",
	"presidents day":            "presidents_day", "president day": "presidents_day", "dia de los presidentes": "presidents_day", "dia del presidente": "presidents_day",
	"good friday": "good_friday", "viernes santo": "good_friday",
	"easter": "easter", "easter sunday": "easter", "pascua": "easter", "domingo de pascua": "easter", "domingo de resurreccion": "easter",
	"halloween": "halloween", "valentines day": "valentines_day", "san valentin": "valentines_day", "dia de san valentin": "valentines_day",
	"mothers day": "mothers_day", "dia de las madres": "mothers_day", "dia de la madre": "mothers_day",
	"fathers day": "fathers_day", "dia del padre": "fathers_day",
	"juneteenth": "juneteenth", "columbus day": "columbus_day", "dia de la raza": "columbus_day", "indigenous peoples day": "columbus_day",
	"veterans day": "veterans_day", "veteran day": "veterans_day", "dia de los veteranos": "veterans_day", "dia del veterano": "veterans_day",
})

// phrase is a holiday's name in words.
type phrase struct {
	words []string
	key   string
}

// phrases sorts names by their first word, the longest first.
func phrases(names map[string]string) map[string][]phrase {
	out := map[string][]phrase{}
	for name, key := range names {
		words := strings.Fields(name)
		list := append(out[words[0]], phrase{words, key})
		for i := len(list) - 1; i > 0 && len(list[i].words) > len(list[i-1].words); i-- {
			list[i], list[i-1] = list[i-1], list[i]
		}
		out[words[0]] = list
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

// grammarWords are never repaired to another word.
var grammarWords = func() map[string]bool {
	m := set(`today tonight tomorrow yesterday hoy manana ayer pasado morning afternoon evening night noon midnight tarde noche mediodia
		medianoche weekend weekends finde week semana am pm oclock at las la el the del al de desde hasta from to until till by`)
	for _, words := range []map[string]time.Weekday{weekdays, everyWeekday, doubtful} {
		for w := range words {
			m[w] = true
		}
	}
	for w := range months {
		m[w] = true
	}
	for w := range numbers {
		m[w] = true
	}
	for first := range holidayNames {
		m[first] = true
	}
	return m
}()

// starters are the words that a mention can begin with; numbers can as well.
var starters = func() map[string]bool {
	m := set(`day tomorow tommorow tommorrow tomorro tmrw tmr tmrrw tmw tdy oy in within en dentro this este esta coming next proximo
		proxima otra otro siguiente every each cada todos todas los las on last everyday diario weekdays entre wknd wkend fin fines findes
		midday medio half quarter mornings mananas mananita afternoons evenings tardes tardecita noches nights tonite`)
	for w := range grammarWords {
		m[w] = true
	}
	for w := range ordinalWords {
		m[w] = true
	}
	return m
}()
