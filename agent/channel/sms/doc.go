// Package sms joins Recado to SMS by Twilio: Webhook takes messages and
// delivery statuses in, Sender sends replies out by the REST API.
//
// A webhook is answered, with an empty <Response/>, only when its message is
// stored. Twilio comes again after a 5xx only where the number is set up so
// (a fallback URL, or #rp=all&rc=5 behind the webhook's), so storing is tried
// again for as long as Twilio waits. What cannot be an event goes to
// WebhookConfig.Strays, and media are not fetched: their message is
// agent.KindAttachment.
//
// Twilio takes no idempotency key for a message. What was sent is known by the
// status callback, whose address names the reply.
//
// Twilio handles the English stop words itself, CANCEL among them: it confirms
// the stop and refuses every later message with code 21610, the confirmation
// of Recado included. So a patient gets one confirmation, whoever knew of the
// stop first.
package sms
