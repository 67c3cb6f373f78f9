// Package stafftest is a staff.Service over a real NATS server in process and
// a Redis, with a clock that stands still, for tests of what builds on it.
//
//	r := stafftest.New(t)
//	admin := r.Admin(t)
//	ana := r.Person(t, map[string]staff.Role{"sunrise": staff.Staff})
//	token, session := r.SignIn(t, ana)
//	r.Clock.Add(16 * time.Minute)
package stafftest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/pquerna/otp/totp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"recado/agent/bus"
	"recado/agent/bus/embedded"
	"recado/agent/staff"
	"recado/agent/staff/session"
	"recado/agent/staff/store"
	"recado/agent/vault"
)

// Address is where people sign in from.
const Address = "203.0.113.7"

// cheap is a hash that costs next to nothing.
var cheap = staff.Cost{Time: 1, Memory: 64, Threads: 1}

// Clock stands still but for Add.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add lets time pass.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Rig is a Service and what is under it.
type Rig struct {
	*staff.Service
	Clock    *Clock
	Config   staff.Config // of Service; another console is staff.New of it
	Redis    *redis.Client
	JS       jetstream.JetStream
	Logs     *observer.ObservedLogs
	mu       sync.Mutex
	out      []string
	glass    []staff.Glass
	refusing error
	people   int
	admin    *Known
}

// New returns a rig over miniredis, whose configuration change may change.
func New(t testing.TB, change ...func(*staff.Config)) *Rig {
	t.Helper()
	return On(t, miniredis.RunT(t).Addr(), change...)
}

// On returns a rig over the Redis at an address.
func On(t testing.TB, address string, change ...func(*staff.Config)) *Rig {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { client.Close() })
	server, err := embedded.Start(embedded.Config{Dir: memoryDir(t), NoSync: true})
	Must(t, err)
	t.Cleanup(server.Stop)
	nc, err := server.Connect(bus.RoleConsole)
	Must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	Must(t, err)
	_, err = bus.Provision(t.Context(), js, bus.Layout{})
	Must(t, err)
	return Over(t, client, js, change...)
}

// Over returns a rig over connections that may have less rights than all.
func Over(t testing.TB, client *redis.Client, js jetstream.JetStream, change ...func(*staff.Config)) *Rig {
	t.Helper()
	accounts, err := store.Open(t.Context(), js)
	Must(t, err)
	core, logs := observer.New(zap.DebugLevel)
	// In the middle of a time step, so that a few seconds do not leave it.
	r := &Rig{Clock: &Clock{now: time.Now().Truncate(time.Minute).Add(10 * time.Second)}, Redis: client, JS: js, Logs: logs}
	r.Config = staff.Config{
		Key: vault.NewBoxKey(), Accounts: accounts, Sessions: session.New(client), Cost: cheap, Now: r.Clock.Now, Log: zap.New(core),
		OnSignedOut:  r.onSignedOut,
		OnBreakGlass: r.onBreakGlass,
	}
	for _, f := range change {
		f(&r.Config)
	}
	r.Service, err = staff.New(r.Config)
	Must(t, err)
	Must(t, r.Sweep(t.Context())) // sessions count as found from here on
	return r
}

// memoryDir is a directory in memory where the system has one.
func memoryDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "recado-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (r *Rig) onSignedOut(_ context.Context, person string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refusing != nil {
		return r.refusing
	}
	r.out = append(r.out, person)
	return nil
}

func (r *Rig) onBreakGlass(_ context.Context, _ staff.Person, _ staff.Session, g staff.Glass) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refusing != nil {
		return r.refusing
	}
	r.glass = append(r.glass, g)
	return nil
}

// Refuse makes hooks fail from now on; nil ends that.
func (r *Rig) Refuse(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusing = err
}

// SignedOut returns who was signed out since the last call.
func (r *Rig) SignedOut() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.out
	r.out = nil
	return out
}

// Broken returns the glass that was broken.
func (r *Rig) Broken() []staff.Glass {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]staff.Glass(nil), r.glass...)
}

// Known is a person with what they know and have.
type Known struct {
	staff.Person
	Password string
	Secret   string // of the authenticator app
	Recovery []string
}

// Admin returns the first admin, who is set up by the first call.
func (r *Rig) Admin(t testing.TB) Known {
	t.Helper()
	if r.admin == nil {
		token, err := r.FirstLink(t.Context(), true)
		Must(t, err)
		admin := r.SetUp(t, token, staff.Self{Name: "Ada Admin", Email: "ada@clinic.example"})
		r.admin = &admin
	}
	return *r.admin
}

// Person invites somebody and sets them up.
func (r *Rig) Person(t testing.TB, roles map[string]staff.Role) Known {
	t.Helper()
	r.people++
	_, token, err := r.Invite(t.Context(), r.Admin(t).Person, staff.NewPerson{
		Name: fmt.Sprintf("Ana Nombre %d", r.people), Email: fmt.Sprintf("ana%d@clinic.example", r.people), Roles: roles,
	})
	Must(t, err)
	return r.SetUp(t, token, staff.Self{})
}

// SetUp sets up a password and an authenticator app by a link. The code of
// this moment is used up; the clock goes on to the next.
func (r *Rig) SetUp(t testing.TB, token string, self staff.Self) Known {
	t.Helper()
	app, err := r.BeginSetUpTOTP(t.Context(), token, self.Email)
	Must(t, err)
	k := Known{Password: "caballo correcto pila grapa", Secret: strings.ReplaceAll(app.Secret, " ", "")}
	done, err := r.FinishSetUpPassword(t.Context(), token, app.Ticket, k.Password, r.Code(t, k), self)
	Must(t, err)
	k.Person, k.Recovery = done.SignIn.Person, done.Recovery
	r.Clock.Add(30 * time.Second)
	return k
}

// Code is what the person's authenticator app shows now.
func (r *Rig) Code(t testing.TB, k Known) string {
	t.Helper()
	code, err := totp.GenerateCode(k.Secret, r.Clock.Now())
	Must(t, err)
	return code
}

// SignIn signs a person in and lets a time step of their authenticator app
// pass.
func (r *Rig) SignIn(t testing.TB, k Known) (string, staff.Session) {
	t.Helper()
	in, err := r.PasswordAndTOTP(t.Context(), k.Email, k.Password, r.Code(t, k), Address)
	Must(t, err)
	token, session, err := r.Start(t.Context(), in, "Firefox on Linux")
	Must(t, err)
	r.Clock.Add(30 * time.Second)
	return token, session
}

// Must ends a test at an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Is fails a test where err is not target.
func Is(t testing.TB, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("error is %v, not %v", err, target)
	}
}
