package reading_test

import (
	"testing"

	"recado/agent/guard"
	"recado/agent/lexicon"
	"recado/agent/reading"
	"recado/intents"
)

func reader(t *testing.T) *reading.Reader {
	t.Helper()
	lex, err := lexicon.Default()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := guard.DefaultRules()
	if err != nil {
		t.Fatal(err)
	}
	g, err := guard.New(rules, lex)
	if err != nil {
		t.Fatal(err)
	}
	m, err := intents.ShippedModel()
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := m.Open(lex, g.Words())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAMisspeltMessageIsReadAsItWasMeantAndKeptAsItWasWritten(t *testing.T) {
	r := reader(t)
	for written, meant := range map[string]string{
		"i nede an appoitment":    "i need an appointment",
		"quieor una consutla hoy": "quiero una consulta hoy",
		"no puede respirra":       "no puede respirar",
		"she swalowed a batery":   "she swallowed a battery",
	} {
		got, plain := r.Read(written), r.Read(meant)
		if words := got.Text.Words(); len(words) != len(plain.Text.Words()) {
			t.Errorf("%q is read as %q", written, words)
		}
		for i, w := range plain.Text.Words() {
			if got.Text.Tokens[i].Word != w {
				t.Errorf("%q: word %d is read as %q, want %q", written, i, got.Text.Tokens[i].Word, w)
			}
		}
		if got.Written == nil {
			t.Fatalf("%q: what was written is lost", written)
		}
		for _, tok := range got.Written.Text.Tokens {
			if written[tok.Start:tok.End] != tok.Word {
				t.Errorf("%q: %q was written as %q", written, written[tok.Start:tok.End], tok.Word)
			}
		}
		if plain.Written != nil {
			t.Errorf("%q: something was repaired", meant)
		}
	}
}

func TestAMessageInAnotherLanguageIsNotRepaired(t *testing.T) {
	if got := reader(t).Read("Bonjour, êtes-vous ouverts demain matin, s'il vous plaît ?"); got.Written != nil {
		t.Errorf("it is read as %q", got.Text.Words())
	}
}
