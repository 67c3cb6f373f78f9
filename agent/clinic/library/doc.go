// Package library holds the profiles of all clinics of a deployment and takes
// changes of them while patients write.
//
// What is served is a Snapshot that never changes; a change makes another one,
// which is swapped in whole. A turn that has its profile keeps it to the end.
// A profile with a problem is refused and the last good one stays; one that
// was removed makes the clinic unknown, and what its patients write goes to
// staff. Two clinics cannot have the same id, number or widget key: the later
// one is refused.
package library
