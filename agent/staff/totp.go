package staff

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

const (
	totpPeriod = 30 // seconds
	totpDigits = 6
	totpSecret = 20 // bytes
	// totpSkew is by how many steps a telephone's clock may be wrong.
	totpSkew = 1
	qrSize   = 240 // pixels
)

// TOTPSetUp is a new secret for an authenticator app.
type TOTPSetUp struct {
	// Ticket is the sealed secret, for a hidden field: it goes back with the
	// first code, within LinkFor.
	Ticket string
	Secret string // to type by hand, in groups of four
	URL    string // otpauth://, for a link on a telephone
	PNG    []byte // URL as a QR code
	SVG    string // the same: an <svg> element of numbers only, without style
}

// ticket is a secret on its way to the first code.
type ticket struct {
	Secret  string    `json:"secret"` // base32
	For     string    `json:"for"`    // the link or the session
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

var ticketData = []byte("staff totp ticket")

// newTOTP makes a secret for the holder of a link or a session.
func (s *Service) newTOTP(email, owner string) (TOTPSetUp, error) {
	raw := make([]byte, totpSecret)
	rand.Read(raw) // never fails
	if email == "" {
		email = "staff"
	}
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: s.cfg.Name, AccountName: email, Secret: raw, Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return TOTPSetUp{}, fmt.Errorf("make a secret for an authenticator app: %w", err)
	}
	plain, err := json.Marshal(ticket{Secret: key.Secret(), For: owner, URL: key.URL(), Expires: s.now().Add(LinkFor)})
	if err != nil {
		return TOTPSetUp{}, fmt.Errorf("make a secret for an authenticator app: %w", err)
	}
	return showTOTP(key, base64.RawURLEncoding.EncodeToString(s.box.Seal(plain, ticketData)))
}

// ShowTOTP returns what belongs to a ticket, for a page that shows its form
// again after a wrong code, or ErrCeremony.
func (s *Service) ShowTOTP(_ context.Context, sealed string) (TOTPSetUp, error) {
	t, err := s.openTicket(sealed)
	if err != nil {
		return TOTPSetUp{}, err
	}
	key, err := otp.NewKeyFromURL(t.URL)
	if err != nil {
		return TOTPSetUp{}, ErrCeremony
	}
	return showTOTP(key, sealed)
}

func showTOTP(key *otp.Key, sealed string) (TOTPSetUp, error) {
	img, err := key.Image(qrSize, qrSize)
	if err != nil {
		return TOTPSetUp{}, fmt.Errorf("draw a QR code: %w", err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, img); err != nil {
		return TOTPSetUp{}, fmt.Errorf("draw a QR code: %w", err)
	}
	return TOTPSetUp{Ticket: sealed, Secret: groups(key.Secret(), " "), URL: key.URL(), PNG: picture.Bytes(), SVG: qrSVG(img)}, nil
}

func (s *Service) openTicket(sealed string) (t ticket, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return t, ErrCeremony
	}
	plain, err := s.box.Open(raw, ticketData)
	if err != nil || json.Unmarshal(plain, &t) != nil || !s.now().Before(t.Expires) {
		return t, ErrCeremony
	}
	return t, nil
}

// firstCode checks the first code of a ticket's secret and returns what is
// stored of it. The code is used up by that.
func (s *Service) firstCode(sealed, owner, person, code string) (*TOTP, error) {
	t, err := s.openTicket(sealed)
	if err != nil || t.For != owner {
		return nil, ErrCeremony
	}
	step := matchTOTP(t.Secret, code, s.now(), 0)
	if step == 0 {
		return nil, &InputError{Field: "code", Problem: "wrong"}
	}
	return &TOTP{Sealed: s.box.Seal([]byte(t.Secret), totpData(person)), Step: step}, nil
}

// useTOTP checks a code and uses up its time step and all before it. It runs
// under compare-and-set: of two requests with one code, one gets through.
func (s *Service) useTOTP(a *Account, code string) error {
	if a.TOTP == nil {
		return ErrSignIn
	}
	secret, err := s.box.Open(a.TOTP.Sealed, totpData(a.Person.ID))
	if err != nil {
		return fmt.Errorf("open an authenticator app's secret (was RECADO_STAFF_KEY changed?): %w", err)
	}
	step := matchTOTP(string(secret), code, s.now(), a.TOTP.Step)
	if step == 0 {
		return ErrSignIn
	}
	a.TOTP = &TOTP{Sealed: a.TOTP.Sealed, Step: step}
	return nil
}

func totpData(person string) []byte { return []byte("staff totp|" + person) }

// matchTOTP returns the time step after last whose code this is, or 0.
func matchTOTP(secret, code string, now time.Time, last int64) int64 {
	code = squeeze(code)
	current, found := now.Unix()/totpPeriod, int64(0)
	for step := current - totpSkew; step <= current+totpSkew; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > last && found == 0 {
			found = step
		}
	}
	return found
}

// isTOTP reports whether a code has the form of an authenticator app's.
func isTOTP(code string) bool {
	code = squeeze(code)
	_, err := strconv.ParseUint(code, 10, 32)
	return len(code) == totpDigits && err == nil
}

// squeeze removes what people put into codes to read them.
func squeeze(code string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
}

func groups(text, between string) string {
	var parts []string
	for len(text) > 4 {
		parts, text = append(parts, text[:4]), text[4:]
	}
	return strings.Join(append(parts, text), between)
}
