package booking_test

import (
	"testing"

	"recado/agent"
)

func TestWhatIsNoReplyIsNotTakenForOne(t *testing.T) {
	for _, words := range []string{
		"3 days", "tres dias", "for 2", "1 or 2", "2 pills", "2 years old", "me duele", "is it 2 floors?", "no puedo mas", "a dos cuadras", "hace 3 dias",
		"my mom is 2nd in line", "what is number 2?", "I have 3 kids and 2 dogs",
		"la 2 no puedo", "no la 1", "not the first one", "the first one doesn't work", "el 2 no me queda", "not 2", "no, not the 2", "2 no", "la 2, no puedo", "la segunda no me sirve",
		"es para mi hija de 2", "my daughter is 2", "mi hijo tiene 2", "she's 2", "tiene 2", "es para mi hijo, tiene 2", "he is 3", "somos 2",
		"is it 2?", "do I have to pick 1?", "do I have to pick 1", "¿es la 2?", "which is 2", "is the first one taken?", "¿la 2 es en la mañana?", "at 8?", "any of those with parking?",
		"2 but is it far", "si puedo, la 2", "maybe 2", "creo que la 2", "tal vez la 2", "I can't do the 2nd", "anything but 2", "cualquiera menos la 2", "ya no la 2", "2? no", "not any of those",
		"the 2nd", "el 2", "2. quiero hablar con una persona", "si, pero antes dígame si aceptan tarjeta", "2 but first tell me if you take cards", "somos 2", "para 2",
	} {
		k := offered(t)
		k.say(words)
		if n := len(k.bookings()); n != 0 {
			t.Errorf("%q booked a visit", words)
		}
	}
}

func TestHowPatientsChooseATime(t *testing.T) {
	// The three times are 8:00, noon and 2:00 on a Tuesday.
	for words, want := range map[string]int{
		"2": 2, "#2": 2, "2.": 2, "2)": 2, "number 2": 2, "option 2 please": 2, "2nd one": 2, "the second one": 2, "second": 2, "the last one": 3, "I'll take the third": 3,
		"noon": 2, "noon works": 2, "8am": 1, "8:00": 1, "the 8 o'clock": 1, "2pm": 3, "2:00 pm please": 3, "at 2": 3, "the 2 pm one": 3, "morning": 1, "in the morning is better": 1,
		"la 2": 2, "la dos": 2, "la segunda": 2, "el segundo": 2, "la segunda por favor": 2, "opcion 2": 2, "la opción 2": 2, "el número 2": 2, "la última": 3, "el último": 3, "la primera": 1,
		"a las 2": 3, "la de las 2": 3, "la de las 8": 1, "a las 8 mejor": 1, "al mediodía": 2, "a las 2 de la tarde": 3, "en la mañana": 1, "quiero la 3": 3, "la tercera está bien": 3,
		"cualquiera": 1, "la que sea": 1, "me da igual": 1, "la última que me dijo": 3, "the last one you said": 3, "ni modo, la 1": 1, "the second one thank u": 2, "ah bueno la segunda": 2, "la de las 8 está bien grax": 1, "la última q me dijo": 3, "any": 1, "whichever": 1, "the first available": 1, "ok 2": 2, "sí, la 2": 2, "yes the first one": 1, "dos": 2, "two": 2, "2 please thank you": 2,
	} {
		k := offered(t)
		times := k.session.Booking.Offered
		d := k.say(words)
		all := k.bookings()
		if len(all) != 1 || !all[0].Start().Equal(times[want-1].Start) {
			t.Errorf("%q: %d booked, want time %d; it is %s by %s: %s", words, len(all), want, d.Disposition, d.Rule, d.Text())
		}
	}
}

func TestHowPatientsSayNoToTimes(t *testing.T) {
	for _, words := range []string{
		"no", "none", "none of those", "none of these work", "other times", "4", "something later", "later", "another day", "do you have anything else?", "those don't work for me",
		"ninguno", "ninguna de esas", "otros horarios", "otra hora", "más tarde", "otro día", "no puedo a esas horas", "no me queda ninguna", "¿hay otra?", "algo más tarde?",
	} {
		k := offered(t)
		d := k.say(words)
		if d.Disposition != agent.Answer || len(k.bookings()) != 0 || len(k.choices) == 0 {
			t.Errorf("%q is %s by %s with %d choices: %s", words, d.Disposition, d.Rule, len(k.choices), d.Text())
		}
	}
}

func TestHowPatientsSayYesToATimeThatIsKept(t *testing.T) {
	for _, words := range []string{"yes", "Yes please", "yep", "sure", "ok", "sounds good", "that works", "1", "book it", "perfect", "👍", "sí", "si porfa", "claro", "dale", "está bien", "ok gracias", "sí, esa", "de acuerdo", "a las 3 sí"} {
		k := newTalk(t, small(), wednesday(t))
		k.say("can I come Tuesday at 3pm?")
		d := k.say(words)
		if len(k.bookings()) != 1 {
			t.Errorf("%q is %s by %s: %s", words, d.Disposition, d.Rule, d.Text())
		}
	}
	for _, words := range []string{"no", "no thanks", "nope", "nevermind", "2", "olvídelo", "mejor no", "ya no gracias", "wait, what insurance do you take?", "is that in the morning?"} {
		k := newTalk(t, small(), wednesday(t))
		k.say("can I come Tuesday at 3pm?")
		d := k.say(words)
		if len(k.bookings()) != 0 || d.Disposition == agent.Consent {
			t.Errorf("%q is %s by %s: %s", words, d.Disposition, d.Rule, d.Text())
		}
	}
}
