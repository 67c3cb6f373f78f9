package session

import "github.com/redis/go-redis/v9"

// Every script gets KEYS[1], the lease (a string: the owner's token), and
// KEYS[2], the state (a hash). Both carry one hash tag, so they live on one
// node of a cluster. Fields of the state:
//
//	session   agent.Session as JSON, without its tail
//	tail      the tail, sealed
//	cursor    input-stream sequence up to which events are settled
//	turn      sequence of the turn record that the state is of
//	open      1 while a worker holds the lease or died with it
//	by        the token of whoever opened it last, also when the lease ran out
//	dirty     1 when more arrived while the lease was held
//	attempts  failures in a row
//
// Sequences are compared as numbers; Lua's are exact up to 2^53.

// acquire: ARGV token, lease TTL in ms, state TTL in ms, event sequence.
// Returns {status} or {3, cached, open, attempts, cursor, turn, session, tail}.
var acquire = redis.NewScript(`
local s = redis.call('HMGET', KEYS[2], 'cursor', 'turn', 'open', 'attempts', 'session', 'tail')
if s[1] and tonumber(ARGV[4]) <= tonumber(s[1]) then
  return {1}
end
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  redis.call('HSET', KEYS[2], 'dirty', '1')
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
  return {2}
end
local open = 0
local attempts = tonumber(s[4] or '0')
if s[3] == '1' and not owner then
  open = 1
  attempts = redis.call('HINCRBY', KEYS[2], 'attempts', 1)
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('HSET', KEYS[2], 'open', '1', 'dirty', '0', 'by', ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return {3, s[2] and 1 or 0, open, attempts, s[1] or '0', s[2] or '0', s[5] or '', s[6] or ''}
`)

// save: ARGV token, lease TTL, state TTL, cursor, turn, session, tail.
// Returns 1 released, 2 dirty, 3 lost.
var save = redis.NewScript(`
local turn = redis.call('HGET', KEYS[2], 'turn')
if not turn or tonumber(ARGV[5]) > tonumber(turn) then
  redis.call('HSET', KEYS[2], 'cursor', ARGV[4], 'turn', ARGV[5], 'session', ARGV[6], 'tail', ARGV[7], 'attempts', '0')
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  if redis.call('HGET', KEYS[2], 'by') == ARGV[1] then
    redis.call('HSET', KEYS[2], 'open', '0')
  end
  return 3
end
if redis.call('HGET', KEYS[2], 'dirty') == '1' then
  redis.call('HSET', KEYS[2], 'dirty', '0')
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 2
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'open', '0')
return 1
`)

// renew: ARGV token, lease TTL. Returns 1 when the lease is the caller's.
var renew = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`)

// release: ARGV token, state TTL, 1 to count an attempt. A lease that ran out
// is given back as well while nobody has taken it since.
var release = redis.NewScript(`
local s = redis.call('HMGET', KEYS[2], 'by', 'open')
if s[1] ~= ARGV[1] or s[2] ~= '1' then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'open', '0')
if ARGV[3] == '1' then
  redis.call('HINCRBY', KEYS[2], 'attempts', 1)
end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
`)
