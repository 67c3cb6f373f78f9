package main

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/clinic"
)

// unsureTexts returns messages that the local path is unsure of and no rule
// flags, so that a language model is asked about them. They are made of words
// at random, and longer than what is read in the light of the last turn.
func unsureTexts(t *testing.T, n int) []string {
	t.Helper()
	a, err := shippedAgent()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(`purple seven lamp under quick river perhaps window paper green twelve stone music letter early orange
		number basket corner yellow engine simple market circle verde piedra lampara esquina mercado papel ventana cuento martes naranja
		circulo barco puente tambor espejo sombra claro nube bottle garden pencil silver button planet ticket hammer`)
	rng := rand.New(rand.NewPCG(3, 5))
	profile := clinic.Sample()
	var found []string
	for range 20000 {
		var text []string
		for range 14 {
			text = append(text, words[rng.IntN(len(words))])
		}
		message := strings.Join(text, " ")
		d, err := a.Decide(t.Context(), agent.Turn{
			Events: []agent.Event{{V: agent.Version, ID: "1", Clinic: profile.ID, Channel: agent.Web, Conversation: "conversation",
				At: time.Now(), Kind: agent.KindText, Text: message}},
			Clinic: profile, Now: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if d.Rule == "policy.unsure" && len(d.Signals) == 0 {
			if found = append(found, message); len(found) == n {
				return found
			}
		}
	}
	t.Fatalf("only %d of 20000 random messages leave the local path unsure", len(found))
	return nil
}
