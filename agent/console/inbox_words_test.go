package console

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/bus"
	"recado/agent/guard"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
)

// wordsIn are the texts of a language at a moment, as pages of the sample
// clinic have them.
func wordsIn(t testing.TB, lang string, now time.Time) Texts {
	t.Helper()
	all, err := shippedTexts()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return Texts{lang: lang, zone: zone, now: func() time.Time { return now }, words: all[lang]}
}

func TestACaseSaysInPlainWordsWhyItCame(t *testing.T) {
	en, es := wordsIn(t, "en", time.Now()), wordsIn(t, "es", time.Now())
	for _, c := range []struct {
		rules, intents []string
		en, es         string
	}{
		{[]string{"symptom.i_have", "gate.clinical"}, []string{"symptom"}, "Symptom", "Síntoma"},
		{[]string{"es.symptom.duele"}, []string{"symptom", "booking"}, "Symptom, Wants a visit", "Síntoma, Quiere una cita"},
		{[]string{"symptom.kin_has", "stroke.limb"}, []string{"symptom"}, "Signs of a stroke, Symptom", "Señales de derrame cerebral, Síntoma"},
		{[]string{"corazon.pecho"}, []string{"medical_emergency"}, "Chest or heart", "Pecho o corazón"},
		{[]string{"wider.en"}, []string{"medical_emergency"}, "Medical emergency", "Emergencia médica"},
		{[]string{"policy.request"}, []string{"human"}, "Wants a person", "Quiere hablar con alguien"},
		{[]string{"medication.refill", "policy.unsure"}, []string{"medication"}, "Medicine question", "Pregunta de medicinas"},
		{[]string{"policy.too_long"}, nil, "Very long message", "Mensaje muy largo"},
		{[]string{"gate.unexplained"}, nil, "About somebody's health", "Sobre la salud de alguien"},
		{[]string{"fault.key"}, nil, "Cannot be opened", "No se puede abrir"},
		{[]string{"dead_letter.undecided"}, nil, "Could not be processed", "No se pudo procesar"},
		{[]string{"undelivered", "undelivered.code.131047"}, nil, "A reply did not arrive", "Una respuesta no llegó"},
		{[]string{"something.new"}, []string{"also_new"}, "Another rule", "Otra regla"},
		{nil, nil, "No reason given", "Sin motivo anotado"},
		{[]string{"a.x", "heart.attack", "stroke.face", "bleed.heavy", "seizure.now"}, []string{"symptom"}, "Chest or heart, Signs of a stroke, Bleeding", "Pecho o corazón, Señales de derrame cerebral, Sangrado"},
	} {
		for _, want := range []struct {
			t    Texts
			text string
		}{{en, c.en}, {es, c.es}} {
			if got := strings.Join(whyNames(want.t, c.rules, c.intents), ", "); got != want.text {
				t.Errorf("%v %v in %s: %q, want %q", c.rules, c.intents, want.t.Lang(), got, want.text)
			}
		}
	}
}

func TestEveryRuleAndIntentHasWordsAndAReason(t *testing.T) {
	rules, err := guard.DefaultRules()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	ids = append(ids, "identifier.ssn_shape", "identifier.medicare_shape", "identifier.birth_date_shape")
	for _, reason := range []bus.Reason{bus.ReasonUnreadable, bus.ReasonVersion, bus.ReasonMismatch, bus.ReasonUnknownClinic, bus.ReasonUndecided, bus.ReasonSubject} {
		ids = append(ids, "dead_letter."+string(reason))
	}
	for _, fault := range []string{store.FaultKey, store.FaultSignature, store.FaultSealed, store.FaultForm} {
		ids = append(ids, "fault."+fault)
	}
	ids = append(ids, "undelivered.code.131026", "attachment.image", "undelivered.code.500", "stray.no_account", "stray.form", "booking.may_be_booked", "booking.not_told", "booking.asked_staff")
	// Those of the policy are literals there.
	sources, err := filepath.Glob("../*.go")
	if err != nil || len(sources) == 0 {
		t.Fatal("the policy is not where it was: ", err)
	}
	literal := regexp.MustCompile(`"((?:policy|gate|classifier|silent|llm)\.[a-z_]+)"`)
	for _, name := range sources {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(raw), -1) {
			if m[1] != "silent.system" && !strings.HasSuffix(name, "_test.go") { // no record is made of it
				ids = append(ids, m[1])
			}
		}
	}
	intents, err := filepath.Glob("../../intents/*.yaml")
	if err != nil || len(intents) < 30 {
		t.Fatal("intents are not where they were: ", err)
	}
	for _, lang := range languages {
		words := wordsIn(t, lang, time.Now())
		for _, id := range ids {
			w := ruleReason(words, id)
			if w.Group.Code == "other" {
				t.Errorf("%s: rule %s belongs to no group: add one to [rule]", lang, id)
			}
			named := words.Has("why."+strings.ReplaceAll(id, ".", "_")) || slices.Contains([]string{"policy.chosen", "policy.no_words"}, id)
			if w.Reason == words.Say("reason.none") && !named && groupOf(id) != "attachment" {
				t.Errorf("%s: rule %s has no reason: add it to [reason]", lang, id)
			}
		}
		for _, file := range intents {
			if name := strings.TrimSuffix(filepath.Base(file), ".yaml"); !words.Has("intent." + name) {
				t.Errorf("%s: intent %s has no words: add it to [intent]", lang, name)
			}
		}
		for _, o := range inbox.Outcomes {
			if !words.Has("outcome." + string(o)) {
				t.Errorf("%s: outcome %s has no words", lang, o)
			}
		}
		for _, d := range []agent.Disposition{agent.Answer, agent.Escalate, agent.Emergency, agent.Human, agent.Consent, agent.Decline, agent.Silent} {
			if !words.Has("disposition." + string(d)) {
				t.Errorf("%s: disposition %s has no words", lang, d)
			}
		}
		for _, p := range append(filterPriorities, "unknown") {
			if !words.Has("priority."+string(p)) || !words.Has("priority_hint."+string(p)) {
				t.Errorf("%s: priority %s has no words", lang, p)
			}
		}
	}
}

func TestAReasonIsInTheLanguageOfThePage(t *testing.T) {
	en, es := wordsIn(t, "en", time.Now()), wordsIn(t, "es", time.Now())
	for rule, want := range map[string][2]string{
		"symptom.i_have":          {"The writer has a complaint", "Quien escribe tiene una molestia"},
		"es.symptom.tengo":        {"The writer says", "Quien escribe dice"},
		"privacy.others_visit.es": {"Whether another person", "Si otra persona"},
		"breathing.cannot":        {"Not being able to breathe", "No poder respirar"},
		"idiom.rude_words":        {"To be spoken to rudely", "Que le hablen feo"},
		"past.anos":               {"years ago", "Hace años"},
		"identifier.ssn_shape":    {"Social Security", "Seguro Social"},
		"gate.clinical":           {"Words about health", "palabras de salud"},
	} {
		for i, words := range []Texts{en, es} {
			if got := ruleReason(words, rule); !strings.Contains(got.Reason, want[i]) {
				t.Errorf("%s in %s: %q, want %q", rule, words.Lang(), got.Reason, want[i])
			}
		}
	}
}

func TestEveryDangerIsNamedBeforeWhatIsNone(t *testing.T) {
	rules, err := guard.DefaultRules()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if g := groupOf(r.ID); r.Risk == "emergency" && !slices.Contains(dangers, g) && !slices.Contains(vague, g) {
			t.Errorf("rule %s is of the group %q: add it to dangers", r.ID, g)
		}
	}
}
