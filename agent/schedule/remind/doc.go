// Package remind tells patients of a visit the day before.
//
// A reminder is set when a visit is booked or moved, as a message that
// JetStream delivers at its time, and setting it again replaces it. Whether it
// is still right is asked when it is due, of the appointment book itself: a
// visit that was moved, cancelled or confirmed meanwhile is not reminded of.
//
// Only clinics that want it remind, and only patients who wrote: the reminder
// is a reply to where they wrote from. What it is sent through looks at their
// consent, at staff who hold the conversation, and at the channel's time for
// free replies, as it does for every reply.
package remind
