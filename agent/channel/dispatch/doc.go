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
// worse than a doubled one. This window is the only one in which a patient
// can get a reply twice.
package dispatch
