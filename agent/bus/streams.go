package bus

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"recado/agent"
)

// Names of streams, buckets and consumers.
const (
	StreamIn     = "RECADO_IN"
	StreamTurn   = "RECADO_TURN"
	StreamAudit  = "RECADO_AUDIT"  // who saw and did what, one subject a clinic; never expires
	StreamBook   = "RECADO_BOOK"   // bookings of clinics without a book of their own
	StreamRemind = "RECADO_REMIND" // reminders of visits, until they are due

	// ConsumerWorker is the one durable consumer that all workers share.
	ConsumerWorker = "worker"
	// ConsumerGateway is the one durable consumer that all gateways share.
	ConsumerGateway = "gateway"
	// ConsumerConsole is the one durable consumer that all consoles share.
	ConsumerConsole = "console"
	// ConsumerRemind is the one durable consumer of reminders that are due; all
	// workers share it.
	ConsumerRemind = "remind"

	BucketConsent  = "recado_consent"  // ConsentKey -> Consent; never expires: stop means stop
	BucketDelivery = "recado_delivery" // the gateway's record of what was sent
	BucketSeen     = "recado_seen"     // the gateway's record of webhooks it took in
	BucketAlias    = "recado_alias"    // conversations of patients known by two addresses; never expires
	BucketProfile  = "recado_profile"  // clinic id -> its profile (YAML); nothing of a patient; never expires

	// Buckets of the staff's side. None has a time to live: what waits for
	// staff never expires, and the console removes what was resolved when the
	// clinic's retention has passed.
	BucketCase    = "recado_case"    // <clinic>.<case> -> what staff work on, without the patient's words
	BucketHead    = "recado_head"    // <clinic>.<conversation> -> its latest case
	BucketRecord  = "recado_record"  // <clinic>.<record> -> sealed escalations and dead letters
	BucketThread  = "recado_thread"  // <clinic>.<conversation>.<entry> -> sealed notes and private messages
	BucketOwner   = "recado_owner"   // OwnerKey -> who holds the conversation; workers and gateways read it
	BucketStaff   = "recado_staff"   // accounts
	BucketPaging  = "recado_paging"  // whom a case was told to
	BucketPrivate = "recado_private" // visits to the patients' private page
)

// Limits that the protocol relies on.
const (
	// MaxEventBytes is the largest event that the input stream takes. It is
	// small enough that a turn of events with its tail, sealed and in base64,
	// stays under NATS's 1 MiB for a message.
	MaxEventBytes = 64 << 10
	// MaxEventAge is how long an event waits at most for a worker.
	MaxEventAge = 72 * time.Hour
	// MaxTurnAge is how long turn records, replies and escalations stay; the
	// console copies escalations into a bucket with the clinic's retention.
	MaxTurnAge = 30 * 24 * time.Hour
	// MaxBookAge is how long the log of bookings keeps a day after its last
	// change: longer than visits can be booked ahead.
	MaxBookAge = 400 * 24 * time.Hour
	// BookHistory is how many changes of a day the log keeps. The last one
	// says all; those before it tell how it came about.
	BookHistory = 16
	// MaxDueAge is how long a reminder that is due waits for a worker.
	MaxDueAge = 24 * time.Hour
	// MarkerTTL is how long a bucket of the staff's side says that a value was
	// removed. Their values may have a time to live of their own.
	MarkerTTL = 24 * time.Hour
)

// Layout is what operators choose about the streams.
type Layout struct {
	// Replicas is the number of servers that hold each message: 1 for a
	// single server (with sync_interval always), 3 for a cluster.
	// Defaults to 1.
	Replicas int
	// AckWait is how long the server waits for a sign of life about an event
	// before another worker gets it. Defaults to 30 s.
	AckWait time.Duration
	// MaxAckPending is in how many conversations events may wait for an answer
	// before the next event is shown to a worker. (A conversation counts once
	// for each worker, however many events it has.) Until then an emergency is
	// found when it arrives, whatever waits before it, and a flood of one
	// clinic keeps no other from being seen. Each costs the server some 100
	// bytes of memory, and workers none. Defaults to 131,072.
	MaxAckPending int
}

func (l Layout) withDefaults() Layout {
	if l.Replicas == 0 {
		l.Replicas = 1
	}
	if l.AckWait == 0 {
		l.AckWait = 30 * time.Second
	}
	if l.MaxAckPending == 0 {
		l.MaxAckPending = 128 << 10
	}
	return l
}

func (l Layout) streams() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{{
		Name:        StreamIn,
		Description: "Events from patients, one subject a conversation: the mailbox that workers read in order.",
		Subjects:    []string{rootIn + ">"},
		// Limits, not WorkQueue: an acknowledged event stays until it is old,
		// so a restored worker can read a conversation again.
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		MaxAge:      MaxEventAge,
		MaxMsgSize:  MaxEventBytes,
		Duplicates:  MaxEventAge, // a webhook repeated within this time is stored once
		AllowDirect: true,
		Replicas:    l.Replicas,
	}, {
		Name:        StreamTurn,
		Description: "Turn records, replies, sealed escalations and dead letters: what was decided.",
		Subjects:    []string{rootTurn + ">", rootOut + ">", rootEsc + ">", rootDead + ">", rootMark + ">"},
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		MaxAge:      MaxTurnAge,
		AllowDirect: true,
		// A turn commits whole or not at all.
		AllowAtomicPublish: true,
		Replicas:           l.Replicas,
	}, {
		Name:        StreamAudit,
		Description: "Who saw and did what on the staff's side: a chain of hashes for each clinic.",
		Subjects:    []string{rootAudit + ">"},
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		// Nothing is taken out of the chain: neither by age nor by request.
		DenyDelete:  true,
		DenyPurge:   true,
		AllowDirect: true,
		Replicas:    l.Replicas,
	}, {
		Name:        StreamBook,
		Description: "Bookings of clinics without a book of their own: times, references and hashes, no names.",
		Subjects:    []string{rootBook + ">"},
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		MaxAge:      MaxBookAge,
		// The last message of a subject is the whole state of a day, so the
		// older ones may go and a day's size stays bounded.
		MaxMsgsPerSubject: BookHistory,
		Compression:       jetstream.S2Compression,
		AllowDirect:       true,
		// A visit is written to its day and to its patient's list, or to none.
		AllowAtomicPublish: true,
		Replicas:           l.Replicas,
	}, {
		Name:        StreamRemind,
		Description: "Reminders of visits: each waits on its subject until it is due, and is then told once.",
		Subjects:    []string{rootRemind + ">"},
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		MaxAge:      MaxBookAge,
		// A visit has one reminder: another one replaces it.
		MaxMsgsPerSubject: 1,
		AllowMsgSchedules: true,
		AllowMsgTTL:       true,
		AllowRollup:       true,
		Replicas:          l.Replicas,
	}}
}

func (l Layout) buckets() []jetstream.KeyValueConfig {
	return []jetstream.KeyValueConfig{{
		Bucket:      BucketConsent,
		Description: "Who asked for no more messages, by clinic and conversation.",
		History:     16, // who changed it, and when, for a complaint
		Replicas:    l.Replicas,
	}, {
		Bucket:      BucketDelivery,
		Description: "What became of each reply at the channel.",
		TTL:         MaxTurnAge,
		Replicas:    l.Replicas,
	}, {
		Bucket:      BucketSeen,
		Description: "Webhook deliveries that were taken in.",
		TTL:         8 * 24 * time.Hour,
		Replicas:    l.Replicas,
	}, {
		Bucket:      BucketAlias,
		Description: "Conversations of patients who are known by a phone number and by a user id.",
		Replicas:    l.Replicas,
	}, {
		Bucket:      BucketProfile,
		Description: "Clinics' published facts, for deployments whose profiles are no files.",
		History:     16, // who wants to know what patients were told last week
		Replicas:    l.Replicas,
	}, {
		Bucket:         BucketCase,
		Description:    "What staff work on, without a patient's words.",
		LimitMarkerTTL: MarkerTTL,
		Replicas:       l.Replicas,
	}, {
		Bucket:         BucketHead,
		Description:    "The latest case of each conversation.",
		LimitMarkerTTL: MarkerTTL,
		Replicas:       l.Replicas,
	}, {
		Bucket:         BucketRecord,
		Description:    "Escalations and dead letters, sealed for the clinic's key.",
		LimitMarkerTTL: MarkerTTL,
		Replicas:       l.Replicas,
	}, {
		Bucket:         BucketThread,
		Description:    "Notes and private messages, sealed for the clinic's key.",
		LimitMarkerTTL: MarkerTTL,
		Replicas:       l.Replicas,
	}, {
		Bucket:         BucketOwner,
		Description:    "Who of the staff holds a conversation.",
		LimitMarkerTTL: MarkerTTL,
		Replicas:       l.Replicas,
	}, {
		Bucket:         BucketStaff,
		Description:    "Accounts of the staff's side.",
		History:        16, // who changed a role, and when
		LimitMarkerTTL: MarkerTTL,
		Replicas:       l.Replicas,
	}, {
		Bucket:         BucketPaging,
		Description:    "Whom a case was told to.",
		LimitMarkerTTL: MarkerTTL,
		Replicas:       l.Replicas,
	}, {
		Bucket:         BucketPrivate,
		Description:    "Visits to the patients' private page.",
		LimitMarkerTTL: MarkerTTL,
		Replicas:       l.Replicas,
	}}
}

// byLeader are the buckets whose answers come from the leader alone: a
// replica that lags behind would call a conversation free that a person just
// took, show people a case without what they just did, and let in whom an
// admin just disabled.
var byLeader = []string{BucketOwner, BucketCase, BucketHead, BucketStaff}

// maxOutPending is how many messages all gateways, or all consoles, may hold
// together.
const maxOutPending = 1024

// consumer is a durable consumer with the stream that it reads.
type consumer struct {
	stream string
	config jetstream.ConsumerConfig
}

func (l Layout) consumers() []consumer {
	shared := func(name, description string, pending int, filters ...string) jetstream.ConsumerConfig {
		return jetstream.ConsumerConfig{
			Durable:        name,
			Description:    description,
			DeliverPolicy:  jetstream.DeliverAllPolicy,
			AckPolicy:      jetstream.AckExplicitPolicy,
			AckWait:        l.AckWait,
			FilterSubjects: filters,
			// The server never gives up on a message: workers and gateways
			// count attempts and hand to staff what cannot be done.
			MaxDeliver:    -1,
			MaxAckPending: pending,
			Replicas:      l.Replicas,
		}
	}
	return []consumer{
		{StreamIn, shared(ConsumerWorker, "Events for workers; shared by all of them.", l.MaxAckPending)},
		// Replies to the web chat are read by the page itself.
		{StreamTurn, shared(ConsumerGateway, "Replies for gateways to send; shared by all of them.", maxOutPending,
			ChannelRepliesSubject(agent.WhatsApp), ChannelRepliesSubject(agent.SMS))},
		{StreamTurn, shared(ConsumerConsole, "Escalations and dead letters for the inbox; shared by all consoles.", maxOutPending,
			rootEsc+">", rootDead+">")},
		{StreamRemind, shared(ConsumerRemind, "Reminders that are due; shared by all workers.", maxOutPending, rootDue+">")},
	}
}
