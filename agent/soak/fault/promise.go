package fault

// promises say what holds while a kind of fault lasts, and what does not.
var promises = map[Kind]string{
	LeaderKill: "what was answered with 200 is on two servers at least and is not lost. Until another server leads, a few seconds, webhooks are refused and delivered again, and replies wait.",
	Minority:   "the two servers that see each other go on; who was connected to the third goes to them. A reader that asks the third gets old answers, which the compare-and-set of a commit refuses.",
	Rolling:    "nothing is refused for longer than the choice of a leader takes, if each server is waited for until its copies are current.",
	Failover:   "what Redis had not copied is lost: leases and sessions are read from the streams again, the sealed tail of a conversation is not, so its next turn has no history. Until the replica is made the new Redis only emergencies are answered.",
}

// NotPromised is what no cluster of three can hold.
const NotPromised = "with two of three servers away nothing is taken in, emergencies included: webhooks are refused and delivered again. " +
	"What two servers lost for good, with their disks, is lost."

// Promise is what holds while the fault lasts; empty where that is simply
// everything, or waiting.
func (k Kind) Promise() string { return promises[k] }
