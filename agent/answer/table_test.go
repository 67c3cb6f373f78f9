package answer

import (
	"strings"
	"sync"
	"time"

	"recado/agent/clinic"
)

// sample is the sample clinic, read only.
var sample = sync.OnceValue(clinic.Sample)

// one is the sample with only its first location; bare publishes the least
// that a profile may.
var one = sync.OnceValue(func() *clinic.Profile {
	p := clinic.Sample()
	p.Location = p.Location[:1]
	p.Location[0].Hours[time.Friday] = []clinic.Interval{{Open: 480, Close: 720}, {Open: 780, Close: 1020}}
	for i := range p.Providers {
		p.Providers[i].Location = nil
	}
	return p
})

var bare = sync.OnceValue(func() *clinic.Profile {
	p := sample()
	return &clinic.Profile{ID: "bare", Name: "Bare", Zone: p.Zone, Phone: p.Phone, Links: clinic.Links{Secure: p.Links.Secure},
		Location: []clinic.Location{{ID: "a", Name: "A", Address: "1 A Street"}}, Languages: []string{"en", "es"}}
})

var always = sync.OnceValue(func() *clinic.Profile {
	copied := *bare()
	p := &copied
	p.Location = []clinic.Location{p.Location[0]}
	for i := range p.Location[0].Hours {
		p.Location[0].Hours[i] = []clinic.Interval{{Open: 0, Close: 1440}}
	}
	return p
})

func changed(change func(*clinic.Profile)) func() *clinic.Profile {
	return func() *clinic.Profile { p := clinic.Sample(); change(p); return p }
}

const (
	open   = "2026-11-18 10:30"
	closed = "2026-11-18 21:00"
)

// asked lists questions with the keys that answer them. Together with fixed
// it reaches every text of the catalogue.
var asked = []struct {
	clinic       func() *clinic.Profile
	now          string
	intent, text string
	want         string
	contains     string // in the English text
}{
	{one, open, "hours", "what time do you close today", "hours.now_open", "until 5:30 PM"},
	{one, "2026-11-20 09:00", "hours", "¿están abiertos?", "hours.now_open", "and again 1:00 PM to 5:00 PM"},
	{one, "2026-11-20 12:30", "hours", "estan abiertos", "hours.now_closed", "We open today at 1:00 PM"},
	{one, closed, "hours", "a que hora cierran hoy", "hours.now_closed", "tomorrow at 8:00 AM and close at 5:30 PM"},
	{one, "2026-11-26 10:00", "hours", "are you open", "hours.now_closed", "(Thanksgiving)"},
	{bare, open, "hours", "are you open", "hours.now_closed_long", ""},
	{always, open, "hours", "are you open", "hours.always_open", ""},
	{sample, open, "hours", "a que hora cierran hoy", "hours.now_places", "Gulfton: open until 5:30 PM"},
	{sample, "2026-11-26 10:00", "hours", "open today?", "hours.now_places", "closed, opens tomorrow at 9:00 AM (Thanksgiving)"},
	{one, open, "hours", "are you open saturday?", "hours.day_open", "On Saturday, November 21 we are open 9:00 AM to 1:00 PM"},
	{one, open, "hours", "abren mañana", "hours.day_open", "Tomorrow we are open"},
	{one, open, "hours", "are you open on thanksgiving", "hours.day_closed", "November 26 (Thanksgiving). We open again on Friday, November 27 at 9:00 AM"},
	{one, open, "hours", "abren el domingo", "hours.day_closed", "on Monday at 8:00 AM"},
	{sample, open, "hours", "abren en accion de gracias", "hours.day_closed", "Thanksgiving"},
	{sample, open, "hours", "are you open thursday the 26th", "hours.day_closed", "(Thanksgiving)"},
	{sample, open, "hours", "y los sábados?", "hours.days", "Saturdays:\nGulfton: 9:00 AM to 1:00 PM\nEastside: closed"},
	{sample, open, "hours", "open this weekend?", "hours.days", "Sunday, November 22: closed"},
	{sample, open, "hours", "abren el 24 de diciembre", "hours.day_open", "(Christmas Eve)"},
	{sample, open, "hours", "abren el viernes despues de thanksgiving en gulfton", "hours.days", "Gulfton: 9:00 AM to 1:00 PM"},
	{sample, "2026-11-24 09:00", "hours", "los jueves abren?", "hours.days", "Thursday, November 26 (Thanksgiving): closed"},
	{one, open, "hours", "are you open tomorrow at 3", "hours.at_open", "Yes, we are open tomorrow at 3:00 PM"},
	{one, open, "hours", "abren el sabado a las 4", "hours.at_closed", "9:00 AM to 1:00 PM"},
	{one, open, "hours", "are you open thanksgiving at 10", "hours.at_closed", "(Thanksgiving)"},
	{sample, open, "hours", "are you open tomorrow at 6pm", "hours.at_places", "Eastside: open"},
	{sample, open, "hours", "horario?", "hours.week", "Monday to Thursday: 8:00 AM to 5:30 PM"},
	{sample, open, "hours", "what are your hours", "hours.week", "Thursday, November 26 (Thanksgiving): closed"},
	{sample, open, "hours", "del lunes al viernes?", "hours.week", ""},
	{sample, "2026-07-01 09:00", "hours", "horario", "hours.week", "Gulfton (summer hours)"},
	{one, open, "hours", "are you open in the evening", "hours.week", "Our hours:"},

	{one, open, "location", "where are you", "location.one", "We are at 6710 Renwick Court"},
	{sample, open, "location", "donde estan", "location.places", "We have 2 locations"},
	{sample, open, "location", "donde queda la de harrisburg", "location.one", "Eastside: 5214"},
	{one, open, "parking", "is there parking", "parking.one", "Free parking in front"},
	{sample, open, "parking", "hay estacionamiento?", "parking.places", "Eastside: Free parking lot"},
	{sample, open, "parking", "wheelchair parking at eastside?", "parking.one", "two wheelchair spaces"},
	{bare, open, "parking", "parking?", "parking.none", ""},
	{sample, open, "location", "is there a ramp", "access.places", "a ramp are by the main door"},
	{one, open, "location", "hay escalones en la entrada?", "access.one", "Wheelchair parking and a ramp"},
	{bare, open, "location", "is it wheelchair accessible", "access.none", "asked our staff"},
	{sample, open, "contact", "whats your number", "contact.all", "Eastside: (713) 555-0165"},

	{sample, open, "insurance", "do you take Medicaid?", "insurance.accepted", "Medicaid"},
	{sample, open, "insurance", "aceptan Molina?", "insurance.accepted", "Molina"},
	{sample, open, "insurance", "aceptan la tarjeta dorada", "insurance.accepted", "Harris Health"},
	{sample, open, "insurance", "do u take blue cross", "insurance.accepted", "HMO"},
	{sample, open, "insurance", "what about Aetna and Cigna?", "insurance.accepted", "Aetna and Cigna"},
	{sample, open, "insurance", "do you accept ambeter", "insurance.accepted", "Ambetter"},
	{sample, open, "insurance", "aceptan humna", "insurance.accepted", "Humana"},
	{sample, open, "insurance", "medicaid or kaiser", "insurance.accepted insurance.refused", ""},
	{sample, open, "insurance", "do you take kaiser", "insurance.refused", "Kaiser Permanente"},
	{sample, open, "insurance", "do you take Curative", "insurance.unlisted", "asked our staff"},
	{sample, closed, "insurance", "aceptan curative?", "insurance.unlisted", "tomorrow at 8:00 AM"},
	{sample, open, "insurance", "do you take my insurance", "insurance.list", "CHIP"},
	{sample, open, "insurance", "que aseguranzas aceptan", "insurance.list", ""},
	{sample, open, "insurance", "atienden sin seguro?", "insurance.uninsured", "sliding scale"},
	{sample, open, "insurance", "i dont have insurance", "insurance.uninsured", ""},
	{changed(func(p *clinic.Profile) { p.Uninsured = false }), open, "insurance", "no tengo aseguranza", "insurance.uninsured_no", ""},
	{bare, open, "insurance", "do you take aetna", "insurance.none", ""},

	{sample, open, "walk_ins", "can i walk in", "walk_ins.yes", "before 4 PM"},
	{changed(func(p *clinic.Profile) { p.WalkIns = clinic.WalkIns{} }), open, "walk_ins", "sin cita?", "walk_ins.no", "buenavista.example/book"},
	{bare, open, "walk_ins", "sin cita?", "walk_ins.no", "To make one call"},
	{sample, open, "walk_ins", "do i need an appointment for a flu shot", "walk_ins.service", "flu shots"},
	{changed(func(p *clinic.Profile) { p.WalkIns = clinic.WalkIns{} }), open, "walk_ins", "ekg without appointment?", "walk_ins.service_no", "EKGs"},
	{sample, open, "booking", "i need an appointment", "booking.link", "buenavista.example/book"},
	{bare, closed, "booking", "quiero una cita", "booking.phone", ""},
	{sample, open, "reschedule", "can i move my appointment", "visit.reschedule", ""},
	{sample, open, "cancel", "i need to cancel my appointment", "visit.cancel", ""},
	{sample, open, "cancel", "CANCEL", "cancel.which", ""},
	{sample, open, "confirm", "confirmo mi cita", "visit.confirm", ""},
	{sample, open, "first_visit", "what should i bring", "first_visit.welcome", "15 minutes early"},
	{changed(func(p *clinic.Profile) { p.FirstVisit.MinutesEarly = 1 }), open, "first_visit", "que llevo", "first_visit.welcome", "1 minute early"},
	{bare, open, "first_visit", "que llevo", "first_visit.full", ""},
	{sample, open, "forms", "where is the paperwork", "forms.link", "/forms"},
	{bare, open, "forms", "formularios", "forms.none", ""},

	{sample, open, "services", "do you treat diabetes?", "services.offered", "diabetes care"},
	{sample, open, "services", "¿ponen la vacuna de la gripe?", "services.offered", "You do not need an appointment"},
	{sample, open, "services", "flu shots and a sports physical and labs?", "services.offered", "flu shots, sports physicals and lab work"},
	{sample, open, "services", "do you have therapy", "services.offered", "Gulfton location"},
	{sample, open, "services", "tienen dentista", "services.not_offered", "dental care"},
	{sample, open, "services", "do you do x-rays", "services.not_offered", "X-rays"},
	{sample, open, "services", "blood work and dental?", "services.offered services.not_offered", ""},
	{sample, open, "services", "do you treat vertigo", "services.unlisted", "asked our staff"},
	{sample, open, "services", "what services do you offer", "services.list", "and more"},
	{sample, open, "services", "que servicios ofrecen", "services.list", ""},
	{bare, open, "services", "do you treat diabetes", "services.none", ""},

	{sample, open, "providers", "is Dr. Payne there", "providers.one", "Not taking new patients"},
	{sample, open, "providers", "atiende la dra treviño los lunes?", "providers.on_day", "on Mondays, at Gulfton"},
	{sample, open, "providers", "is dr tran in on thursday", "providers.off_day", "Monday, Wednesday and Friday"},
	{sample, open, "providers", "is dr payne in on thanksgiving", "providers.off_day", "(Thanksgiving)"},
	{sample, open, "providers", "do you have a woman doctor", "providers.found", "Dr. Ana Treviño"},
	{sample, open, "providers", "tienen pediatra?", "providers.found", "Dr. Linh Tran"},
	{sample, open, "providers", "is there a counselor", "providers.found", "Yes: Camila Duarte"},
	{sample, open, "providers", "a doctor who speaks vietnamese", "providers.found", "Dr. Linh Tran"},
	{sample, open, "providers", "hay doctor que hable coreano", "providers.none", ""},
	{sample, open, "providers", "is Dr. Smith there", "providers.none", ""},
	{sample, open, "providers", "is dr payne or dr ortega in tomorrow", "providers.named", "Dr. Luis Ortega, family doctor (English and Spanish): Tuesday, Thursday and Friday"},
	{sample, open, "providers", "who are your doctors", "providers.list", "Sofía Ramírez"},
	{sample, open, "providers", "estan aceptando pacientes nuevos", "providers.accepting", "Dr. Luis Ortega"},
	{sample, open, "providers", "quien atiende hoy", "providers.found", "Sofía Ramírez"},
	{sample, open, "providers", "who is there on sunday", "hours.day_closed", ""},
	{sample, open, "providers", "is dr nguyen taking new patients", "providers.none", ""},
	{sample, open, "providers", "do you have a midwife", "services.not_offered", ""},
	{bare, open, "providers", "who are your doctors", "providers.unpublished", ""},
	{sample, open, "languages", "do you speak spanish", "languages.yes", "Spanish"},
	{sample, open, "languages", "what languages do you speak", "languages.list", "English, Spanish and Vietnamese"},
	{changed(func(p *clinic.Profile) { p.Languages = []string{"en", "es"} }), open, "languages", "vietnamese?", "languages.provider", "Dr. Linh Tran speaks Vietnamese"},
	{sample, open, "languages", "hablan coreano?", "languages.no", "Korean"},

	{sample, open, "cost", "how much is a visit", "cost.named", "$85"},
	{sample, open, "cost", "cuanto cuesta la vacuna de la gripe y los analisis", "cost.named", "$25 to $90"},
	{sample, open, "cost", "how much do you charge", "cost.list", "Sports or school physical: $35"},
	{sample, open, "cost", "and for two kids?", "cost.list", ""},
	{sample, open, "cost", "do you have a payment plan", "cost.payment", "sliding scale"},
	{sample, open, "cost", "how much is ADHD testing", "cost.unlisted", ""},
	{sample, open, "cost", "how much is a dental cleaning", "services.not_offered", "dental care"},
	{sample, open, "insurance", "do you bill the insurance or do i pay first", "insurance.list", ""},
	{sample, open, "services", "do you do hiv testing", "services.offered", "STI"},
	{bare, open, "cost", "precios?", "cost.none", ""},

	{sample, open, "greeting", "hola", "greeting", "Hello"},
	{sample, open, "thanks", "gracias", "thanks", ""},
	{sample, open, "goodbye", "bye", "goodbye", ""},
	{sample, open, "unclear", "hm", "unclear", ""},
}

// fixed are the keys that callers send without a question.
var fixed = []string{
	"intro", "delayed", "unclear", "unreadable", "emergency.medical", "emergency.poisoning", "emergency.self_harm", "emergency.violence",
	"handoff.care", "handoff.attachment", "human.request", "human.complaint", "human.callback", "human.other_language",
	"consent.stopped", "consent.started", "consent.help", "decline.off_topic", "decline.abuse", "decline.injection",
	"cancel.which", "greeting", "thanks", "goodbye",
	"staff.call_us", "staff.we_called", "staff.see_private", "staff.come_in", "staff.booked", "staff.working", "staff.call_911", "staff.wrong_person",
}

// leftToStaff tells the keys whose texts say that staff were asked.
func leftToStaff(key string) bool {
	for _, end := range []string{".none", ".unlisted", ".unpublished"} {
		if strings.HasSuffix(key, end) {
			return true
		}
	}
	return false
}
