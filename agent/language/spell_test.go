package language

import (
	"strings"
	"testing"
	"time"
)

// speller knows a few words and what stands beside what.
func speller(t *testing.T) (*Speller, *Detector) {
	t.Helper()
	model := Train([]Sample{
		{Text: "i need to make an appointment with the doctor back from there would people come", Language: English},
		{Text: "my chest hurts and i cant breathe the bus station the statin drive to the clinic", Language: English},
		{Text: "quiero una cita para hacer el examen me duele el pecho mucho tiene dolor en el brazo", Language: Spanish},
		{Text: "no puede respirar el peso del bebe sin cita necesito una consulta puedo llegar tarde", Language: Spanish},
	})
	texts := []string{
		"i need an appointment", "need an appointment now", "come back", "i want to come back", "do you", "do you take it", "how do you go", "do you see",
		"me duele el pecho", "duele el pecho mucho", "el pecho", "el pecho", "el pecho", "el pecho", "el peso", "sin cita",
		"tengo dolor", "tengo dolor de pecho", "tengo dolor de", "tengo dolor de", "tengo dolor de", "tengo dolor de", "tengo dolor de", "tengo dolor de", "atienden sin cita", "voy sin cita", "puedo ir sin cita",
	}
	d := NewDictionary()
	used := map[string]float32{}
	for _, w := range strings.Fields("i need an appointment doctor back from form there would wound people come breathe station statin drive the my do you take " +
		"quiero una cita para hacer el examen me duele pecho peso mucho tengo dolor door de sin puedo respirar") {
		used[w] = 40
	}
	used["wound"], used["statin"], used["form"], used["door"] = 4, 4, 10, 4
	detector, err := NewDetector(model, d)
	if err != nil {
		t.Fatal(err)
	}
	return NewSpeller(d, model, CountPairs(texts), used, map[string]float32{"station": 900}), detector
}

func repaired(s *Speller, d *Detector, message string) string {
	text := Scan(message)
	d.Detect(&text)
	s.Repair(&text)
	return strings.Join(text.Words(), " ")
}

func TestSlipsAreReadAsTheWordThatWasMeant(t *testing.T) {
	s, d := speller(t)
	for message, want := range map[string]string{
		"i need an apointment":      "i need an appointment",
		"i need an appoinment":      "i need an appointment",
		"i need an appointmnet":     "i need an appointment",
		"i need an sppointment":     "i need an appointment", // the key beside
		"come bak":                  "come back",             // too short but for what stands beside it
		"the peopel woud come":      "the people would come",
		"kiero una sita":            "quiero una cita",
		"me duele el peco":          "me duele el pecho", // and not el peso
		"tengo door de pecho":       "tengo dolor de pecho",
		"puedo sincita":             "puedo sin cita",
		"doyou take":                "do you take",
		"appointmentttt":            "appointment",
		"the xylophone":             "the xylophone",
		"the 12345":                 "the 12345",
		"i need an appointment doc": "i need an appointment doctor", // a chat form is left to what it stands for
	} {
		if got := repaired(s, d, message); got != want {
			t.Errorf("%q is read as %q, want %q", message, got, want)
		}
	}
}

func TestACapitalWithinASentenceMayBeginAName(t *testing.T) {
	for message, want := range map[string]bool{"with doctor Marta": true, "with doctor marta": false, "WITH DOCTOR MARTA": false, "thanks doctor. Marta": false} {
		text := Scan(message)
		if got := mayBeName(&text, 2); got != want {
			t.Errorf("%q: %t, want %t", message, got, want)
		}
	}
}

func TestRepairKeepsWhatWasWritten(t *testing.T) {
	s, d := speller(t)
	text := Scan("puedo sincita dolorr")
	d.Detect(&text)
	before := s.Repair(&text)
	if len(before) != 3 || before[1].Word != "sincita" || before[2].Word != "dolorr" {
		t.Errorf("tokens before repair: %+v", before)
	}
	for i, want := range []string{"puedo", "sincita", "sincita", "dolorr"} {
		if got := text.Tokens[i].Surface; got != want {
			t.Errorf("surface of token %d is %q, want %q", i, got, want)
		}
	}
	text = Scan("need an appointment")
	d.Detect(&text)
	if s.Repair(&text) != nil {
		t.Error("nothing was repaired, but it says so")
	}
}

func TestRepairDoesNotDependOnTheOrderOfWords(t *testing.T) {
	first := ""
	for range 20 {
		s, d := speller(t)
		got := repaired(s, d, "i nedd teh formm bakc thre wuold kome pecco")
		if first == "" {
			first = got
		}
		if got != first {
			t.Fatalf("it gave %q and %q", first, got)
		}
	}
}

func TestALongRunOfLettersIsNotSpelledLetterByLetter(t *testing.T) {
	s, d := speller(t)
	done := make(chan string, 1)
	long := strings.Repeat("ab", 128<<10)
	go func() { done <- repaired(s, d, long) }()
	select {
	case got := <-done:
		if got != long {
			t.Error("it was repaired")
		}
	case <-time.After(5 * time.Second): // with every letter tried it takes minutes
		t.Error("it takes time that grows with the square of its length")
	}
}

func TestASlipCostsMoreTheRarerItIs(t *testing.T) {
	cost := func(meant, written string) float64 {
		c, ok := slip(meant, written)
		if !ok {
			t.Errorf("%s is no slip of %s", written, meant)
		}
		return c
	}
	rising := []float64{
		cost("swallowed", "swalowed"), cost("vacuna", "bacuna") - slipAtFirst, cost("test", "tset"), cost("back", "bak"), cost("please", "pkease"), cost("please", "pxease"),
		cost("please", "xlease"),
	}
	for i := 1; i < len(rising); i++ {
		if rising[i] <= rising[i-1] {
			t.Errorf("slip %d costs %v, no more than the one before it", i, rising)
		}
	}
	for _, pair := range [][2]string{{"abcd", "badc"}, {"abcd", "ab"}, {"abcd", "xbcy"}} {
		if _, ok := slip(pair[0], pair[1]); ok {
			t.Errorf("%v are more than one slip apart", pair)
		}
	}
}

func TestPairsAreThoseSeenTwice(t *testing.T) {
	x := newPairIndex(CountPairs([]string{"my chest hurts", "my chest. hurts", "a b", "my chest"}))
	for _, c := range []struct {
		first, second string
		want          int
	}{{"my", "chest", 3}, {"chest", "hurts", 0}, {"a", "b", 0}, {"chest", "my", 0}} {
		if got := x.count(c.first, c.second); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.first, c.second, got, c.want)
		}
	}
	if empty := newPairIndex(Pairs{}); empty.count("my", "chest") != 0 {
		t.Error("no pairs hold one")
	}
}
