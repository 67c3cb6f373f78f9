package language

import "testing"

func TestRepairFindsTheWordThatWasMeant(t *testing.T) {
	v := NewVocabulary(NewDictionary(), map[string]float32{
		"quiero": 50, "cita": 80, "hacer": 40, "appointment": 60, "hours": 30, "seguro": 20, "respirar": 10, "breathe": 10, "voy": 5, "llover": 3,
	})
	for _, c := range []struct {
		in   string
		lang Language
		want string
	}{
		{"kiero", Spanish, "quiero"},
		{"sita", Spanish, "cita"},
		{"aser", "", "hacer"},
		{"appoinment", English, "appointment"},
		{"apointment", English, "appointment"},
		{"appiontment", English, "appointment"},
		{"brethe", English, "breathe"},
		{"respirrar", Spanish, "respirar"},
		{"seguroo", Spanish, "seguro"},
		{"boy", Spanish, "voy"},
		{"boy", English, "boy"}, // an English word is not read by Spanish sound
		{"xylophone", "", "xylophone"},
		{"12345", "", "12345"},
		{"hours", English, "hours"},
	} {
		if got, _ := v.Repair(c.in, c.lang); got != c.want {
			t.Errorf("Repair(%q, %q) = %q, want %q", c.in, c.lang, got, c.want)
		}
	}
}

func TestRepairDoesNotDependOnMapOrder(t *testing.T) {
	words := map[string]float32{"carta": 3, "carpa": 3, "carga": 3}
	first, _ := NewVocabulary(NewDictionary(), words).Repair("carxa", Spanish)
	for range 20 {
		if got, _ := NewVocabulary(NewDictionary(), words).Repair("carxa", Spanish); got != first {
			t.Fatalf("Repair gave %q and %q", first, got)
		}
	}
}

func TestOneEditHoldsForExactlyOneEdit(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"abcde", "abcd", true}, {"abcde", "abXde", true}, {"abcde", "abdce", true}, {"abcde", "abcdef", true},
		{"abcde", "Xabcde", true}, {"abcde", "abcXY", false}, {"abcde", "badce", false}, {"abcde", "abc", false}, {"abcde", "abcde", true},
	} {
		if got := oneEdit(c.a, c.b); got != c.want {
			t.Errorf("oneEdit(%q, %q) = %t", c.a, c.b, got)
		}
	}
}
