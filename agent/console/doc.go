// Package console serves the staff's pages below /staff: the inbox, accounts
// and people, the audit, and the way in.
//
// Routes are a table. Each says who may use it, whether a fresh second factor
// is needed, and whether using it counts as something that a person did; one
// place checks all of that before a handler runs. No GET changes anything but
// when a session was last used; every change is a POST from the same origin.
//
// Clinics are those of the moment that a request came: one that was added is
// there without a restart, and one that is gone is shown to nobody, while all
// that is stored of it stays.
//
// Pages are HTML from the server, without inline script or style, and work
// without JavaScript but for live updates, passkeys and shortcuts. Their words
// are in texts/, their parts in templates/ and assets/.
package console
