package fhir_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"recado/agent/schedule"
	"recado/agent/schedule/fhir"
	"recado/agent/schedule/fhir/fhirtest"
	"recado/agent/schedule/scheduletest"
)

func pemOf(t *testing.T, kind string, der []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// keys are private keys as files, and what is public of each.
func keys(t *testing.T) map[string]struct {
	file   []byte
	public crypto.PublicKey
} {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b64 := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
	rsa8, err1 := x509.MarshalPKCS8PrivateKey(r)
	ec8, err2 := x509.MarshalPKCS8PrivateKey(e)
	sec1, err3 := x509.MarshalECPrivateKey(e)
	raw, err4 := e.Bytes()
	if err4 != nil {
		t.Fatal(err4)
	}
	return map[string]struct {
		file   []byte
		public crypto.PublicKey
	}{
		"PKCS 8, RSA": {pemOf(t, "PRIVATE KEY", rsa8, err1), &r.PublicKey},
		"PKCS 1":      {pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(r), nil), &r.PublicKey},
		"PKCS 8, EC":  {pemOf(t, "PRIVATE KEY", ec8, err2), &e.PublicKey},
		"SEC 1":       {pemOf(t, "EC PRIVATE KEY", sec1, err3), &e.PublicKey},
		"JWK, RSA": {marshal(t, object{"kty": "RSA", "kid": "clinic-1", "n": b64(r.N), "e": b64(big.NewInt(int64(r.E))), "d": b64(r.D),
			"p": b64(r.Primes[0]), "q": b64(r.Primes[1])}), &r.PublicKey},
		"JWK, EC": {marshal(t, object{"kty": "EC", "crv": "P-384", "kid": "clinic-2", "d": base64.RawURLEncoding.EncodeToString(raw)}), &e.PublicKey},
	}
}

func TestABookSignsInWithEveryKindOfKey(t *testing.T) {
	t.Parallel()
	for name, k := range keys(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := fhir.ParseKey(k.file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(name, "JWK") != strings.HasPrefix(key.ID, "clinic-") {
				t.Errorf("the key's id is %s", key.ID)
			}
			if !strings.Contains(string(key.Public()), `"kid":"`+key.ID+`"`) || strings.Contains(string(key.Public()), `"d"`) {
				t.Errorf("the public key is %s", key.Public())
			}
			r, server := signed(t, key, k.public, 0)
			for range 2 {
				if all, err := r.Schedule.Open(t.Context(), anyTime); err != nil || len(all) != 3 {
					t.Fatalf("%d times, %v", len(all), err)
				}
			}
			if n := server.Granted(); n != 1 {
				t.Errorf("signed in %d times", n)
			}
		})
	}
}

// signed is a book on a server that wants a sign-in.
func signed(t *testing.T, key *fhir.Key, public crypto.PublicKey, age int) (scheduletest.Rig, *fhirtest.Server) {
	t.Helper()
	clock := scheduletest.NewClock()
	r, server, _ := rig(t, fhirtest.Options{TokenAge: age, Sign: &fhirtest.Sign{Client: "recado", Public: public, KeyID: key.ID, Now: clock.Now}}, 3)
	r.Profile.Booking.FHIR.ClientID = "recado"
	r.Clock = clock
	r.Schedule = on(t, r.Profile, clock, func(cfg *fhir.Config) { cfg.Key = key })
	return r, server
}

func someKey(t *testing.T) (*fhir.Key, crypto.PublicKey) {
	t.Helper()
	k := keys(t)["SEC 1"]
	key, err := fhir.ParseKey(k.file)
	if err != nil {
		t.Fatal(err)
	}
	return key, k.public
}

func TestATokenIsRenewedShortlyBeforeItEnds(t *testing.T) {
	t.Parallel()
	key, public := someKey(t)
	r, server := signed(t, key, public, 300)
	for _, c := range []struct {
		pass time.Duration
		want int
	}{{0, 1}, {4 * time.Minute, 1}, {29 * time.Second, 1}, {2 * time.Second, 2}, {time.Second, 2}} {
		r.Clock.Advance(c.pass)
		if _, err := r.Schedule.Bookings(t.Context(), r.Owner(1)); err != nil {
			t.Fatal(err)
		}
		if n := server.Granted(); n != c.want {
			t.Errorf("after %s more: signed in %d times, want %d", c.pass, n, c.want)
		}
	}
}

func TestATokenThatIsNotTakenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	key, public := someKey(t)
	r, server := signed(t, key, public, 0)
	if _, err := r.Schedule.Bookings(t.Context(), r.Owner(1)); err != nil {
		t.Fatal(err)
	}
	server.Revoke()
	if _, err := r.Schedule.Bookings(t.Context(), r.Owner(1)); err != nil || server.Granted() != 2 {
		t.Errorf("after it was revoked: %v, signed in %d times", err, server.Granted())
	}
	server.Break(fhirtest.Fault{Path: "Appointment", Status: 401, Times: 9})
	before := len(server.Calls())
	if _, err := r.Schedule.Bookings(t.Context(), r.Owner(1)); !errors.Is(err, schedule.ErrUnavailable) {
		t.Errorf("never let in: %v", err)
	}
	if n := len(server.Calls()) - before; n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestASignInThatFailsTellsNoSecret(t *testing.T) {
	t.Parallel()
	key, _ := someKey(t)
	_, other := someKey(t)
	r, server := signed(t, key, other, 0)
	_, err := r.Schedule.Open(t.Context(), anyTime)
	if !errors.Is(err, schedule.ErrUnavailable) || !strings.Contains(err.Error(), "sign in") || strings.Contains(err.Error(), "signature") {
		t.Errorf("open: %v", err)
	}
	quiet(t, err, server)
}

func TestAKeyThatServersDoNotKnowIsRefused(t *testing.T) {
	t.Parallel()
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip("this toolchain makes no short keys")
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(p256)
	for name, raw := range map[string][]byte{
		"short":  pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(short), nil),
		"P-256":  pemOf(t, "EC PRIVATE KEY", der, err),
		"empty":  nil,
		"no PEM": []byte("secret"),
		"no key": []byte(`{"kty":"RSA","n":"AQAB"}`),
		"public": []byte(`{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}`),
		"other":  []byte(`{"kty":"oct","k":"AA"}`),
	} {
		if k, err := fhir.ParseKey(raw); err == nil || k != nil {
			t.Errorf("%s: taken", name)
		}
	}
}
