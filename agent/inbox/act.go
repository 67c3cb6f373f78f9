package inbox

import "time"

// Actor is a person who does something. What a role may do is decided before;
// here Force alone matters: it lets the person act on a case that another one
// holds.
type Actor struct {
	Person string
	Force  bool
}

func (a Actor) check() error {
	if a.Person == "" {
		return &InputError{"the person who acts is missing"}
	}
	return nil
}

// held returns the error of a who finds c in the hands of another person.
func (c Case) held(a Actor) error {
	if c.State == Claimed && c.Owner != a.Person && !a.Force {
		return &HeldError{By: c.Owner, Since: c.Since}
	}
	return nil
}

// Claim makes a the holder: from now on the assistant is silent. Claiming
// what one holds acknowledges what arrived since, and takes the word back
// from the assistant. The error is a *HeldError where another person holds
// the case, a *StateError where it is resolved.
func (c Case) Claim(a Actor, now time.Time) (Case, error) {
	if err := a.check(); err != nil {
		return c, err
	}
	if c.State == Resolved {
		return c, &StateError{Have: c.State, Doing: "claim"}
	}
	if err := c.held(a); err != nil {
		return c, err
	}
	if c.State == Claimed && c.Owner == a.Person && !c.BotSpeaks && !c.Waiting() {
		return c, nil
	}
	act := Action{Kind: DidClaim, By: a.Person, At: now}
	if c.State == Claimed && c.Owner != a.Person {
		act.From = c.Owner
	}
	return c.clone().hold(a.Person, a.Person, now).did(act), nil
}

// hold gives c to a person; by is who brought it about.
func (c Case) hold(person, by string, now time.Time) Case {
	if c.Owner != person || c.State != Claimed {
		c.Since = now
	}
	c.State, c.Owner, c.BotSpeaks = Claimed, person, false
	return c.acknowledge(by, now)
}

func (c Case) acknowledge(by string, now time.Time) Case {
	if c.Round.Acknowledged.IsZero() {
		c.Round.Acknowledged, c.Round.By = now, by
	}
	return c
}

// Assign makes another person the holder. It does not acknowledge the case:
// it rings until the new holder, or anybody, does.
func (c Case) Assign(a Actor, to string, now time.Time) (Case, error) {
	if err := a.check(); err != nil {
		return c, err
	}
	if to == "" {
		return c, &InputError{"the person to assign to is missing"}
	}
	if to == a.Person {
		return c.Claim(a, now)
	}
	if c.State == Resolved {
		return c, &StateError{Have: c.State, Doing: "assign"}
	}
	if c.State == Claimed && c.Owner == to {
		return c, nil
	}
	if err := c.held(a); err != nil {
		return c, err
	}
	act := Action{Kind: DidAssign, By: a.Person, At: now, To: to, From: c.Owner}
	c = c.clone()
	c.State, c.Owner, c.Since, c.BotSpeaks = Claimed, to, now, false
	return c.did(act), nil
}

// Release puts the case back into the queue. Its clocks go on as they were:
// that it was taken in time stays so. Releasing an open case changes nothing.
func (c Case) Release(a Actor, now time.Time) (Case, error) {
	if err := a.check(); err != nil {
		return c, err
	}
	switch c.State {
	case Resolved:
		return c, &StateError{Have: c.State, Doing: "release"}
	case Open:
		return c, nil
	}
	if err := c.held(a); err != nil {
		return c, err
	}
	act := Action{Kind: DidRelease, By: a.Person, At: now}
	if c.Owner != a.Person {
		act.From = c.Owner
	}
	c = c.clone()
	c.State, c.Owner, c.Since, c.BotSpeaks = Open, "", time.Time{}, false
	return c.did(act), nil
}

// HandBack lets the assistant answer the patient again while the holder keeps
// the case.
func (c Case) HandBack(a Actor, now time.Time) (Case, error) {
	if err := c.holds(a, "hand back"); err != nil {
		return c, err
	}
	if c.BotSpeaks {
		return c, nil
	}
	c = c.clone()
	c.BotSpeaks = true
	return c.did(Action{Kind: DidHandBack, By: a.Person, At: now}), nil
}

// holds returns nil where a holds c, or may act in the holder's place.
func (c Case) holds(a Actor, doing string) error {
	if err := a.check(); err != nil {
		return err
	}
	switch c.State {
	case Resolved:
		return &StateError{Have: c.State, Doing: doing}
	case Open:
		return ErrNotHeld
	}
	return c.held(a)
}

// Note records that a wrote a note, which is in the thread as entry. Anybody
// may, at any time.
func (c Case) Note(a Actor, entry string, now time.Time) (Case, error) {
	if err := a.check(); err != nil {
		return c, err
	}
	return c.once(Action{Kind: DidNote, By: a.Person, At: now, Entry: entry}), nil
}

// Reply records that the holder sent a text of the catalogue in the channel;
// message is its id. Nobody else may, by force either: patients hear one
// voice.
func (c Case) Reply(a Actor, key, message string, now time.Time) (Case, error) {
	if err := c.holds(Actor{Person: a.Person}, "reply"); err != nil {
		return c, err
	}
	return c.once(Action{Kind: DidReply, By: a.Person, At: now, Key: key, Entry: message}).Seen(), nil
}

// Write records that the holder, and nobody else, wrote on the private page;
// entry is of the thread.
func (c Case) Write(a Actor, entry string, now time.Time) (Case, error) {
	if err := c.holds(Actor{Person: a.Person}, "write"); err != nil {
		return c, err
	}
	return c.once(Action{Kind: DidPrivate, By: a.Person, At: now, Entry: entry}).Seen(), nil
}

// once notes an action unless one of its kind with the same entry is there: a
// form that was sent twice is one action.
func (c Case) once(a Action) Case {
	for _, b := range c.Actions {
		if b.Kind == a.Kind && b.Entry == a.Entry && a.Entry != "" {
			return c
		}
	}
	return c.clone().did(a)
}

// Seen is c after its arrivals were looked at.
func (c Case) Seen() Case {
	c.Unseen = 0
	return c
}

// Resolve ends the round. An open case is acknowledged by it as well.
// Resolving a resolved case is a *StateError.
func (c Case) Resolve(a Actor, o Outcome, now time.Time) (Case, error) {
	if err := a.check(); err != nil {
		return c, err
	}
	if !o.Valid() {
		return c, &InputError{"the outcome is missing or unknown"}
	}
	if c.State == Resolved {
		return c, &StateError{Have: c.State, Doing: "resolve"}
	}
	if err := c.held(a); err != nil {
		return c, err
	}
	act := Action{Kind: DidResolve, By: a.Person, At: now, Outcome: o}
	if c.Owner != a.Person {
		act.From = c.Owner
	}
	c = c.clone().acknowledge(a.Person, now).Seen()
	c.Round.Resolved, c.Round.ResolvedBy, c.Round.Outcome = now, a.Person, o
	c.State, c.Owner, c.Since, c.BotSpeaks = Resolved, "", time.Time{}, false
	return c.did(act), nil
}

// Reopen returns a resolved case to the queue, with its clocks from now on.
// The error is ErrSuperseded where a later case goes on.
func (c Case) Reopen(a Actor, p Policy, now time.Time) (Case, error) {
	if err := a.check(); err != nil {
		return c, err
	}
	if c.State != Resolved {
		return c, &StateError{Have: c.State, Doing: "reopen"}
	}
	if c.Next != "" {
		return c, ErrSuperseded
	}
	c = c.clone()
	c.again(p.round(c.Round.Priority, now))
	return c.did(Action{Kind: DidReopen, By: a.Person, At: now}), nil
}
