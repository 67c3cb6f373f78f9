// Package dispatch sends replies: in order within a conversation, side by
// side across conversations, emergencies first, each once.
//
// The stream is the queue. A message from the consumer only wakes the lane
// of its conversation; the lane then reads the conversation's replies from
// the stream in their order and sends the first that is not settled. So the
// order holds whichever gateway a message was handed to, and a gateway that
// takes over from a dead one begins with what that one left.
//
// Each reply has a Record in the delivery bucket. It is set to sending by
// compare-and-set before the call and to sent after it, so no two gateways
// call for one reply at a time. A gateway that dies in between, or a call
// whose answer is lost, leaves it open whether the patient has the message.
// Then the lane waits for a status webhook that names the reply
// (Config.ConfirmWait) and sends again without one: a lost emergency text is
// worse than a doubled one.
//
// A channel may take a reply and report later, by a status, that it failed.
// Where its code says that this passes (channel.Status.Again) the reply is sent
// once more after a pause, and after a second failure staff are told; all other
// codes go to staff at once. The second copy goes through every check of the
// first: stop, owner, the time of free replies (outside it a template alone),
// age. It is not sent where a status says meanwhile that the first one arrived
// after all, as statuses overtake each other, nor where a newer reply followed
// it, unless it is an emergency text: staff are told instead. What waits stands
// in the bucket, so that a gateway which starts goes on with it.
//
// A patient can get a reply twice in two cases: a call whose answer is lost and
// of which no status comes, and a message that the channel called failed and
// delivered later than Config.AgainAfter.
package dispatch
