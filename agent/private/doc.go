// Package private serves the page on which one patient and a clinic's staff
// write to each other in private, and makes the links that lead there.
//
// A link is made by the worker when it hands a conversation to staff. It holds
// the id of the sealed record and proves by a MAC that it is ours; nothing is
// stored for it. The token stands in the URL's fragment, which no server, log
// or preview sees. A GET is inert. Opening a link by POST works once: it sends
// a one-time code over the channel that the patient wrote on, and the code
// begins a visit. Opening it again sends nothing by itself, but the patient may
// ask for another code as often as the limits allow, from any of her phones:
// the link is never more than half of what it takes.
//
// What is written is in the inbox's thread, sealed for the clinic. The bucket
// of this package holds ids, times and keyed hashes.
package private
