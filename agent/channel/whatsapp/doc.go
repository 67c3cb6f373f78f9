// Package whatsapp joins Recado to the WhatsApp Cloud API: Webhook takes
// messages and delivery statuses in, Sender sends replies out.
//
// A webhook is answered with 200 only when every event of it is stored, so
// that Meta's redelivery covers every failure in between, and no message is
// dropped in silence: what has no kind of its own is agent.KindUnsupported,
// and what cannot be an event at all (no id, no sender, no clinic for its
// account) goes to WebhookConfig.Strays. Where none is configured, such a
// message is answered with 200 and leaves a log line only.
package whatsapp
