package agent

import (
	"time"

	"recado/agent/clinic"
	"recado/agent/guard"
)

// EmergencyOnReceipt decides one event by the rules alone, without session,
// classifier or language model, so that an emergency is answered while
// everything else is down. It returns false where no emergency rule fires.
func (a *Agent) EmergencyOnReceipt(ev Event, p *clinic.Profile, now time.Time) (Decision, bool) {
	if ev.Text == "" {
		return Decision{}, false
	}
	r := a.reader.Read(ev.Text)
	var signals []guard.Signal
	for _, s := range a.guard.Find(r.Text, r.Terms) {
		if s.Risk == guard.Emergency {
			signals = append(signals, s)
		}
	}
	if len(signals) == 0 {
		return Decision{}, false
	}
	t := Turn{Events: []Event{ev}, Clinic: p, Now: now}
	e := &evidence{text: ev.Text, reading: r, signals: signals}
	v := verdict{disposition: Emergency, rule: signals[0].Rule, intent: signals[0].Intent}
	return a.conclude(t, e, v), true
}
