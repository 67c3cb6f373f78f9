// Package patient plays patients: what they write and when, made of a seed,
// and the webhooks that bring it, delivered as Meta delivers them: more than
// once, out of order, and again until they are taken.
package patient
