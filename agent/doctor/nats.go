package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"recado/agent/bus"
)

// Login is how one role signs in to NATS.
type Login struct {
	Role    bus.Role
	User    string // shown in results; empty for none
	Options []nats.Option
}

// NATS is what is looked at about NATS.
type NATS struct {
	URL     string
	Default bool // nobody named URL: nothing there is no failure
	TLS     []nats.Option
	Logins  []Login // of the roles whose credentials are at hand
	// Layout is what the streams have to be like. What is zero is not compared.
	Layout bus.Layout
	// Monitor is the server's monitoring address, http://host:8222, which tells
	// of its disk; empty for none.
	Monitor string
	// Store is the folder of JetStream's files where they are on this host;
	// empty for elsewhere.
	Store string
}

// reachLimit bounds one attempt to connect.
const reachLimit = 5 * time.Second

// Check looks at everything.
func (n NATS) Check(ctx context.Context) []Result {
	l := &list{part: "nats"}
	up := n.anonymous(ctx, l)
	if !up {
		return l.all
	}
	var best *nats.Conn // sees most
	bestOf := Login{}
	for _, login := range n.Logins {
		nc, err := n.connect(ctx, login)
		if err != nil {
			l.fail("credentials of "+name(login.Role), "correct its user and password, or the server's", "%s", reason(err))
			continue
		}
		defer nc.Close()
		l.ok("credentials of "+name(login.Role), "user %s signs in", shown(login.User))
		permissions(ctx, l, nc, login.Role)
		if best == nil || rank(login.Role) < rank(bestOf.Role) {
			best, bestOf = nc, login
		}
	}
	if best == nil {
		l.skip("streams", "give the password of a role, best the admin's (NATS_ADMIN_PASSWORD)", "no credentials that work are given")
		return l.all
	}
	n.jetStream(ctx, l, best, bestOf)
	n.monitor(ctx, l)
	n.encryption(l)
	return l.all
}

func shown(user string) string {
	if user == "" {
		return "(from its credentials)"
	}
	return user
}

// name is what operators call a role.
func name(r bus.Role) string {
	if r == bus.RoleProvision {
		return "admin"
	}
	return string(r)
}

// rank orders roles by how much they see.
func rank(r bus.Role) int {
	for i, role := range []bus.Role{bus.RoleProvision, bus.RoleGateway, bus.RoleConsole, bus.RoleWorker} {
		if r == role {
			return i
		}
	}
	return 9
}

func (n NATS) connect(ctx context.Context, login Login) (*nats.Conn, error) {
	options := []nats.Option{
		nats.Name("recado-doctor"), nats.CustomInboxPrefix("_INBOX_" + string(login.Role)), nats.Timeout(reachLimit),
		nats.NoReconnect(), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // refusals are what is looked for
	}
	nc, err := nats.Connect(n.URL, append(append(options, n.TLS...), login.Options...)...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, reachLimit)
	defer cancel()
	if err := nc.FlushWithContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return nc, nil
}

// anonymous tries without credentials: it tells whether the server is there,
// and nobody should get in.
func (n NATS) anonymous(ctx context.Context, l *list) (up bool) {
	nc, err := n.connect(ctx, Login{Role: "nobody"})
	where := address(n.URL)
	switch {
	case err == nil:
		defer nc.Close()
		l.ok("reachable", "%s answers, version %s", where, nc.ConnectedServerVersion())
		if len(n.Logins) == 0 {
			l.fail("sign-in", "give each role a user of its own, as docker-compose.yml does", "anybody gets in without a password")
		} else {
			l.fail("sign-in", "remove no_auth_user, or set authorization for all", "anybody gets in without a password, beside the users that were given")
		}
		return true
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		l.ok("reachable", "%s answers", where)
		l.ok("sign-in", "nobody gets in without a password")
		return true
	case n.Default:
		l.skip("reachable", "set --nats-url (RECADO_NATS_URL), and run this where NATS can be reached", "nothing answers at %s, the default", where)
		return false
	}
	l.fail("reachable", "start it, correct --nats-url, or open the network; a server with TLS of its own needs --nats-ca", "%s does not answer: %s", where, reason(err))
	return false
}

// reason is an error without the addresses of others and without secrets.
func reason(err error) string {
	var dns interface{ Timeout() bool }
	if errors.As(err, &dns) && dns.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	if errors.Is(err, nats.ErrAuthorization) {
		return "user or password is wrong"
	}
	if errors.Is(err, nats.ErrNoServers) {
		return "no server answers"
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// address is the list of servers without passwords.
func address(list string) string {
	var all []string
	for one := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" {
			all = append(all, "the configured address")
			continue
		}
		all = append(all, u.Redacted())
	}
	return strings.Join(all, ", ")
}

// jetStream looks at what lies on the server, as login sees it.
func (n NATS) jetStream(ctx context.Context, l *list, nc *nats.Conn, login Login) {
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(reachLimit))
	if err != nil {
		l.fail("JetStream", "", "%v", err)
		return
	}
	p := prober{nc}
	n.account(ctx, l, js, p)
	report, err := bus.Inspect(ctx, js, n.Layout, p.mayAsk)
	if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) {
		l.fail("JetStream", "add jetstream { store_dir: ... } to the server's configuration", "it is off")
		return
	}
	if err != nil {
		l.fail("streams", "look at the server's log; in a cluster, see that a majority is up", "%s", reason(err))
	}
	unseen, good := 0, 0
	for _, c := range report {
		what := c.Kind + " " + c.Name
		switch c.Action {
		case bus.ActionMissing:
			l.fail(what, "run recado streams", "it is missing")
		case bus.ActionDiffers:
			l.warn(what, "run recado streams, with the replicas that you want", "it is not as this version wants it: %s", strings.Join(c.Fields, ", "))
		case bus.ActionUnseen:
			unseen++
		default:
			good++
		}
	}
	if good > 0 {
		l.ok("streams", "%d streams, buckets and consumers are as this version wants them", good)
	}
	if unseen > 0 {
		l.skip("streams", "give the admin's password (NATS_ADMIN_PASSWORD) to see them all", "%d of them are not for %s's eyes", unseen, name(login.Role))
	}
	n.clockAndReplicas(ctx, l, js, p)
}

func (n NATS) account(ctx context.Context, l *list, js jetstream.JetStream, p prober) {
	if !p.mayAsk("$JS.API.INFO") {
		l.skip("storage limit", "give the admin's password (NATS_ADMIN_PASSWORD)", "no role that is given may ask for it")
		return
	}
	info, err := js.AccountInfo(ctx)
	if err != nil {
		l.fail("JetStream", "add jetstream { store_dir: ... } to the server's configuration", "%s", reason(err))
		return
	}
	l.ok("JetStream", "it is on")
	if limit := info.Limits.MaxStore; limit > 0 {
		usage(l, "storage limit", info.Store, uint64(limit))
	}
}

// usage tells how full something is.
func usage(l *list, what string, used, limit uint64) {
	share := float64(used) / float64(limit)
	found := fmt.Sprintf("%s of %s are used (%.0f%%)", size(used), size(limit), share*100)
	switch {
	case share > .95:
		l.fail(what, "give it more room now: when it is full no message can be taken in", "%s", found)
	case share > .8:
		l.warn(what, "give it more room soon: when it is full no message can be taken in", "%s", found)
	default:
		l.ok(what, "%s", found)
	}
}

func size(n uint64) string {
	const unit = 1 << 10
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, names := float64(n)/unit, "KMGTP"
	i := 0
	for value >= unit && i < len(names)-1 {
		value /= unit
		i++
	}
	return fmt.Sprintf("%.1f %ciB", value, names[i])
}

// clockAndReplicas looks at the streams that may be seen.
func (n NATS) clockAndReplicas(ctx context.Context, l *list, js jetstream.JetStream, p prober) {
	copies := map[int]int{} // streams by their number of replicas
	clock := false
	for _, id := range bus.Names() {
		if !p.mayAsk("$JS.API.STREAM.INFO." + id) {
			continue
		}
		before := time.Now()
		stream, err := js.Stream(ctx, id)
		if err != nil {
			continue // told above
		}
		took := time.Since(before)
		info := stream.CachedInfo()
		if !clock && !info.TimeStamp.IsZero() {
			clock = true
			difference(l, "clock", "NATS", info.TimeStamp.Sub(before.Add(took/2)), took)
		}
		copies[max(info.Config.Replicas, 1)]++
		if limit := info.Config.MaxBytes; limit > 0 {
			usage(l, "stream "+id, info.State.Bytes, uint64(limit))
		}
		if info.Cluster == nil {
			continue
		}
		for _, peer := range info.Cluster.Replicas {
			switch {
			case peer.Offline:
				l.fail("replica of "+id, "start that server: one more loss and nothing can be stored", "server %s is away", peer.Name)
			case !peer.Current:
				l.warn("replica of "+id, "wait, and look at the network between the servers if it stays so", "server %s lags %d operations behind", peer.Name, peer.Lag)
			}
		}
		if info.Cluster.Leader == "" {
			l.fail("leader of "+id, "start servers until there is a majority", "there is none: nothing can be stored")
		}
	}
	switch {
	case len(copies) == 0:
	case len(copies) > 1:
		l.warn("replicas", "run recado streams --replicas with one number", "streams have different numbers of copies: %v", copies)
	case copies[1] > 0:
		l.warn("replicas", "with three servers in separate places run recado streams --replicas 3; with one server keep backups", "each message is on one server only")
	default:
		for replicas := range copies {
			l.ok("replicas", "each message is on %d servers", replicas)
		}
	}
}

// difference judges a clock that is off by d, measured within slack.
func difference(l *list, check, whose string, d, slack time.Duration) {
	found := fmt.Sprintf("%s's clock and this host's differ by %s (measured within %s)", whose, d.Abs().Round(time.Millisecond), slack.Round(time.Millisecond))
	switch {
	case d.Abs() > 30*time.Second+slack:
		l.fail(check, "set both by NTP: opening hours, links and sign-in codes go by the clock", "%s", found)
	case d.Abs() > time.Second+slack:
		l.warn(check, "set both by NTP", "%s", found)
	default:
		l.ok(check, "%s", found)
	}
}
