package vault_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"recado/agent/vault"
)

type keys struct {
	private vault.PrivateKey
	signing vault.SigningKey
	sealer  *vault.Sealer
	opener  *vault.Opener
}

func setup(t *testing.T) keys {
	t.Helper()
	private, err := vault.NewPrivateKey()
	must(t, err)
	signing, err := vault.NewSigningKey()
	must(t, err)
	sealer, err := vault.NewSealer(private.Public(), signing)
	must(t, err)
	opener, err := vault.NewOpener([]vault.PrivateKey{private}, []vault.VerifyKey{signing.Public()})
	must(t, err)
	return keys{private, signing, sealer, opener}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatASealerSealsTheOpenerOpens(t *testing.T) {
	k := setup(t)
	sealed, err := k.sealer.Seal("sunrise", "e1", []byte("me duele el pecho"))
	must(t, err)

	// It travels as JSON.
	wire, err := json.Marshal(sealed)
	must(t, err)
	if bytes.Contains(wire, []byte("pecho")) {
		t.Fatal("the envelope shows its content")
	}
	var arrived vault.Envelope
	must(t, json.Unmarshal(wire, &arrived))

	opened, err := k.opener.Open("sunrise", "e1", arrived)
	must(t, err)
	if string(opened) != "me duele el pecho" {
		t.Errorf("opened %q", opened)
	}
}

func TestARecordOpensOnlyAsWhatItWasSealedAs(t *testing.T) {
	k := setup(t)
	sealed, err := k.sealer.Seal("sunrise", "e1", []byte("x"))
	must(t, err)

	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[0] ^= 1
		return b
	}
	tests := map[string]struct {
		clinic, id string
		change     func(*vault.Envelope)
		want       error
	}{
		"another clinic":     {"sunset", "e1", func(*vault.Envelope) {}, vault.ErrSignature},
		"another id":         {"sunrise", "e2", func(*vault.Envelope) {}, vault.ErrSignature},
		"moved separator":    {"sunrise|e1", "", func(*vault.Envelope) {}, vault.ErrSignature},
		"changed ciphertext": {"sunrise", "e1", func(e *vault.Envelope) { e.CT = flip(e.CT) }, vault.ErrSignature},
		"changed key":        {"sunrise", "e1", func(e *vault.Envelope) { e.Enc = flip(e.Enc) }, vault.ErrSignature},
		"changed signature":  {"sunrise", "e1", func(e *vault.Envelope) { e.Sig = flip(e.Sig) }, vault.ErrSignature},
		"no signature":       {"sunrise", "e1", func(e *vault.Envelope) { e.Sig = nil }, vault.ErrSignature},
		"another version":    {"sunrise", "e1", func(e *vault.Envelope) { e.V = 2 }, vault.ErrSealed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := sealed
			test.change(&e)
			if _, err := k.opener.Open(test.clinic, test.id, e); !errors.Is(err, test.want) {
				t.Errorf("error is %v, want %v", err, test.want)
			}
		})
	}
}

func TestARecordOfAnUntrustedSignerIsRefused(t *testing.T) {
	k, stranger := setup(t), setup(t)
	forger, err := vault.NewSealer(k.private.Public(), stranger.signing)
	must(t, err)
	sealed, err := forger.Seal("sunrise", "e1", []byte("call this number"))
	must(t, err)
	if _, err := k.opener.Open("sunrise", "e1", sealed); !errors.Is(err, vault.ErrSignature) {
		t.Errorf("error is %v, want ErrSignature", err)
	}
}

func TestAMissingKeyIsNamed(t *testing.T) {
	k, other := setup(t), setup(t)
	opener, err := vault.NewOpener([]vault.PrivateKey{other.private}, []vault.VerifyKey{k.signing.Public()})
	must(t, err)
	sealed, err := k.sealer.Seal("sunrise", "e1", []byte("x"))
	must(t, err)
	_, err = opener.Open("sunrise", "e1", sealed)
	if !errors.Is(err, vault.ErrUnknownKey) || !strings.Contains(err.Error(), k.private.Public().ID()) {
		t.Errorf("error is %v, want ErrUnknownKey with the key's id", err)
	}
}

func TestKeysSurviveAsText(t *testing.T) {
	k := setup(t)
	private, err := k.private.Text()
	must(t, err)
	again, err := vault.ParsePrivateKey(private + "\n") // as read from a file
	must(t, err)
	public, err := vault.ParsePublicKey(k.private.Public().String())
	must(t, err)
	signing, err := vault.ParseSigningKey(k.signing.Text())
	must(t, err)
	verify, err := vault.ParseVerifyKey(k.signing.Public().String())
	must(t, err)

	sealer, err := vault.NewSealer(public, signing)
	must(t, err)
	opener, err := vault.NewOpener([]vault.PrivateKey{again}, []vault.VerifyKey{verify})
	must(t, err)
	sealed, err := sealer.Seal("c", "id", []byte("x"))
	must(t, err)
	if _, err := opener.Open("c", "id", sealed); err != nil {
		t.Error(err)
	}
}

func TestAKeyInTheWrongPlaceIsRefusedWithoutBeingQuoted(t *testing.T) {
	k := setup(t)
	private, err := k.private.Text()
	must(t, err)
	public := k.private.Public().String()

	tests := map[string]struct {
		parse func(string) error
		text  string
		says  string
	}{
		"private as public": {parsePublic, private, "this is a PRIVATE opening key"},
		"signing as public": {parsePublic, k.signing.Text(), "this is a PRIVATE signing key"},
		"public as private": {parsePrivate, public, "this is a public sealing key"},
		"box as public":     {parsePublic, vault.NewBoxKey(), "this is a SECRET box key"},
		"not a key":         {parsePublic, "hunter2", "not a key of Recado"},
		"cut short":         {parsePublic, public[:len(public)-2], "copy it again"},
		"one character off": {parsePublic, flipLast(public), "copy it again"},
		"only the prefix":   {parsePublic, "recado-hpke-pub-", "copy it again"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := test.parse(test.text)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("error is %v, want %q", err, test.says)
			}
			if secret := test.text[max(0, len(test.text)-20):]; len(test.text) > 20 && strings.Contains(err.Error(), secret) {
				t.Error("the error quotes the key")
			}
		})
	}
}

func parsePublic(text string) error  { _, err := vault.ParsePublicKey(text); return err }
func parsePrivate(text string) error { _, err := vault.ParsePrivateKey(text); return err }

func flipLast(text string) string {
	middle := len(text) - 10
	c := byte('A')
	if text[middle] == c {
		c = 'B'
	}
	return text[:middle] + string(c) + text[middle+1:]
}

func TestPrintingASecretKeyHidesIt(t *testing.T) {
	k := setup(t)
	text, err := k.private.Text()
	must(t, err)
	for _, verb := range []string{"%v", "%s", "%+v", "%#v"} {
		shown := fmt.Sprintf(verb, k.private) + fmt.Sprintf(verb, k.signing)
		if strings.Contains(shown, text) || strings.Contains(shown, k.signing.Text()) || !strings.Contains(shown, "hidden") {
			t.Errorf("%s shows %q", verb, shown)
		}
	}
}

func TestABoxOpensOnlyWithItsKeyAndPurpose(t *testing.T) {
	box, err := vault.ParseBox(vault.NewBoxKey())
	must(t, err)
	other, err := vault.ParseBox(vault.NewBoxKey())
	must(t, err)

	replyTo := vault.SealAddress(box, "sunrise", "sms", "c1", "+17135550142")
	address, err := vault.OpenAddress(box, "sunrise", "sms", "c1", replyTo)
	must(t, err)
	if address != "+17135550142" {
		t.Errorf("address is %q", address)
	}
	if vault.SealAddress(box, "sunrise", "sms", "c1", "+17135550142") == replyTo {
		t.Error("two seals of one address are the same: replies could be linked")
	}
	tests := map[string]func() (string, error){
		"another conversation": func() (string, error) { return vault.OpenAddress(box, "sunrise", "sms", "c2", replyTo) },
		"another clinic":       func() (string, error) { return vault.OpenAddress(box, "sunset", "sms", "c1", replyTo) },
		"another key":          func() (string, error) { return vault.OpenAddress(other, "sunrise", "sms", "c1", replyTo) },
		"not base64":           func() (string, error) { return vault.OpenAddress(box, "sunrise", "sms", "c1", "*") },
		"too short":            func() (string, error) { return vault.OpenAddress(box, "sunrise", "sms", "c1", "AAAA") },
	}
	for name, open := range tests {
		if _, err := open(); !errors.Is(err, vault.ErrBox) {
			t.Errorf("%s: error is %v, want ErrBox", name, err)
		}
	}
}

func TestAConversationIDNamesOneAddressOfOneClinic(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	id := vault.ConversationID(key, "sunrise", "sms", "+17135550142")
	if id != vault.ConversationID(key, "sunrise", "sms", "+17135550142") {
		t.Error("the id is not stable")
	}
	if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
		t.Errorf("id %q is not 32 hex characters", id)
	}
	for _, other := range []string{
		vault.ConversationID([]byte("another key"), "sunrise", "sms", "+17135550142"),
		vault.ConversationID(key, "sunset", "sms", "+17135550142"),
		vault.ConversationID(key, "sunrise", "whatsapp", "+17135550142"),
		vault.ConversationID(key, "sunrise", "sm", "s+17135550142"),
	} {
		if other == id {
			t.Error("two addresses share an id")
		}
	}
}

func TestAnOpeningKeyHasOneSigningKeyOfItsOwn(t *testing.T) {
	one, err := vault.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	other, err := vault.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	text, err := one.Text()
	if err != nil {
		t.Fatal(err)
	}
	copied, err := vault.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	signs := func(k vault.PrivateKey) string {
		t.Helper()
		s, err := k.SigningKey()
		if err != nil {
			t.Fatal(err)
		}
		return s.Public().String()
	}
	if signs(one) != signs(copied) || signs(one) == signs(other) {
		t.Error("the signing key does not belong to the opening key alone")
	}
	if key, err := one.SigningKey(); err != nil || strings.Contains(key.Text(), strings.TrimPrefix(text, "recado-hpke-key-")[:20]) {
		t.Errorf("the signing key shows the opening key: %v", err)
	}
}
