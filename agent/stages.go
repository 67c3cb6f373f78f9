package agent

import "time"

// Stage is what a part of a decision takes.
type Stage struct {
	Name string
	Took time.Duration
}

// Stages measures the parts of the local decision of a turn, one after the
// other: "on receipt", the emergency rules when a message comes; "language",
// reading it, with its language, spelling and terms; "guards", the rules of
// danger and care, also over several messages; "intents", the classifier for
// the whole and its clauses; "policy", the gate and the verdict; "reply", the
// texts, the record for staff and the session. Decide itself has no clock in
// it, so measuring costs nothing where nobody measures.
func (a *Agent) Stages(t Turn) []Stage {
	var stages []Stage
	took := func(name string, part func()) {
		begun := time.Now()
		part()
		stages = append(stages, Stage{name, time.Since(begun)})
	}
	took("on receipt", func() {
		for _, ev := range t.Events {
			a.EmergencyOnReceipt(ev, t.Clinic, t.Now)
		}
	})
	whole := a.gather(t)
	took("language", func() { a.reader.Read(whole.text) })
	took("guards", func() {
		a.find(&whole.reading)
		a.acrossTurns(t.Session.Tail, whole)
	})
	again := *whole
	again.parts = nil
	took("intents", func() {
		if len(again.reading.Text.Tokens) > 0 {
			a.classifyAll(&again)
			a.inContext(t, &again)
		}
	})
	var v verdict
	took("policy", func() {
		if len(whole.reading.Text.Tokens) > 0 {
			a.look(&whole.reading)
		}
		v = a.withState(t.Session, a.judge(whole))
	})
	took("reply", func() { a.conclude(t, whole, v) })
	return stages
}
