// Package staff says who may work at the console: people, their roles at each
// clinic, how they prove who they are, and their sessions.
//
// It knows no technology. Accounts are kept by recado/agent/staff/store (a
// JetStream bucket), sessions by recado/agent/staff/session (Redis), passkeys
// are checked by recado/agent/staff/passkey (WebAuthn), and a clinic's own
// identity provider is asked by recado/agent/staff/oidc:
//
//	accounts, err := store.Open(ctx, js)
//	passkeys, err := passkey.New(passkey.Config{Origin: "https://console.example.org", Name: "Recado"})
//	service, err := staff.New(staff.Config{
//		Key: os.Getenv("RECADO_STAFF_KEY"), Accounts: accounts, Sessions: session.New(client), Passkeys: passkeys,
//	})
//	go service.Run(ctx)
//
// # Signing in
//
// Every way of signing in returns a SignIn, a proof that Start turns into a
// session. Between the two a page writes its audit entry; without one it does
// not call Start.
//
//	in, err := service.PasswordAndTOTP(ctx, email, password, code, address)
//	token, session, err := service.Start(ctx, in, "Firefox on Linux")   // token goes into a cookie
//	session, person, err := service.Get(ctx, token, true)               // at each request
//
// What went wrong is told by errors.Is and errors.As: ErrSignIn (one for
// unknown person, wrong password and wrong code), *SlowDownError, ErrExpired,
// ErrStepUp, ErrNotAllowed, ErrLink, *InputError. Anything else wraps
// ErrUnavailable: storage did not answer, and nobody is let in.
//
// # Set-up links
//
// A link's token travels in the fragment of a URL, works for 24 hours and sets
// up one factor once. OpenLink looks at it without using it up.
//
// No error and no log line of this package holds a name, an e-mail address, an
// internet address or a secret.
package staff
