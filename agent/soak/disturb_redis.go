package soak

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recado/agent/soak/fault"
)

// redisSlow is longer than a worker waits for Redis.
const redisSlow = 450 * time.Millisecond

// wipeEvery is less than a turn takes that a language model is asked about.
const wipeEvery = 150 * time.Millisecond

// breakRedis breaks the Redis in use.
func (w *world) breakRedis(ctx context.Context, f fault.Fault) (string, repair, error) {
	server, client := w.redisInUse()
	set := func(ctx context.Context, name, value string) error { return client.ConfigSet(ctx, name, value).Err() }
	nothing := func(context.Context) error { return nil }
	switch f.Kind {
	case fault.RedisKill:
		return kill(server)
	case fault.RedisStop:
		return pause(server)
	case fault.RedisWipe:
		// Again and again, so that turns under way lose their lease.
		wipes, end := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() {
			var err error
			for err == nil && wipes.Err() == nil {
				err = client.FlushAll(context.WithoutCancel(wipes)).Err()
				sleep(wipes, wipeEvery)
			}
			done <- err
		}()
		return server.name, func(context.Context) error { end(); return <-done }, nil
	case fault.RedisSlow:
		delay := func(d time.Duration) {
			for _, c := range w.children() {
				if c.redis != nil {
					c.redis.Delay(d)
				}
			}
		}
		delay(redisSlow)
		return server.name, func(context.Context) error { delay(0); return nil }, nil
	case fault.RedisReadOnly:
		// A replica of a master that is not there keeps its data and refuses
		// writes.
		return server.name, func(ctx context.Context) error { return client.ReplicaOf(ctx, "NO", "ONE").Err() },
			client.ReplicaOf(ctx, "127.0.0.1", "1").Err()
	case fault.RedisMemory:
		return server.name, func(ctx context.Context) error { return set(ctx, "maxmemory", "0") },
			errors.Join(set(ctx, "maxmemory-policy", "noeviction"), set(ctx, "maxmemory", "1"))
	case fault.Failover:
		return w.failover(ctx)
	}
	return "", nothing, fmt.Errorf("no way to make %s", f.Kind)
}

// redisInUse is the Redis that everybody talks to.
func (w *world) redisInUse() (*child, *redis.Client) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cache[0], w.redis[0]
}

// failover kills the Redis in use and makes its replica the one in use, as an
// operator does by hand; the killed one comes back as the new one's replica.
func (w *world) failover(ctx context.Context) (string, repair, error) {
	w.mu.Lock()
	old, next, promoted := w.cache[0], w.cache[1], w.redis[1]
	w.mu.Unlock()
	err := old.kill()
	return old.name + ", then " + next.name, func(ctx context.Context) error {
		err := promoted.ReplicaOf(ctx, "NO", "ONE").Err()
		for _, c := range w.children() {
			if c.redis != nil {
				c.redis.Redirect(promoted.Options().Addr)
			}
		}
		w.mu.Lock()
		w.cache[0], w.cache[1], w.redis[0], w.redis[1] = next, old, promoted, w.redis[0]
		w.mu.Unlock()
		// Both stay what they are now when they are started again.
		next.setArgs(master(next.args))
		old.setArgs(replicaOf(old.args, promoted.Options().Addr))
		return errors.Join(err, old.start())
	}, err
}

// master are a redis-server's arguments without a master of its own.
func master(args []string) []string {
	args = slices.Clone(args)
	if i := slices.Index(args, "--replicaof"); i >= 0 {
		args = slices.Delete(args, i, i+2)
	}
	return args
}

// replicaOf are a redis-server's arguments with this master.
func replicaOf(args []string, address string) []string {
	return append(master(args), "--replicaof", strings.Replace(address, ":", " ", 1))
}
