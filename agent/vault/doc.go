// Package vault seals what a patient wrote.
//
// Escalations and dead letters are sealed for the clinic's public key with
// HPKE (RFC 9180: DHKEM X25519, HKDF-SHA256, ChaCha20-Poly1305), so a worker
// can write one and can never read one back. HPKE's base mode does not tell
// who sealed, so the worker also signs with Ed25519.
//
// Box is symmetric, for what the same process opens again: the sender's
// address at the gateway, the tail of a session at the worker.
//
// All keys are text with a prefix that says what they are and a checksum, so
// that a key in the wrong place, or one with a character lost, is refused
// before anything is sealed with it.
package vault
