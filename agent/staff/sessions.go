package staff

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.uber.org/zap"
)

// proofFor is how long a SignIn may wait for Start.
const proofFor = time.Minute

// sealedSession is what SessionRecord.Sealed holds.
type sealedSession struct {
	ID         string    `json:"id"`
	Method     Method    `json:"method"`
	SteppedUp  time.Time `json:"stepped_up,omitzero"`
	Agent      string    `json:"agent,omitempty"`
	Glass      *Glass    `json:"glass,omitempty"`
	Generation uint64    `json:"generation"`
}

// Start makes a session of a proof. The token goes into a cookie and nowhere
// else. agent is the browser and system, short, e.g. "Firefox on Windows".
func (s *Service) Start(ctx context.Context, in SignIn, agent string) (token string, session Session, err error) {
	now := s.now()
	if in.at.IsZero() || now.Sub(in.at) > proofFor {
		return "", Session{}, fmt.Errorf("start a session: %w", ErrSignIn)
	}
	a, err := s.cfg.Accounts.Get(ctx, in.Person.ID)
	if err != nil {
		return "", Session{}, wrap("start a session", err)
	}
	if !a.usable() || a.Generation != in.generation {
		return "", Session{}, fmt.Errorf("start a session: %w", ErrSignIn)
	}
	token = rand.Text()
	value := sealedSession{ID: strings.ToLower(rand.Text()[:12]), Method: in.Method, Agent: short(agent, 80), Generation: a.Generation}
	if in.Method != ByOIDC { // what the provider asked for is not known
		value.SteppedUp = now
	}
	r := SessionRecord{Key: s.sessionKey(token), Person: a.Person.ID, Started: now, Active: now}
	if r.Sealed, err = s.sealSession(r, value); err != nil {
		return "", Session{}, err
	}
	if err := s.cfg.Sessions.Start(ctx, r); err != nil {
		return "", Session{}, wrap("start a session", err)
	}
	return token, s.session(r, value), nil
}

// Get returns the session of a cookie and its person as they are now. act says
// that the person did something: streams and polls say false, and do not keep
// a session alive. The error is ErrExpired, or wraps ErrUnavailable.
func (s *Service) Get(ctx context.Context, token string, act bool) (Session, Person, error) {
	r, value, a, err := s.open(ctx, token, act)
	if err != nil {
		return Session{}, Person{}, wrap("read a session", err)
	}
	return s.session(r, value), a.Person, nil
}

// open returns a living session with its account. One that may not go on is
// ended.
func (s *Service) open(ctx context.Context, token string, act bool) (SessionRecord, sealedSession, Account, error) {
	if token == "" {
		return SessionRecord{}, sealedSession{}, Account{}, ErrExpired
	}
	r, err := s.cfg.Sessions.Touch(ctx, s.sessionKey(token), s.now(), act)
	if err != nil {
		return r, sealedSession{}, Account{}, err
	}
	value, err := s.openSession(r)
	var a Account
	if err == nil {
		a, err = s.cfg.Accounts.Get(ctx, r.Person)
	}
	switch {
	case err == nil && a.usable() && a.Generation == value.Generation:
		return r, value, a, nil
	case err == nil, errors.Is(err, ErrNotFound), errors.Is(err, errUnreadable):
	default:
		return r, value, a, err
	}
	if err := s.cfg.Sessions.End(ctx, r.Person, r.Key); err != nil {
		s.cfg.Log.Warn("a session that may not go on could not be removed", zap.Error(err))
	}
	return r, value, a, ErrExpired
}

// SignOut ends the session of a cookie. An unknown one is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	r, err := s.cfg.Sessions.Touch(ctx, s.sessionKey(token), s.now(), false)
	if errors.Is(err, ErrExpired) {
		return nil
	}
	if err == nil {
		err = s.cfg.Sessions.End(ctx, r.Person, r.Key)
	}
	if err != nil {
		return wrap("sign out", err)
	}
	s.tell(ctx)
	return nil
}

// List returns a person's sessions, the last active first.
func (s *Service) List(ctx context.Context, person string) ([]Session, error) {
	var list []Session
	err := s.each(ctx, person, func(_ SessionRecord, one Session) { list = append(list, one) })
	slices.SortFunc(list, func(a, b Session) int { return b.Active.Compare(a.Active) })
	return list, wrap("list sessions", err)
}

// Revoke ends one session of a person by its public handle, or ErrNotFound.
func (s *Service) Revoke(ctx context.Context, person, session string) error {
	return s.revoke(ctx, person, func(one Session) bool { return one.ID == session }, true)
}

// RevokeAll ends all sessions of a person, but for the one with the handle
// keep; "" keeps none.
func (s *Service) RevokeAll(ctx context.Context, person, keep string) error {
	if keep == "" {
		if err := s.cfg.Sessions.End(ctx, person); err != nil {
			return wrap("end sessions", err)
		}
		s.tell(ctx)
		return nil
	}
	return s.revoke(ctx, person, func(one Session) bool { return one.ID != keep }, false)
}

func (s *Service) revoke(ctx context.Context, person string, which func(Session) bool, some bool) error {
	var keys []string
	err := s.each(ctx, person, func(r SessionRecord, one Session) {
		if which(one) {
			keys = append(keys, r.Key)
		}
	})
	if err == nil && len(keys) > 0 {
		err = s.cfg.Sessions.End(ctx, person, keys...)
	}
	if err != nil {
		return wrap("end sessions", err)
	}
	if len(keys) == 0 {
		if some {
			return fmt.Errorf("end a session: %w", ErrNotFound)
		}
		return nil
	}
	s.tell(ctx)
	return nil
}

// each calls f with the sessions of a person that are not over.
func (s *Service) each(ctx context.Context, person string, f func(SessionRecord, Session)) error {
	a, err := s.cfg.Accounts.Get(ctx, person)
	if err != nil {
		return err
	}
	records, err := s.cfg.Sessions.OfPerson(ctx, person, s.now())
	if err != nil {
		return err
	}
	for _, r := range records {
		if value, err := s.openSession(r); err == nil && value.Generation == a.Generation {
			f(r, s.session(r, value))
		}
	}
	return nil
}

// change changes what is sealed in a session under compare-and-set.
func (s *Service) change(ctx context.Context, token string, f func(*sealedSession)) (Session, error) {
	for {
		r, value, _, err := s.open(ctx, token, true)
		if err != nil {
			return Session{}, err
		}
		old := r.Sealed
		f(&value)
		if r.Sealed, err = s.sealSession(r, value); err != nil {
			return Session{}, err
		}
		changed, err := s.cfg.Sessions.Replace(ctx, r.Key, old, r.Sealed)
		if err != nil {
			return Session{}, err
		}
		if changed {
			return s.session(r, value), nil
		}
	}
}

func (s *Service) session(r SessionRecord, v sealedSession) Session {
	session := Session{
		ID: v.ID, Person: r.Person, Method: v.Method, Started: r.Started, Active: r.Active, SteppedUp: v.SteppedUp, Agent: v.Agent,
	}
	if v.Glass != nil && s.now().Before(v.Glass.Until) {
		glass := *v.Glass
		session.Glass = &glass
	}
	return session
}

func (s *Service) sessionKey(token string) string { return hex.EncodeToString(s.mac("session", token)) }

// errUnreadable: sealed with another key, or moved here from another session.
var errUnreadable = errors.New("session is not readable")

func (s *Service) sealSession(r SessionRecord, v sealedSession) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("seal a session: %w", err)
	}
	return s.box.Seal(plain, sessionData(r)), nil
}

func (s *Service) openSession(r SessionRecord) (v sealedSession, err error) {
	plain, err := s.box.Open(r.Sealed, sessionData(r))
	if err != nil || json.Unmarshal(plain, &v) != nil {
		return v, errUnreadable
	}
	return v, nil
}

func sessionData(r SessionRecord) []byte { return []byte("staff session|" + r.Key + "|" + r.Person) }

// short is text on one line, cut to n characters.
func short(text string, n int) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(text) > n {
		text = string([]rune(text)[:n])
	}
	return text
}
