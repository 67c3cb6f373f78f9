// Package session keeps sessions of staff in Redis, with the counters that
// slow attempts down and a note of each ceremony that was finished.
//
// Redis may lose all of it at any moment: people then sign in again, and those
// who held cases are signed out by the next sweep. It never sees a token, a
// name or an address, only keyed hashes and sealed values.
//
// All keys begin with "recado-staff:{s}:". The braces are a hash tag: scripts
// touch several keys, which have to be on one node of a cluster. No command
// lists keys.
package session
