package doctor

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
)

// prober asks what a connection's user may do.
type prober struct{ nc *nats.Conn }

// mayAsk reports whether the user may publish on a subject of JetStream's API.
// It asks for nothing: an empty question about something is harmless.
func (p prober) mayAsk(subject string) bool { return p.may(probe{subject: subject}) }

// may sends a probe and reports whether it was permitted. The server answers
// in order, so a refusal is here when the ping after the probe is answered.
func (p prober) may(b probe) bool {
	if b.listen {
		sub, err := p.nc.SubscribeSync(b.subject)
		if err != nil {
			return false
		}
		defer sub.Unsubscribe() //nolint:errcheck // the connection is closed soon
	} else {
		msg := &nats.Msg{Subject: b.subject, Reply: p.nc.NewInbox(), Data: []byte(b.data), Header: b.header}
		if err := p.nc.PublishMsg(msg); err != nil {
			return false
		}
	}
	if err := p.nc.FlushTimeout(reachLimit); err != nil {
		return false
	}
	err := p.nc.LastError()
	return err == nil || !strings.Contains(err.Error(), `"`+b.subject+`"`)
}

// probe is one thing that a user may or may not do.
type probe struct {
	subject string
	data    string
	header  nats.Header
	listen  bool // subscribe, else publish
}

// ask is a request to JetStream's API that is no JSON: it is refused after
// permissions were looked at.
func ask(subject string) probe { return probe{subject: "$JS.API." + subject, data: "{"} }

// look is a request that reads and cannot be wrong.
func look(subject string) probe { return probe{subject: "$JS.API." + subject} }

// store is a publish that no stream takes, since it asks for another one.
func store(subject string) probe {
	return probe{subject: subject, header: nats.Header{jetstream.ExpectedStreamHeader: {"RECADO_NO_SUCH_STREAM"}}}
}

// keep says that a message which nobody holds is being worked on.
func keep(stream, consumer string) probe {
	return probe{subject: "$JS.ACK." + stream + "." + consumer + ".doctor", data: "+WPI"}
}

func listen(subject string) probe { return probe{subject: subject, listen: true} }

// rights are what a role has to be able to do, and what it must not.
type rights struct {
	must, mustNot map[string][]probe
}

// nobodys is a conversation that does not exist.
const nobodys = "doctor.web.00000000"

func rightsOf(role bus.Role) rights {
	in, turn := bus.StreamIn, bus.StreamTurn
	kv := func(bucket string) string { return "KV_" + bucket }
	// own are a bucket's values: to look at, to read and to write.
	own := func(bucket string) []probe {
		return []probe{look("STREAM.INFO." + kv(bucket)), look("DIRECT.GET." + kv(bucket) + ".$KV." + bucket + ".doctor.probe"), store("$KV." + bucket + ".doctor.probe")}
	}
	change := []probe{ask("STREAM.UPDATE." + in), ask("STREAM.UPDATE." + turn)}
	staffs := func(consumer string) []probe {
		return []probe{ask("CONSUMER.MSG.NEXT." + turn + "." + consumer), keep(turn, consumer)}
	}
	read := []probe{listen("recado.esc.>"), listen("recado.in.>"), listen("recado.turn.>")}
	facts := []probe{store("$KV." + bus.BucketProfile + ".doctor.probe")} // what patients are told
	owner := []probe{look("STREAM.INFO." + kv(bus.BucketOwner)), ask("STREAM.MSG.GET." + kv(bus.BucketOwner))}
	switch role {
	case bus.RoleWorker:
		return rights{map[string][]probe{
			"take events":          {look("STREAM.INFO." + in), look("CONSUMER.INFO." + in + "." + bus.ConsumerWorker), ask("CONSUMER.MSG.NEXT." + in + "." + bus.ConsumerWorker), keep(in, bus.ConsumerWorker), ask("DIRECT.GET." + in)},
			"commit turns":         {look("STREAM.INFO." + turn), look("DIRECT.GET." + turn + ".recado.turn." + nobodys), store("recado.turn." + nobodys), store("recado.out." + nobodys), store("recado.mark.doctor.00000000.probe")},
			"hand over to staff":   {store("recado.esc.doctor.routine.00000000"), store("recado.dead.doctor.00000000")},
			"keep consent":         own(bus.BucketConsent),
			"see who holds":        owner,
			"hear its own answers": {listen("_INBOX_worker.>")},
		}, map[string][]probe{
			"read what it sealed":     append([]probe{look("DIRECT.GET." + turn + ".recado.esc.doctor.routine.00000000"), ask("DIRECT.GET." + turn), ask("STREAM.MSG.GET." + turn), ask("CONSUMER.CREATE." + turn + ".doctor")}, read...),
			"make up patients' words": {store("recado.in." + nobodys)},
			"change streams":          change,
			"change clinics' facts":   facts,
			"see the staff's side":    {look("DIRECT.GET." + kv(bus.BucketRecord) + ".$KV." + bus.BucketRecord + ".doctor.probe"), ask("STREAM.MSG.GET." + kv(bus.BucketRecord)), store("recado.audit.doctor")},
			"hear others' answers":    {listen("_INBOX_console.>"), listen("_INBOX_gateway.>")},
		}}
	case bus.RoleGateway:
		return rights{map[string][]probe{
			"take messages in":       {look("STREAM.INFO." + in), store("recado.in." + nobodys)},
			"send replies":           {look("STREAM.INFO." + turn), look("CONSUMER.INFO." + turn + "." + bus.ConsumerGateway), ask("CONSUMER.MSG.NEXT." + turn + "." + bus.ConsumerGateway), keep(turn, bus.ConsumerGateway), ask("DIRECT.GET." + turn)},
			"note what was sent":     append(own(bus.BucketDelivery), append(own(bus.BucketSeen), own(bus.BucketAlias)...)...),
			"send again what failed": {ask("CONSUMER.CREATE." + kv(bus.BucketDelivery) + ".doctor.$KV." + bus.BucketDelivery + ".again.doctor")},
			"honour a stop":          {look("STREAM.INFO." + kv(bus.BucketConsent)), look("DIRECT.GET." + kv(bus.BucketConsent) + ".$KV." + bus.BucketConsent + ".doctor.probe")},
			"see who holds":          owner,
			"hand over to staff":     {store("recado.esc.doctor.routine.00000000"), store("recado.dead.doctor.00000000"), store("recado.mark.doctor.00000000.probe")},
			"hear its own answers":   {listen("_INBOX_gateway.>")},
		}, map[string][]probe{
			"take what is for staff": append(staffs(bus.ConsumerConsole), read...),
			"decide":                 {store("recado.turn." + nobodys)},
			"change streams":         change,
			"change clinics' facts":  facts,
			"undo a stop":            {store("$KV." + bus.BucketConsent + ".doctor.probe")},
			"see the staff's side":   {look("DIRECT.GET." + kv(bus.BucketRecord) + ".$KV." + bus.BucketRecord + ".doctor.probe"), ask("STREAM.MSG.GET." + kv(bus.BucketRecord)), store("recado.audit.doctor")},
			"hear others' answers":   {listen("_INBOX_console.>"), listen("_INBOX_worker.>")},
		}}
	case bus.RoleConsole:
		cases := []probe{look("STREAM.INFO." + turn), look("CONSUMER.INFO." + turn + "." + bus.ConsumerConsole)}
		for _, bucket := range []string{bus.BucketCase, bus.BucketHead, bus.BucketRecord, bus.BucketThread, bus.BucketOwner, bus.BucketStaff, bus.BucketPaging, bus.BucketPrivate} {
			cases = append(cases, own(bucket)...)
		}
		return rights{map[string][]probe{
			"take what is for staff": append(cases, staffs(bus.ConsumerConsole)...),
			"answer patients":        {store("recado.out." + nobodys)},
			"keep the audit":         {look("STREAM.INFO." + bus.StreamAudit), ask("STREAM.MSG.GET." + bus.StreamAudit), store("recado.audit.doctor")},
			"put dead letters back":  {ask("DIRECT.GET." + turn), store("recado.in." + nobodys), store("recado.mark.doctor.00000000.retry.probe")},
			"hear its own answers":   {listen("_INBOX_console.>")},
		}, map[string][]probe{
			"decide":                {store("recado.turn." + nobodys), store("recado.esc.doctor.routine.00000000"), store("recado.mark.doctor.00000000.probe")},
			"take others' work":     append(staffs(bus.ConsumerGateway), ask("CONSUMER.MSG.NEXT."+in+"."+bus.ConsumerWorker)),
			"change streams":        change,
			"change clinics' facts": facts,
			"undo the audit":        {ask("STREAM.MSG.DELETE." + bus.StreamAudit), ask("STREAM.UPDATE." + bus.StreamAudit)},
			"hear others' answers":  {listen("_INBOX_worker.>"), listen("_INBOX_gateway.>"), listen("recado.in.>")},
		}}
	case bus.RoleProvision:
		return rights{map[string][]probe{
			"manage streams":       {look("INFO"), ask("STREAM.UPDATE." + in), ask("CONSUMER.CREATE." + in + ".doctor")},
			"hear its own answers": {listen("_INBOX_provision.>")},
		}, map[string][]probe{
			"speak for others":     {store("recado.in." + nobodys), store("recado.out." + nobodys), store("recado.turn." + nobodys), store("recado.audit.doctor")},
			"hear others' answers": {listen("_INBOX_worker.>"), listen("_INBOX_gateway.>"), listen("_INBOX_console.>"), listen("recado.>")},
		}}
	}
	return rights{}
}

// permissions tries what role must and must not be able to do.
func permissions(ctx context.Context, l *list, nc *nats.Conn, role bus.Role) {
	p := prober{nc}
	r := rightsOf(role)
	lacks, exceeds := p.tell(ctx, r.must, false), p.tell(ctx, r.mustNot, true)
	const do = "compare the user's permissions with those in docker-compose.yml"
	check := "permissions of " + name(role)
	if ctx.Err() != nil {
		l.skip(check, "try again", "there was no time to try them")
		return
	}
	if len(lacks) > 0 {
		l.fail(check, do, "it cannot %s", strings.Join(lacks, "; "))
	}
	if len(exceeds) > 0 {
		l.fail(check, do, "it can, and must not, %s", strings.Join(exceeds, "; "))
	}
	if len(lacks)+len(exceeds) == 0 {
		l.ok(check, "it can do what it has to (%s), and no more", strings.Join(sorted(r.must), ", "))
	}
}

// tell names what came out as want, each with the first subject.
func (p prober) tell(ctx context.Context, tries map[string][]probe, want bool) []string {
	var all []string
	for _, what := range sorted(tries) {
		for _, b := range tries[what] {
			if ctx.Err() != nil {
				return all
			}
			if p.may(b) == want {
				all = append(all, what+" ("+b.subject+")")
				break
			}
		}
	}
	return all
}
