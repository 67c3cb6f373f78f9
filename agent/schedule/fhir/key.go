package fhir

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
)

// Key is the private key of a client of SMART backend services. It signs by
// RS384 or ES384, those that every such server knows.
type Key struct {
	// ID is what the server knows the public key by. For a JWK it is its kid,
	// for a PEM file the key's thumbprint (RFC 7638).
	ID     string
	alg    string
	signer crypto.Signer
}

var errKey = errors.New("fhir: the client's key must be an RSA key of 2048 bits or more, or an EC key on P-384, as PEM or as JWK")

// ParseKey reads a private key from PEM (PKCS #1, PKCS #8 or SEC 1) or JWK.
func ParseKey(raw []byte) (*Key, error) {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 && trimmed[0] == '{' {
		return parseJWK(trimmed)
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errKey
	}
	if k, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return newKey("", k)
	}
	if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return newKey("", k)
	}
	if k, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return newKey("", k)
	}
	return nil, errKey
}

func newKey(id string, private any) (*Key, error) {
	var k *Key
	switch p := private.(type) {
	case *rsa.PrivateKey:
		if p.N.BitLen() < 2048 {
			return nil, errKey
		}
		k = &Key{ID: id, alg: "RS384", signer: p}
	case *ecdsa.PrivateKey:
		if p.Curve != elliptic.P384() {
			return nil, errKey
		}
		k = &Key{ID: id, alg: "ES384", signer: p}
	default:
		return nil, errKey
	}
	if k.ID == "" {
		k.ID = k.thumbprint()
	}
	return k, nil
}

// jwk is a key as RFC 7517 writes it.
type jwk struct {
	Type string `json:"kty"`
	ID   string `json:"kid,omitempty"`
	N    string `json:"n,omitempty"`
	E    string `json:"e,omitempty"`
	D    string `json:"d,omitempty"`
	P    string `json:"p,omitempty"`
	Q    string `json:"q,omitempty"`
	Crv  string `json:"crv,omitempty"`
	X    string `json:"x,omitempty"`
	Y    string `json:"y,omitempty"`
}

func parseJWK(raw []byte) (*Key, error) {
	var j jwk
	if json.Unmarshal(raw, &j) != nil {
		return nil, errKey
	}
	bad := false
	bytesOf := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		bad = bad || err != nil || len(b) == 0
		return b
	}
	number := func(s string) *big.Int { return new(big.Int).SetBytes(bytesOf(s)) }
	switch {
	case j.Type == "RSA":
		p := &rsa.PrivateKey{D: number(j.D), Primes: []*big.Int{number(j.P), number(j.Q)}}
		p.N = number(j.N)
		e := number(j.E)
		if bad || !e.IsInt64() || e.BitLen() > 31 {
			return nil, errKey
		}
		p.E = int(e.Int64())
		if p.Validate() != nil {
			return nil, errKey
		}
		p.Precompute()
		return newKey(j.ID, p)
	case j.Type == "EC" && j.Crv == "P-384":
		p, err := ecdsa.ParseRawPrivateKey(elliptic.P384(), bytesOf(j.D))
		if err != nil || bad {
			return nil, errKey
		}
		return newKey(j.ID, p)
	}
	return nil, errKey
}

// Public is the public key as JWK, for the server's list of the client's keys.
func (k *Key) Public() []byte {
	j := k.public()
	j.ID = k.ID
	raw, _ := json.Marshal(struct { // of strings alone
		jwk
		Alg string `json:"alg"`
		Use string `json:"use"`
	}{j, k.alg, "sig"})
	return raw
}

func (k *Key) public() jwk {
	text := base64.RawURLEncoding.EncodeToString
	switch p := k.signer.Public().(type) {
	case *rsa.PublicKey:
		return jwk{Type: "RSA", N: text(p.N.Bytes()), E: text(big.NewInt(int64(p.E)).Bytes())}
	case *ecdsa.PublicKey:
		point, err := p.Bytes() // 4, X, Y
		if err == nil && len(point) == 97 {
			return jwk{Type: "EC", Crv: "P-384", X: text(point[1:49]), Y: text(point[49:])}
		}
	}
	return jwk{}
}

func (k *Key) thumbprint() string {
	j := k.public()
	form := fmt.Sprintf(`{"e":%q,"kty":"RSA","n":%q}`, j.E, j.N)
	if j.Type == "EC" {
		form = fmt.Sprintf(`{"crv":%q,"kty":"EC","x":%q,"y":%q}`, j.Crv, j.X, j.Y)
	}
	sum := sha256.Sum256([]byte(form))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sign returns claims as a signed JWT.
func (k *Key) sign(claims map[string]any) (string, error) {
	text := base64.RawURLEncoding.EncodeToString
	head, err := json.Marshal(map[string]string{"alg": k.alg, "kid": k.ID, "typ": "JWT"})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed := text(head) + "." + text(body)
	sum := sha512.Sum384([]byte(signed))
	var signature []byte
	switch p := k.signer.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(rand.Reader, p, crypto.SHA384, sum[:])
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(rand.Reader, p, sum[:]); err == nil {
			signature = append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...)
		}
	}
	if err != nil {
		return "", fmt.Errorf("sign the client's assertion: %w", err)
	}
	return signed + "." + text(signature), nil
}
