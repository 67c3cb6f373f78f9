package sms

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's scheme; HMAC does not need SHA-1 to resist collisions
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// Sign returns X-Twilio-Signature for a form that is posted to address: the
// HMAC-SHA1 of the full address and every key and value, in order of the keys.
func Sign(token, address string, form url.Values) string {
	return base64.StdEncoding.EncodeToString(mac(token, address, form))
}

func mac(token, address string, form url.Values) []byte {
	keys := make([]string, 0, len(form))
	for key := range form {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	h := hmac.New(sha1.New, []byte(token))
	h.Write([]byte(address))
	for _, key := range keys {
		values := slices.Clone(form[key])
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			h.Write([]byte(key))
			h.Write([]byte(value))
		}
	}
	return h.Sum(nil)
}

// signed checks a signature against all tokens and all ways in which Twilio
// may have written the address. It takes the same time whichever fits.
func signed(tokens []string, addresses []string, form url.Values, signature string) bool {
	got, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	valid := false
	for _, token := range tokens {
		for _, address := range addresses {
			valid = hmac.Equal(got, mac(token, address, form)) || valid
		}
	}
	return valid
}

// spellings are an address without its port and with it: which of them Twilio
// signs differs.
func spellings(public *url.URL, path, rawQuery string) []string {
	tail := path
	if rawQuery != "" {
		tail += "?" + rawQuery
	}
	port := public.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[public.Scheme]
	}
	host := public.Hostname()
	if strings.Contains(host, ":") { // an IPv6 address
		host = "[" + host + "]"
	}
	return []string{public.Scheme + "://" + host + tail, public.Scheme + "://" + host + ":" + port + tail}
}
