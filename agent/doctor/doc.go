// Package doctor looks at a deployment and says what to fix: a list of checks
// as values, each with what was found and what to do.
//
// Every probe is harmless. What a role may publish is tried with messages that
// the server refuses for another reason, after it has looked at permissions: a
// condition that no stream meets, a request that is no JSON. Nothing is stored,
// taken from a consumer, changed or removed. No result holds a secret.
package doctor
