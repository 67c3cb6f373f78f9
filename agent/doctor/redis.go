package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisLogin is how one role signs in to Redis.
type RedisLogin struct {
	Role     string // "worker" or "console"
	User     string
	Password string
}

// Redis is what is looked at about Redis.
type Redis struct {
	Address string
	Default bool // nobody named Address: nothing there is no failure
	Logins  []RedisLogin
}

// The keys of each role, and one of them that is nobody's.
var redisKeys = map[string]struct{ own, foreign string }{
	"worker":  {"recado:{doctor}:probe", "recado-staff:{doctor}:probe"},
	"console": {"recado-staff:{doctor}:probe", "recado:{doctor}:probe"},
}

// oldest is the oldest version that works, as its first two numbers.
var oldest = [2]int{6, 2}

// Check looks at everything.
func (r Redis) Check(ctx context.Context) []Result {
	l := &list{part: "redis"}
	if err := dial(ctx, r.Address); err != nil {
		if r.Default {
			l.skip("reachable", "set --redis-address (RECADO_REDIS_ADDRESS), and run this where Redis can be reached", "nothing answers at %s, the default", r.Address)
		} else {
			l.fail("reachable", "start it, correct --redis-address, or open the network", "%s does not answer: %s", r.Address, reason(err))
		}
		return l.all
	}
	nobody := r.client(RedisLogin{})
	defer nobody.Close()
	err := nobody.Ping(ctx).Err()
	denied := refused(err)
	switch {
	case err == nil && len(r.Logins) > 0:
		l.fail("sign-in", "set \"user default off\" in its configuration", "%s lets anybody in without a password", r.Address)
	case err == nil:
		l.ok("reachable", "%s answers", r.Address)
		l.warn("sign-in", "give workers and consoles users of their own, as docker-compose.yml does", "anybody gets in without a password")
		r.look(ctx, l, nobody, "worker")
		return l.all
	case denied:
		l.ok("sign-in", "nobody gets in without a password")
		if len(r.Logins) == 0 {
			l.skip("version", "give the password of a role (REDIS_WORKER_PASSWORD, REDIS_CONSOLE_PASSWORD)", "no credentials are given")
		}
	default:
		l.fail("reachable", "see that this is Redis, and that it does not ask for TLS", "%s does not answer as Redis does: %s", r.Address, reason(err))
		return l.all
	}
	for _, login := range r.Logins {
		client := r.client(login)
		if err := client.Ping(ctx).Err(); err != nil {
			l.fail("credentials of "+login.Role, "correct its user and password, or Redis's", "user %s is not let in", login.User)
		} else {
			l.ok("credentials of "+login.Role, "user %s signs in", login.User)
			r.look(ctx, l, client, login.Role)
		}
		client.Close()
	}
	return l.all
}

func (r Redis) client(login RedisLogin) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: r.Address, Username: login.User, Password: login.Password, MaxRetries: -1,
		DialTimeout: reachLimit, ReadTimeout: reachLimit, WriteTimeout: reachLimit, ContextTimeoutEnabled: true,
	})
}

// dial looks whether somebody listens there.
func dial(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, reachLimit)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err == nil {
		err = conn.Close()
	}
	return err
}

// refused reports whether Redis was there and said no.
func refused(err error) bool {
	if err == nil {
		return false
	}
	text := err.Error()
	for _, start := range []string{"NOAUTH", "NOPERM", "WRONGPASS"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// look examines Redis as one role.
func (r Redis) look(ctx context.Context, l *list, c *redis.Client, role string) {
	version := r.version(ctx, l, c)
	keys := redisKeys[role]
	began := time.Now()
	err := c.Eval(ctx, `redis.call('HSET', KEYS[1], 'a', 'b') redis.call('PEXPIRE', KEYS[1], 1000) return redis.call('HGET', KEYS[1], 'a')`, []string{keys.own}).Err()
	took := time.Since(began)
	name := "permissions of " + role
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "READONLY"):
		l.fail(name, "name the primary with --redis-address", "this is a replica: nothing can be written")
	case err != nil && strings.HasPrefix(err.Error(), "OOM"):
		l.fail(name, "give it more memory: leases cannot be taken", "Redis is out of memory")
	case err != nil:
		l.fail(name, "compare its user with the one in docker-compose.yml", "it cannot run the scripts that it has to: %s", reason(err))
	default:
		l.ok(name, "it can read and write its own keys, in %s", took.Round(time.Microsecond))
	}
	if took > 100*time.Millisecond {
		l.warn("speed", "see that Redis is near and not starved: each turn asks it twice", "a script took %s", took.Round(time.Millisecond))
	}
	if err := c.Get(ctx, keys.foreign).Err(); err == nil || errors.Is(err, redis.Nil) {
		l.warn(name, "give its user its own keys alone: ~recado:* for workers, ~recado-staff:* for consoles", "it can read the other role's keys")
	}
	if err := c.ConfigGet(ctx, "maxmemory-policy").Err(); err == nil {
		r.policy(ctx, l, c)
	} else {
		l.skip("eviction policy", "see that Redis has maxmemory-policy noeviction", "user of %s may not ask for it, which is right", role)
	}
	r.clock(ctx, l, c, keys.own, version)
}

// version tells it; an old one lacks what scripts need.
func (r Redis) version(ctx context.Context, l *list, c *redis.Client) (major int) {
	answer, err := c.Do(ctx, "HELLO").Result()
	text := ""
	switch fields := answer.(type) {
	case map[any]any:
		text = fmt.Sprint(fields["version"])
	case []any:
		for i := 0; i+1 < len(fields); i += 2 {
			if fields[i] == "version" {
				text = fmt.Sprint(fields[i+1])
			}
		}
	}
	parts := strings.Split(text, ".")
	if err != nil || len(parts) < 2 {
		l.skip("version", "see that it is 6.2 or later", "Redis does not tell it")
		return 0
	}
	major, _ = strconv.Atoi(parts[0])
	minor, _ := strconv.Atoi(parts[1])
	if major < oldest[0] || major == oldest[0] && minor < oldest[1] {
		l.fail("version", "update Redis to 6.2 or later", "it is %s", text)
	} else {
		l.ok("version", "it is %s", text)
	}
	return major
}

func (r Redis) policy(ctx context.Context, l *list, c *redis.Client) {
	policy := c.ConfigGet(ctx, "maxmemory-policy").Val()["maxmemory-policy"]
	limit := c.ConfigGet(ctx, "maxmemory").Val()["maxmemory"]
	switch {
	case policy == "noeviction" || limit == "0" || limit == "":
		l.ok("eviction policy", "nothing is thrown away (%s)", policy)
	default:
		l.warn("eviction policy", "set maxmemory-policy noeviction", "under pressure Redis throws away leases and sessions (%s): turns are decided twice, though never committed twice", policy)
	}
}

// clock asks for the time; a user that may not is told by when a key of its
// own expires.
func (r Redis) clock(ctx context.Context, l *list, c *redis.Client, key string, major int) {
	began := time.Now()
	theirs, err := c.Time(ctx).Result()
	if err != nil && major >= 7 {
		const life = time.Second
		began = time.Now()
		var ms int64
		ms, err = c.Eval(ctx, `redis.call('SET', KEYS[1] .. ':clock', '', 'PX', ARGV[1]) return redis.call('PEXPIRETIME', KEYS[1] .. ':clock')`, []string{key}, life.Milliseconds()).Int64()
		theirs = time.UnixMilli(ms).Add(-life)
	}
	took := time.Since(began)
	if err != nil {
		l.skip("clock", "see that its host has the time by NTP", "Redis does not tell it to this user")
		return
	}
	difference(l, "clock", "Redis", theirs.Sub(began.Add(took/2)), took)
}
