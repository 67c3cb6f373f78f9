// Package store keeps the inbox in JetStream: cases, sealed records, sealed
// threads, and who holds a conversation.
//
// Ingest copies what workers and gateways publish for staff from the turn
// stream into buckets, once each, with any number of consoles and through
// their crashes. Store changes cases under compare-and-set. Index holds all
// cases in memory, for lists and for pages that wait for changes. Owners is
// all that workers and gateways see of it.
//
// Nothing that a patient or staff wrote is stored in clear: records stay
// sealed as they came, notes and private messages are sealed here.
package store
