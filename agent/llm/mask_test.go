package llm

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatIdentifiesAPersonIsMasked(t *testing.T) {
	for _, c := range []struct{ text, secrets string }{ // secrets: split at |
		{"call me at 713-555-0142 please", "713|0142"},
		{"my cell is (713) 555 0142", "713|555|0142"},
		{"mi cel es 7 1 3 5 5 5 0 1 4 2", "7 1 3"},
		{"+52 1 55 1234 5678 es mi numero", "1234|5678"},
		{"７１３５５５０１４２ es mi número", "７１３"},
		{"713\u200b555\u200b0142", "713|0142"},
		{"seven one three five five five oh one four two", "seven one|four two"},
		{"siete uno tres cinco cinco cinco cero uno", "siete uno|cero uno"},
		{"mail it to maria.lopez+kids@example.com", "maria|lopez|example"},
		{"mi correo es maria lopez arroba gmail punto com", "lopez|gmail"},
		{"look at https://portal.example/p/8842?name=lopez", "8842|lopez|portal"},
		{"see drive.google.com/file/abc", "abc"},
		{"my name is Maria Lopez and I need an appointment", "Maria|Lopez"},
		{"my name is maria de la cruz, do you take cigna", "maria|cruz"},
		{"Me llamo Xóchitl Ñuñez y quiero una cita", "Xóchitl|Ñuñez"},
		{"soy xiomara tzuc, quiero saber el horario", "xiomara|tzuc"},
		{"hola soy Paco Peña", "Paco|Peña"},
		{"Hi this is Shanice Okafor, what are your hours", "Shanice|Okafor"},
		{"im tanisha and i need directions", "tanisha"},
		{"cita a nombre de Pánfilo Ruiz", "Pánfilo|Ruiz"},
		{"What time do you close? Thank you. Mrs. Whitfield", "Whitfield"},
		{"gracias, Eulalia Pech", "Eulalia|Pech"},
		{"my son Thaddeus needs a physical", "Thaddeus"},
		{"mi hija Itzel necesita vacunas", "Itzel"},
		{"can guadalupe come at 3", "guadalupe"},
		{"I live at 4512 Maple Grove Ln apt 3B", "4512|Maple|3B"},
		{"is 9801 Westheimer Rd far from you", "9801|Westheimer"},
		{"vivo en la calle Benito Juárez 123", "Juárez|123"},
		{"estoy por Avenida Insurgentes Sur #1457", "Insurgentes|1457"},
		{"dob 03/04/1987", "03|1987"},
		{"born March 4, 1987", "March|1987"},
		{"nací el 4 de marzo de 1987", "marzo|1987"},
		{"naci en 1987", "1987"},
		{"birthday 3/4", "3/4"},
		{"1987-03-04 is the date", "1987"},
		{"member id XYZ12345678", "XYZ|1234"},
		{"mi póliza es A-9921", "9921"},
		{"id: W2291 44", "2291"},
		{"1EG4-TE5-MK73", "1EG4|MK73"},
		{"1eg4 te5 mk73", "1eg4|mk73"},
		{"GOMC870304HDFRRL09", "GOMC|8703"},
		{"my social is 123-45-6789", "123|6789"},
		{"ssn ending in 6789", "6789"},
		{"order 1234567", "1234567"},
		{"my grandma is 97 years old", "97"},
		{"@tanisha_k on insta", "tanisha"},
	} {
		got := mask(c.text).Text
		for _, secret := range strings.Split(c.secrets, "|") {
			if strings.Contains(strings.ToLower(got), strings.ToLower(secret)) {
				t.Errorf("%q was sent as %q: it holds %q", c.text, got, secret)
			}
		}
	}
}

func TestOrdinaryQuestionsAreLeftAsTheyAre(t *testing.T) {
	for _, text := range []string{
		"yall open on sundays?",
		"what time do you close on 12/24",
		"im looking for a dentist",
		"I'm new here, do you take Cigna",
		"I am calling about parking",
		"soy paciente nueva, atienden a niños?",
		"soy nuevo y quiero una cita el lunes a las 10:30",
		"is Dr. Patel there on Fridays",
		"está la doctora Elena Ruiz los martes?",
		"can my son come at 3 pm",
		"my daughter needs a physical for school",
		"mi hijo necesita vacunas",
		"cuánto cuesta una consulta, 50 o 100?",
		"gracias",
		"thank you so much",
		"this is urgent",
		"appointment for tomorrow at 2",
		"quiero cita para el 24 de diciembre",
	} {
		if got := mask(text).Text; got != text {
			t.Errorf("%q was sent as %q", text, got)
		}
	}
}

func TestASpanOfTheMaskedTextPointsToTheSameWordsOfTheOriginal(t *testing.T) {
	text := "my name is Ana Ortiz, chest hurts, call 713-555-0142 now"
	m := mask(text)
	for _, quote := range []string{"chest hurts", "my name", "now", "call"} {
		at := strings.Index(m.Text, quote)
		if at < 0 {
			t.Fatalf("%q is not in %q", quote, m.Text)
		}
		got := m.original([2]int{at, at + len(quote)})
		if text[got[0]:got[1]] != quote {
			t.Errorf("%q came back as %q", quote, text[got[0]:got[1]])
		}
	}
	at := strings.Index(m.Text, "hurts, call [N")
	got := m.original([2]int{at, at + len("hurts, call [N")})
	if want := "hurts, call 713-555-0142"; text[got[0]:got[1]] != want {
		t.Errorf("a span into a placeholder came back as %q, want %q", text[got[0]:got[1]], want)
	}
}

func TestMaskingKeepsEverySpanWithinTheMessage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{
			"713-555-0142", "a@b.co", "my name is Zoe Quist", "soy Tito", "hello", " ", "\n", "ñandú", "💉", "03/04/1987", "W123456", ", ", "\xff",
		})).Draw(t, "parts")
		text := strings.Join(parts, " ")
		m := mask(text)
		if len(m.Text) == 0 {
			return
		}
		from := rapid.IntRange(0, len(m.Text)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(m.Text)).Draw(t, "to")
		got := m.original([2]int{from, to})
		if got[0] < 0 || got[0] >= got[1] || got[1] > len(text) {
			t.Fatalf("span %d-%d of %q came back as %v of %d bytes", from, to, m.Text, got, len(text))
		}
		if len(m.pieces) == 0 && got != [2]int{from, to} {
			t.Fatalf("nothing was masked and %d-%d came back as %v", from, to, got)
		}
		for _, secret := range []string{"0142", "1987", "Quist", "Tito", "W123456", "a@b.co"} {
			if strings.Contains(m.Text, secret) {
				t.Fatalf("%q holds %q", m.Text, secret)
			}
		}
	})
}
