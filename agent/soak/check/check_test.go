package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent/soak/check"
	"recado/agent/soak/fault"
)

var begin = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

// at is n seconds after the beginning.
func at(n float64) time.Time { return begin.Add(time.Duration(n * float64(time.Second))) }

// good is a run in which all went well: two front-desk messages in one turn,
// a care message, an emergency, an opt-out with a message after it, and
// poison.
func good() check.Log {
	message := func(id string, sort check.Sort, after string, n float64) check.Message {
		return check.Message{ID: id, Patient: "1", Sort: sort, Text: "text of " + id, Begun: at(n), Accepted: at(n + 0.1), After: after}
	}
	stored := func(seq uint64, id string, n float64) check.Stored {
		return check.Stored{Seq: seq, Conversation: "c", ID: id, Written: at(n), At: at(n + 0.05)}
	}
	turn := func(seq, cursor uint64, id, disposition string, n float64, events ...string) check.Turn {
		return check.Turn{Seq: seq, Conversation: "c", ID: id, Cursor: cursor, Events: events, Disposition: disposition, Speaks: disposition != "silent", At: at(n)}
	}
	reply := func(seq uint64, id string, n float64, answers ...string) check.Reply {
		return check.Reply{Seq: seq, Conversation: "c", ID: id, Answers: answers, At: at(n)}
	}
	received := func(id string, n float64) check.Received {
		return check.Received{Patient: "1", Reply: id, At: at(n)}
	}
	emergency := turn(24, 4, "t4", "emergency", 4.3, "m4")
	emergency.OnReceipt = []string{"m4"}
	stop := turn(25, 5, "t5", "consent", 5.2, "m5")
	stop.Consent = "stop"
	letter := turn(27, 7, "t7", "escalate", 7.2)
	letter.Dead, letter.Speaks = []uint64{7}, false
	urgent := reply(22, "e4", 4.2, "m4")
	urgent.Emergency = true
	confirm := reply(25, "t5", 5.2, "m5")
	confirm.Stops = true
	return check.Log{
		Messages: []check.Message{
			message("m1", check.FrontDesk, "", 1), message("m2", check.FrontDesk, "m1", 1.5), message("m3", check.Care, "m2", 3),
			message("m4", check.Emergency, "m3", 4), message("m5", check.Stop, "m4", 5), message("m6", check.FrontDesk, "m5", 6),
			{ID: "p", Sort: check.Poison, Seq: 7, Patient: "c", Begun: at(7), Accepted: at(7.1)},
		},
		Stored: []check.Stored{
			stored(1, "m1", 1), stored(2, "m2", 1.5), stored(3, "m3", 3), stored(4, "m4", 4), stored(5, "m5", 5), stored(6, "m6", 6), stored(7, "", 7),
		},
		Turns: []check.Turn{
			turn(20, 2, "t2", "answer", 2, "m1", "m2"), turn(21, 3, "t3", "escalate", 3.2, "m3"), emergency, stop,
			turn(26, 6, "t6", "silent", 6.2, "m6"), letter,
		},
		Replies: []check.Reply{reply(20, "t2", 2, "m1", "m2"), reply(21, "t3", 3.2, "m3"), urgent, confirm},
		Received: []check.Received{
			received("t2", 2.2), received("t3", 3.4), received("e4", 4.4), received("t5", 5.4),
		},
		Notices: []check.Notice{
			{Seq: 21, Conversation: "c", ID: "t3", Texts: []string{"text of m3"}, At: at(3.2)},
			{Seq: 23, Conversation: "c", ID: "e4", Texts: []string{"text of m4"}, At: at(4.2)},
			{Seq: 28, Conversation: "c", ID: "d7", Texts: []string{"{"}, At: at(7.2)},
		},
		Dead:       []check.Dead{{Conversation: "c", ID: "d7", Event: 7, At: at(7.2)}},
		Deliveries: []check.Delivery{{Reply: "t2", State: "sent"}},
		Inbox:      []check.Filed{{Case: "1", ID: "t3"}, {Case: "1", ID: "e4"}, {Case: "1", ID: "d7"}, {Case: "1", ID: "d7-raw"}},
		HasInbox:   true,
		Emergency:  check.Emergencies{Within: 2 * time.Second, Stalled: 5 * time.Second, Recovery: 3 * time.Second},
	}
}

func TestAGoodRunHasNoViolation(t *testing.T) {
	if found := check.Check(good()); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}

func TestEachBrokenPromiseIsFound(t *testing.T) {
	drop := func(n int) func(*check.Log) {
		return func(l *check.Log) { l.Received = slices.Delete(l.Received, n, n+1) }
	}
	tests := map[string]struct {
		class check.Class
		what  string
		spoil func(*check.Log)
	}{
		"a message without an outcome": {check.Lost, "no outcome", func(l *check.Log) { l.Turns = slices.Delete(l.Turns, 4, 5) }},
		"a message that never came to the stream": {check.Lost, "not in the input stream", func(l *check.Log) {
			l.Stored = slices.Delete(l.Stored, 0, 1)
			l.Turns[0].Events, l.Replies[0].Answers = l.Turns[0].Events[1:], l.Replies[0].Answers[1:]
		}},
		"a webhook that was never taken": {check.Lost, "never took", func(l *check.Log) { l.Messages[5].Accepted = time.Time{} }},
		"a message in two turns":         {check.Doubled, "two turns", func(l *check.Log) { l.Turns[4].Events = []string{"m6", "m3"} }},
		"poison without a dead letter":   {check.Lost, "poison 7", func(l *check.Log) { l.Dead = nil }},
		"poison in two dead letters":     {check.Doubled, "poison 7", func(l *check.Log) { l.Dead = append(l.Dead, l.Dead[0]) }},
		"a readable event that was given up": {check.Lost, "given up", func(l *check.Log) {
			l.Dead = append(l.Dead, check.Dead{Conversation: "c", ID: "d6", Event: 6, At: at(6.2)})
			l.Inbox = append(l.Inbox, check.Filed{Case: "1", ID: "d6-raw"})
		}},
		"a forged webhook that was taken in": {check.Broken, "forged", func(l *check.Log) {
			l.Stored = append(l.Stored, check.Stored{Seq: 8, Conversation: "x", ID: "m8", Written: at(8), At: at(8)})
		}},
		"messages decided in another order": {check.Reordered, "decided [m2 m1]", func(l *check.Log) { l.Turns[0].Events = []string{"m2", "m1"} }},
		"messages stored in another order": {check.Reordered, "is stored after it", func(l *check.Log) {
			l.Stored[0].ID, l.Stored[1].ID = "m2", "m1"
		}},
		"a cursor that goes back":  {check.Reordered, "goes back", func(l *check.Log) { l.Turns[4].Cursor = 4 }},
		"a turn without its reply": {check.Lost, "not published", func(l *check.Log) { l.Replies, l.Received = l.Replies[1:], l.Received[1:] }},
		"a turn that says nothing": {check.Lost, "says nothing", func(l *check.Log) {
			l.Turns[0].Speaks = false
			l.Replies, l.Received = l.Replies[1:], l.Received[1:]
		}},
		"an emergency without its reply": {check.Lost, "counts as answered", func(l *check.Log) {
			l.Replies, l.Received = slices.Delete(l.Replies, 2, 3), slices.Delete(l.Received, 2, 3)
		}},
		"a reply in the stream twice":           {check.Doubled, "in the stream twice", func(l *check.Log) { l.Replies = append(l.Replies, l.Replies[0]) }},
		"a message answered by two replies":     {check.Doubled, "is answered by", func(l *check.Log) { l.Replies[1].Answers = []string{"m3", "m1"} }},
		"a reply that does not reach":           {check.Lost, "did not reach", drop(1)},
		"a reply withheld without an opt-out":   {check.Lost, "did not reach", func(l *check.Log) { drop(0)(l); l.Deliveries[0].State = "withheld"; l.Turns[3].Consent = "" }},
		"an emergency withheld":                 {check.Lost, "did not reach", func(l *check.Log) { drop(2)(l); l.Deliveries[0] = check.Delivery{Reply: "e4", State: "withheld"} }},
		"a reply that comes twice":              {check.Doubled, "2 times", func(l *check.Log) { l.Received = append(l.Received, l.Received[0]) }},
		"a reply that comes to another patient": {check.Broken, "another patient", func(l *check.Log) { l.Received[0].Patient = "2" }},
		"a reply that nobody decided on": {check.Broken, "no turn decided on", func(l *check.Log) {
			l.Received = append(l.Received, check.Received{Patient: "1", Reply: "x", At: at(9)})
		}},
		"replies received in another order": {check.Reordered, "decided later", func(l *check.Log) {
			l.Received[0], l.Received[1] = l.Received[1], l.Received[0]
		}},
		"care that staff do not get":        {check.Lost, "did not come to staff", func(l *check.Log) { l.Notices = l.Notices[1:] }},
		"care that was answered":            {check.Lost, "did not come to staff", func(l *check.Log) { l.Turns[1].Disposition = "answer"; l.Notices = l.Notices[1:] }},
		"an emergency staff do not get":     {check.Lost, "did not come to staff", func(l *check.Log) { l.Notices = slices.Delete(l.Notices, 1, 2) }},
		"care that staff get twice":         {check.Doubled, "came to staff 2 times", func(l *check.Log) { l.Notices = append(l.Notices, l.Notices[0]) }},
		"a notice without the words":        {check.Lost, "does not have the words", func(l *check.Log) { l.Notices[0].Texts = nil }},
		"a notice that does not open":       {check.Broken, "does not open", func(l *check.Log) { l.Notices[0].Fault = "it does not open" }},
		"a record that is not in the inbox": {check.Lost, "not in the inbox", func(l *check.Log) { l.Inbox = l.Inbox[1:] }},
		"a record that is there twice":      {check.Doubled, "in the inbox 2 times", func(l *check.Log) { l.Inbox = append(l.Inbox, check.Filed{Case: "2", ID: "t3"}) }},
		"a reply after an opt-out": {check.Stopless, "after the opt-out", func(l *check.Log) {
			l.Turns[4].Disposition, l.Turns[4].Speaks = "answer", true
			l.Replies = append(l.Replies, check.Reply{Seq: 26, Conversation: "c", ID: "t6", Answers: []string{"m6"}, At: at(6.2)})
			l.Received = append(l.Received, check.Received{Patient: "1", Reply: "t6", At: at(6.4)})
		}},
		"an opt-out that is not heeded":  {check.Stopless, "opts out", func(l *check.Log) { l.Turns[3].Consent = "" }},
		"an emergency that waited":       {check.Late, "after 6.3s", func(l *check.Log) { l.Received[2].At = at(10.4) }},
		"a panic":                        {check.Broken, "panicked", func(l *check.Log) { l.Ends = []check.End{{Process: "worker-1", Panic: true, At: at(3)}} }},
		"a run that comes never to rest": {check.Broken, "come to rest", func(l *check.Log) { l.Unsettled = []string{"consumer worker"} }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := good()
			test.spoil(&l)
			found := check.Check(l)
			if !slices.ContainsFunc(found, func(v check.Violation) bool { return v.Class == test.class && strings.Contains(v.What, test.what) }) {
				t.Errorf("no %q of class %s among %v", test.what, test.class, found)
			}
		})
	}
}

func TestWhatIsAllowedIsNoViolation(t *testing.T) {
	tests := map[string]func(*check.Log){
		"a webhook that came twice": func(l *check.Log) { l.Stored = append(l.Stored, l.Stored[0]) },
		"a process that ended and did not panic": func(l *check.Log) {
			l.Ends = []check.End{{Process: "gateway", State: "exit status 1", At: at(3)}}
		},
		"a reply withheld because the patient had opted out before it was sent": func(l *check.Log) {
			l.Received = l.Received[1:]
			l.Deliveries[0].State = "withheld"
		},
		"late webhooks, sorted by when they were written": func(l *check.Log) {
			l.Messages[1].After = ""
			l.Stored[0], l.Stored[1] = l.Stored[1], l.Stored[0]
			l.Stored[0].Seq, l.Stored[1].Seq = 1, 2
		},
		"a reply after the patient opted in again": func(l *check.Log) {
			l.Messages[5].Sort = check.Start
			l.Turns[4].Disposition, l.Turns[4].Speaks, l.Turns[4].Consent = "consent", true, "start"
			l.Replies = append(l.Replies, check.Reply{Seq: 26, Conversation: "c", ID: "t6", Answers: []string{"m6"}, At: at(6.2)})
			l.Received = append(l.Received, check.Received{Patient: "1", Reply: "t6", At: at(6.4)})
		},
		"an emergency that overtakes": func(l *check.Log) {
			l.Received[1], l.Received[2] = l.Received[2], l.Received[1]
			l.Received[1].At, l.Received[2].At = at(4.4), at(4.5)
		},
		"a message given up after three dead workers": func(l *check.Log) {
			l.Dead = append(l.Dead, check.Dead{Conversation: "c", ID: "d6", Event: 6, At: at(6.2)})
			l.Inbox = append(l.Inbox, check.Filed{Case: "1", ID: "d6-raw"})
			for range 3 {
				l.Faults = append(l.Faults, active(fault.WorkerKill, 6.1, 6.15))
			}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			l := good()
			change(&l)
			if found := check.Check(l); len(found) > 0 {
				t.Errorf("found %v", found)
			}
		})
	}
}

func active(kind fault.Kind, from, to float64) check.Active {
	return check.Active{Fault: fault.Fault{Kind: kind}, From: at(from), To: at(to)}
}

func TestOnlyWhatTheWayNeedsExcusesALateEmergency(t *testing.T) {
	tests := []struct {
		kind fault.Kind
		late bool
	}{
		{fault.RedisKill, true}, {fault.Dark, true}, {fault.LLMSlow, true}, {fault.ConsoleKill, true}, {fault.WorkerClock, true},
		{fault.NATSStop, false}, {fault.GatewayKill, false}, {fault.GraphRefuse, false}, {fault.WorkerStop, false},
	}
	for _, test := range tests {
		l := good()
		l.Received[2].At = at(10)
		l.Faults = []check.Active{active(test.kind, 4, 9)}
		found := check.Check(l)
		late := slices.ContainsFunc(found, func(v check.Violation) bool { return v.Class == check.Late })
		if late != test.late {
			t.Errorf("an emergency of 6 s while %s: late is %v, want %v", test.kind, late, test.late)
		}
	}
}

func TestAViolationNamesTheFaultsAroundIt(t *testing.T) {
	l := good()
	l.Received = append(l.Received, check.Received{Patient: "1", Reply: "t2", At: at(8)})
	l.Faults = []check.Active{active(fault.WorkerKill, 0, 1), active(fault.RedisWipe, 5, 6), active(fault.NATSKill, 9, 10), active(fault.RedisWipe, 6, 7)}
	found := check.Check(l)
	if len(found) != 1 || !slices.Equal(found[0].Faults, []fault.Kind{fault.RedisWipe, fault.WorkerKill}) {
		t.Errorf("found %v, want a reply doubled around redis.wipe and worker.kill", found)
	}
}
