package language_test

import (
	"testing"

	"recado/agent/language"
	"recado/intents"
)

func detector(t *testing.T) *language.Detector {
	t.Helper()
	m, err := intents.ShippedModel()
	if err != nil {
		t.Fatal(err)
	}
	d, err := language.NewDetector(m.Language, language.NewDictionary())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheLanguageOfShortMessages(t *testing.T) {
	d := detector(t)
	for _, c := range []struct {
		text string
		want language.Language
	}{
		{"what time do you close", language.English}, {"a que hora cierran", language.Spanish},
		{"q onda a q ora abren", language.Spanish}, {"u open tmrw", language.English},
		{"necesito un appointment para mi hijo", language.Mixed}, {"can I bring a mi abuelita mañana", language.Mixed},
		{"Bom dia, vocês atendem aos sábados?", language.Other}, {"bonjour, vous etes ouverts demain", language.Other},
		{"Eske gen moun ki pale kreyòl?", language.Other}, {"你好，请问几点开门", language.Other},
		{"Phòng khám mở cửa mấy giờ", language.Other}, {"كم سعر الزيارة", language.Other},
		{"👍", ""}, {"713 555 0142", ""},
	} {
		text := language.Scan(c.text)
		if got := d.Detect(&text); got.Language != c.want {
			t.Errorf("%q is %q, want %q (score %.1f)", c.text, got.Language, c.want, got.Score)
		}
	}
}

func TestAskingForALanguageIsToldFromNamingIt(t *testing.T) {
	d := detector(t)
	for _, c := range []struct {
		text string
		want language.Language
	}{
		{"in english please", language.English}, {"en español por favor", language.Spanish}, {"español", language.Spanish},
		{"can you answer in spanish", language.Spanish}, {"do you have the forms in Spanish?", ""}, {"do you speak Spanish?", ""},
	} {
		text := language.Scan(c.text)
		if got := d.Detect(&text); got.Asked != c.want {
			t.Errorf("%q asks for %q, want %q", c.text, got.Asked, c.want)
		}
	}
}

func TestWordsAreLabelledWhereTheLanguageSwitches(t *testing.T) {
	text := language.Scan("quiero saber what time do you close mañana por la tarde")
	detector(t).Detect(&text)
	want := []language.Language{"es", "es", "en", "en", "en", "en", "en", "es", "es", "es", "es"}
	for i, tok := range text.Tokens {
		if tok.Language != want[i] {
			t.Errorf("%s is %q, want %q", tok.Surface, tok.Language, want[i])
		}
	}
}
