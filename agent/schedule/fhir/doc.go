// Package fhir is an appointment book on a FHIR R4 server. It keeps nothing
// itself: who holds what until when is in the server's own resources, so that
// any process can go on where another one stopped.
//
// A hold is Slots busy-tentative and a pending Appointment, a booking is Slots
// busy and the Appointment booked. Slots change under If-Match alone, so of
// any number who want one it is one who gets it. Recado's identifiers are
//
//	urn:recado:conversation  whose it is: a keyed hash, on Appointments
//	urn:recado:hold          of which hold; its period ends with the hold
//	urn:recado:ref           what patient and staff call the booking
//	urn:recado:visit         the kind of visit, how many, and "new"
//
// and that is all that is told about a patient. A Slot carries the hold only.
//
// A tentative Slot of Recado means "ask the Appointment of this hold": booked
// makes it busy, cancelled, expired or missing frees it. Whoever meets one
// whose time is over does so. Every change is therefore made in an order that
// leaves the Slot tentative, never free or busy for nobody, where the process
// or the server stops in the middle. Where the server takes transactions all
// of a change is one.
//
// A FHIR server keeps nothing that would tell a turn of a conversation that is
// behind from a later one, so this book does not fence (see
// schedule.Capabilities). What a turn that was overtaken leaves is found and
// undone by the next turn of the visit's conversation.
//
// Where the server lets nobody book, by its CapabilityStatement or by 403, 405 or
// 501, calls are schedule.ErrUnsupported, and a wish becomes a proposed
// Appointment that staff answer.
//
// The server must keep Slot.identifier and Appointment.identifier, and answer
// searches by the latter.
package fhir
