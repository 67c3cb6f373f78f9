// Package passkey checks passkeys by WebAuthn: discoverable credentials, with
// the person verified by their device each time.
package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"recado/agent/staff"
)

// Config is what New needs. Fields without a default are required.
type Config struct {
	// Origin is the console's address in browsers, e.g.
	// "https://console.example.org" or, to try it, "http://localhost:8080".
	// Passkeys are bound to its host: they work at no other.
	Origin string
	// Name is what browsers call the site. Defaults to "Recado".
	Name string
}

// Passkeys is a staff.Passkeys. It is safe for concurrent use.
type Passkeys struct{ w *webauthn.WebAuthn }

var _ staff.Passkeys = (*Passkeys)(nil)

// New returns Passkeys for one site.
func New(cfg Config) (*Passkeys, error) {
	u, err := url.Parse(cfg.Origin)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return nil, errors.New("passkeys: the origin is not of the form https://host[:port]; check the console's public address")
	}
	host := u.Hostname()
	if net.ParseIP(host) != nil {
		return nil, errors.New("passkeys: browsers allow none for a bare internet address; use a host name, e.g. http://localhost:8080")
	}
	if u.Scheme == "http" && host != "localhost" {
		return nil, errors.New("passkeys: browsers allow none without TLS but at localhost; use https")
	}
	if cfg.Name == "" {
		cfg.Name = "Recado"
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: cfg.Name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		// What make a device is of is not asked: it says more about a person
		// than is needed.
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: protocol.ResidentKeyRequired(),
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			UserVerification:   protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &Passkeys{w}, nil
}

// BeginRegister implements staff.Passkeys.
func (p *Passkeys) BeginRegister(u staff.PasskeyUser) (json.RawMessage, []byte, error) {
	user, err := newUser(u)
	if err != nil {
		return nil, nil, err
	}
	// A device that has a passkey of this person already says so.
	options, session, err := p.w.BeginRegistration(user, webauthn.WithExclusions(webauthn.Credentials(user.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, nil, fmt.Errorf("begin a passkey: %w", err)
	}
	return begun(options.Response, session)
}

// FinishRegister implements staff.Passkeys.
func (p *Passkeys) FinishRegister(u staff.PasskeyUser, state, response []byte) (staff.Credential, error) {
	user, err := newUser(u)
	if err != nil {
		return staff.Credential{}, err
	}
	session, err := readState(state)
	if err != nil {
		return staff.Credential{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return staff.Credential{}, refused(err)
	}
	made, err := p.w.CreateCredential(user, session, parsed)
	if err != nil {
		return staff.Credential{}, refused(err)
	}
	// Kept for a later check of the device's make, which is not asked for.
	made.Attestation = webauthn.CredentialAttestation{}
	return credential(made)
}

// BeginSignIn implements staff.Passkeys.
func (p *Passkeys) BeginSignIn(u *staff.PasskeyUser) (json.RawMessage, []byte, error) {
	verified := webauthn.WithUserVerification(protocol.VerificationRequired)
	if u == nil {
		options, session, err := p.w.BeginDiscoverableLogin(verified)
		if err != nil {
			return nil, nil, fmt.Errorf("begin a passkey: %w", err)
		}
		return begun(options.Response, session)
	}
	user, err := newUser(*u)
	if err != nil {
		return nil, nil, err
	}
	options, session, err := p.w.BeginLogin(user, verified)
	if err != nil {
		return nil, nil, fmt.Errorf("begin a passkey: %w", err)
	}
	return begun(options.Response, session)
}

// FinishSignIn implements staff.Passkeys.
func (p *Passkeys) FinishSignIn(state, response []byte, find func(id string) (staff.PasskeyUser, error)) (staff.PasskeyUser, staff.Credential, error) {
	none := func(err error) (staff.PasskeyUser, staff.Credential, error) {
		return staff.PasskeyUser{}, staff.Credential{}, err
	}
	session, err := readState(state)
	if err != nil {
		return none(err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return none(refused(err))
	}
	var found user
	look := func(_, handle []byte) (webauthn.User, error) {
		u, err := find(string(handle))
		if err != nil {
			return nil, err
		}
		found, err = newUser(u)
		return found, err
	}
	var used *webauthn.Credential
	if len(session.UserID) == 0 {
		_, used, err = p.w.ValidatePasskeyLogin(look, session, parsed)
	} else if _, err = look(nil, session.UserID); err == nil {
		used, err = p.w.ValidateLogin(found, session, parsed)
	}
	if err != nil {
		return none(refused(err))
	}
	if used.Authenticator.CloneWarning {
		return none(staff.ErrCloned)
	}
	c, err := credential(used)
	return found.PasskeyUser, c, err
}

// refused hides why a response does not fit: the library's words may quote it.
func refused(error) error { return staff.ErrSignIn }

func begun(options any, session *webauthn.SessionData) (json.RawMessage, []byte, error) {
	shown, err := json.Marshal(options)
	if err != nil {
		return nil, nil, fmt.Errorf("begin a passkey: %w", err)
	}
	state, err := json.Marshal(session)
	if err != nil {
		return nil, nil, fmt.Errorf("begin a passkey: %w", err)
	}
	return shown, state, nil
}

func readState(state []byte) (session webauthn.SessionData, err error) {
	if err := json.Unmarshal(state, &session); err != nil {
		return session, fmt.Errorf("read a passkey's ceremony: %w", err)
	}
	return session, nil
}

func credential(c *webauthn.Credential) (staff.Credential, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return staff.Credential{}, fmt.Errorf("store a passkey: %w", err)
	}
	return staff.Credential{ID: c.ID, Count: c.Authenticator.SignCount, Synced: c.Flags.BackupState, Data: data}, nil
}

// user is a staff.PasskeyUser as the library wants it.
type user struct {
	staff.PasskeyUser
	credentials []webauthn.Credential
}

func newUser(u staff.PasskeyUser) (user, error) {
	all := make([]webauthn.Credential, len(u.Credentials))
	for i, c := range u.Credentials {
		if err := json.Unmarshal(c.Data, &all[i]); err != nil {
			return user{}, fmt.Errorf("read a stored passkey: %w", err)
		}
	}
	return user{u, all}, nil
}

func (u user) WebAuthnID() []byte                         { return []byte(u.ID) }
func (u user) WebAuthnName() string                       { return u.Name }
func (u user) WebAuthnDisplayName() string                { return u.DisplayName }
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }
