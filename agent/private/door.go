package private

import (
	"slices"
	"time"
)

// door is what stands between a link and a conversation's thread, for all of
// the conversation's links together. It is changed by pure functions, under
// compare-and-set: of many codes that are tried at once only as many are
// tried as one after the other would be.
type door struct {
	V      int         `json:"v"`
	Codes  []sentCode  `json:"codes,omitempty"` // those that work, oldest first
	Sent   []time.Time `json:"sent,omitempty"`  // of the last hour's codes
	Wrong  int         `json:"wrong,omitempty"` // tries since the last good one
	Last   time.Time   `json:"last,omitzero"`   // when the last wrong one was
	Locked time.Time   `json:"locked,omitzero"` // until when nothing is tried
}

// sentCode is a code without the code: a keyed hash of it, with a nonce.
type sentCode struct {
	Nonce string    `json:"nonce"`
	Hash  []byte    `json:"hash"`
	At    time.Time `json:"at"`
}

// maxCodes is how many codes work at once: one that was sent again and the one
// before it, which may arrive later.
const maxCodes = 2

// shut reports whether the door is locked.
func (d door) shut(now time.Time) bool { return now.Before(d.Locked) }

// codes are those that still work.
func (d door) codes(cfg *Config, now time.Time) []sentCode {
	if d.shut(now) {
		return nil
	}
	var live []sentCode
	for _, c := range d.Codes {
		if now.Sub(c.At) < cfg.CodeAge {
			live = append(live, c)
		}
	}
	return live
}

// next is when another code may be asked for: now, or later.
func (d door) next(cfg *Config, now time.Time) time.Time {
	at := now
	if n := len(d.Sent); n > 0 {
		if again := d.Sent[n-1].Add(cfg.CodePause); again.After(at) {
			at = again
		}
	}
	if recent := d.recent(now); len(recent) >= cfg.CodesAnHour {
		if again := recent[len(recent)-cfg.CodesAnHour].Add(time.Hour); again.After(at) {
			at = again
		}
	}
	if d.Locked.After(at) {
		at = d.Locked
	}
	return at
}

func (d door) recent(now time.Time) []time.Time {
	var recent []time.Time
	for _, at := range d.Sent {
		if now.Sub(at) < time.Hour {
			recent = append(recent, at)
		}
	}
	return recent
}

// send is the door after a code was sent.
func (d door) send(cfg *Config, c sentCode) door {
	d.Codes = append(slices.Clone(d.codes(cfg, c.At)), c)
	if len(d.Codes) > maxCodes {
		d.Codes = d.Codes[len(d.Codes)-maxCodes:]
	}
	d.Sent = append(d.recent(c.At), c.At)
	return d
}

// miss is the door after a wrong try: it locks after too many, whatever codes
// were sent in between.
func (d door) miss(cfg *Config, now time.Time) door {
	if now.Sub(d.Last) >= cfg.LockTime {
		d.Wrong = 0
	}
	d.Wrong, d.Last = d.Wrong+1, now
	if d.Wrong > cfg.Retries {
		d.Wrong, d.Codes, d.Locked = 0, nil, now.Add(cfg.LockTime)
	}
	return d
}

// left is how many tries are left before it locks.
func (d door) left(cfg *Config, now time.Time) int {
	if d.shut(now) {
		return 0
	}
	return cfg.Retries + 1 - d.Wrong
}

// pass is the door after somebody went through: no code works twice.
func (d door) pass() door {
	d.Codes, d.Wrong, d.Last = nil, 0, time.Time{}
	return d
}
