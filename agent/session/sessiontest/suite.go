// Package sessiontest is the contract of session.Store as tests. Every
// implementation runs it.
package sessiontest

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/language"
	"recado/agent/session"
)

// Subject is a store under test.
type Subject struct {
	Store session.Store
	// Elapse lets d pass for the store.
	Elapse func(t *testing.T, d time.Duration)
	// Wipe loses everything that the store holds.
	Wipe func(t *testing.T)
}

// TTL is the lease that most tests take; Elapse is called with 2*TTL.
const TTL = 100 * time.Millisecond

// long is a lease that does not expire within a test.
const long = time.Minute

// Run runs the suite. subject returns an empty store for each test.
func Run(t *testing.T, subject func(t *testing.T) Subject) {
	tests := map[string]func(*testing.T, Subject){
		"ANewConversationIsTakenWithoutState":        newConversation,
		"ALeaseExcludesOthersUntilItIsReleased":      excludes,
		"AnExpiredLeaseIsTakenAndMarkedOpen":         expired,
		"ARenewedLeaseDoesNotExpire":                 renewed,
		"WhatIsSavedIsGivenToTheNextOwner":           saved,
		"ASettledEventIsDone":                        settled,
		"MoreThatArrivedKeepsTheLease":               dirty,
		"ALateOwnerNeitherSavesBackwardsNorReleases": late,
		"ALateCommitIsKeptWhenItIsNewest":            lateNewest,
		"FailuresAreCountedUntilACommit":             attempts,
		"AnOwnerThatWasLateButLivesCountsAsNoDeath":  gaveBackLate,
		"ARepeatedAcquireIsTheSameAcquire":           repeated,
		"AWipedStoreStartsAfresh":                    wiped,
		"ConversationsDoNotTouchEachOther":           apart,
		"OneOfManyGetsTheLease":                      race,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, subject(t)) })
	}
}

var conversation = agent.Conversation{Clinic: "sunrise", Channel: agent.SMS, ID: "0123456789abcdef"}

// state has every field of a session set, so that one that is not kept shows.
func state(turn, cursor uint64) session.State {
	at := time.Date(2030, 5, 1, 21, 0, 0, 0, time.UTC)
	return session.State{
		Cursor: cursor, Turn: turn,
		Session: agent.Session{
			V: 1, Language: language.Spanish, LanguageChosen: true, Intents: []string{"hours"},
			Asked: "which_location", Introduced: true, Owner: "ana", Stopped: true,
			Seen: []string{fmt.Sprint("m", turn)}, LastAt: at,
			Tail: []agent.Message{{From: agent.Patient, Text: "¿abren el sábado?", At: at}, {From: agent.Assistant, Text: "Sí.", At: at}},
		},
	}
}

func newConversation(t *testing.T, s Subject) {
	lease := acquire(t, s, 7, "a", long)
	if want := (session.Lease{Status: session.Taken}); !reflect.DeepEqual(lease, want) {
		t.Errorf("lease is %+v, want %+v", lease, want)
	}
}

func excludes(t *testing.T, s Subject) {
	expect(t, acquire(t, s, 7, "a", long).Status, session.Taken)
	expect(t, acquire(t, s, 7, "b", long).Status, session.Held)
	check(t, s.Store.Release(t.Context(), conversation, "b", false)) // not b's to release
	expect(t, acquire(t, s, 7, "b", long).Status, session.Held)
	check(t, s.Store.Release(t.Context(), conversation, "a", false))
	lease := acquire(t, s, 7, "b", long)
	expect(t, lease.Status, session.Taken)
	expect(t, lease.Open, false)
	expect(t, lease.Attempts, 0)
}

func expired(t *testing.T, s Subject) {
	acquire(t, s, 7, "a", TTL)
	s.Elapse(t, 2*TTL)
	lease := acquire(t, s, 7, "b", long)
	expect(t, lease.Status, session.Taken)
	expect(t, lease.Open, true)
	expect(t, lease.Attempts, 1)
}

func renewed(t *testing.T, s Subject) {
	acquire(t, s, 7, "a", TTL)
	expect(t, renew(t, s, "a", long), true)
	expect(t, renew(t, s, "b", long), false)
	s.Elapse(t, 2*TTL)
	expect(t, acquire(t, s, 7, "b", TTL).Status, session.Held)
	expect(t, renew(t, s, "a", TTL), true)
	s.Elapse(t, 2*TTL)
	expect(t, renew(t, s, "a", TTL), false)
}

func saved(t *testing.T, s Subject) {
	acquire(t, s, 7, "a", long)
	want := state(3, 7)
	expect(t, save(t, s, "a", want), session.Released)
	lease := acquire(t, s, 8, "b", long)
	expect(t, lease.Status, session.Taken)
	expect(t, lease.Cached, true)
	expect(t, lease.Open, false)
	if !reflect.DeepEqual(lease.State, want) {
		t.Errorf("state is\n%+v, want\n%+v", lease.State, want)
	}
}

func settled(t *testing.T, s Subject) {
	acquire(t, s, 7, "a", long)
	save(t, s, "a", state(3, 9))
	for seq := uint64(7); seq <= 9; seq++ {
		expect(t, acquire(t, s, seq, "b", long).Status, session.Done)
	}
	expect(t, acquire(t, s, 10, "b", long).Status, session.Taken)
	expect(t, acquire(t, s, 9, "c", long).Status, session.Done) // also while it is held
}

func dirty(t *testing.T, s Subject) {
	acquire(t, s, 7, "a", long)
	expect(t, acquire(t, s, 8, "b", long).Status, session.Held)
	expect(t, save(t, s, "a", state(3, 7)), session.Dirty)
	expect(t, acquire(t, s, 9, "c", long).Status, session.Held) // still a's, dirty again
	expect(t, save(t, s, "a", state(4, 8)), session.Dirty)
	expect(t, save(t, s, "a", state(5, 9)), session.Released)
	expect(t, acquire(t, s, 10, "b", long).Status, session.Taken)
	check(t, s.Store.Release(t.Context(), conversation, "b", false))

	// The next owner reads everything, so it does not inherit the mark.
	acquire(t, s, 10, "a", TTL)
	acquire(t, s, 11, "b", long)
	s.Elapse(t, 2*TTL)
	acquire(t, s, 11, "b", long)
	expect(t, save(t, s, "b", state(6, 11)), session.Released)
}

func late(t *testing.T, s Subject) {
	acquire(t, s, 7, "a", TTL)
	s.Elapse(t, 2*TTL)
	acquire(t, s, 7, "b", long)
	expect(t, save(t, s, "a", state(3, 7)), session.Lost)
	expect(t, acquire(t, s, 8, "c", long).Status, session.Held) // b's lease stands
	expect(t, save(t, s, "b", state(5, 8)), session.Dirty)
	expect(t, save(t, s, "a", state(4, 7)), session.Lost) // older than what is kept
	expect(t, save(t, s, "b", state(5, 8)), session.Released)
	lease := acquire(t, s, 9, "d", long)
	expect(t, lease.Turn, 5)
	expect(t, lease.Cursor, 8)
}

func lateNewest(t *testing.T, s Subject) {
	acquire(t, s, 7, "a", TTL)
	s.Elapse(t, 2*TTL)
	expect(t, save(t, s, "a", state(3, 7)), session.Lost)
	expect(t, acquire(t, s, 7, "b", long).Status, session.Done)
}

func attempts(t *testing.T, s Subject) {
	ctx := t.Context()
	acquire(t, s, 7, "a", long)
	check(t, s.Store.Release(ctx, conversation, "a", true))
	expect(t, acquire(t, s, 7, "b", long).Attempts, 1)
	check(t, s.Store.Release(ctx, conversation, "b", false)) // not the conversation's fault
	expect(t, acquire(t, s, 7, "c", TTL).Attempts, 1)
	s.Elapse(t, 2*TTL) // c dies
	expect(t, acquire(t, s, 7, "d", long).Attempts, 2)
	expect(t, save(t, s, "d", state(3, 7)), session.Released)
	expect(t, acquire(t, s, 8, "e", long).Attempts, 0)
}

func gaveBackLate(t *testing.T, s Subject) {
	ctx := t.Context()
	acquire(t, s, 7, "a", TTL)
	s.Elapse(t, 2*TTL) // a lives, and could not reach the store in time
	check(t, s.Store.Release(ctx, conversation, "a", false))
	lease := acquire(t, s, 7, "b", TTL)
	expect(t, lease.Open, false)
	expect(t, lease.Attempts, 0)
	s.Elapse(t, 2*TTL)
	check(t, s.Store.Release(ctx, conversation, "b", true))
	expect(t, acquire(t, s, 7, "c", long).Attempts, 1)
	check(t, s.Store.Release(ctx, conversation, "b", true)) // c has it
	expect(t, renew(t, s, "c", long), true)
	expect(t, save(t, s, "c", state(3, 7)), session.Released)
	acquire(t, s, 8, "d", TTL)
	s.Elapse(t, 2*TTL)
	expect(t, save(t, s, "d", state(4, 8)), session.Lost)
	expect(t, acquire(t, s, 9, "e", long).Attempts, 0)
}

func repeated(t *testing.T, s Subject) {
	first := acquire(t, s, 7, "a", long)
	if again := acquire(t, s, 7, "a", long); !reflect.DeepEqual(again, first) {
		t.Errorf("repeated acquire is %+v, first was %+v", again, first)
	}
}

func wiped(t *testing.T, s Subject) {
	acquire(t, s, 7, "a", long)
	save(t, s, "a", state(3, 7))
	acquire(t, s, 8, "b", long)
	s.Wipe(t)
	lease := acquire(t, s, 8, "c", long)
	if want := (session.Lease{Status: session.Taken}); !reflect.DeepEqual(lease, want) {
		t.Errorf("lease is %+v, want %+v", lease, want)
	}
	expect(t, save(t, s, "b", state(4, 8)), session.Lost)
	expect(t, renew(t, s, "c", long), true)
}

func apart(t *testing.T, s Subject) {
	acquire(t, s, 7, "a", long)
	other := conversation
	other.Channel = agent.WhatsApp
	lease, err := s.Store.Acquire(t.Context(), other, 7, "b", long)
	check(t, err)
	expect(t, lease.Status, session.Taken)
}

func race(t *testing.T, s Subject) {
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			lease, err := s.Store.Acquire(t.Context(), conversation, 7, fmt.Sprint("worker", i), long)
			if err != nil {
				t.Error(err)
			}
			if lease.Status == session.Taken {
				won.Add(1)
			}
		})
	}
	all.Wait()
	expect(t, won.Load(), 1)
}

func acquire(t *testing.T, s Subject, seq uint64, token string, ttl time.Duration) session.Lease {
	t.Helper()
	lease, err := s.Store.Acquire(t.Context(), conversation, seq, token, ttl)
	check(t, err)
	return lease
}

func save(t *testing.T, s Subject, token string, st session.State) session.Saved {
	t.Helper()
	saved, err := s.Store.Save(t.Context(), conversation, token, st, long)
	check(t, err)
	return saved
}

func renew(t *testing.T, s Subject, token string, ttl time.Duration) bool {
	t.Helper()
	mine, err := s.Store.Renew(t.Context(), conversation, token, ttl)
	check(t, err)
	return mine
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expect[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}
