package quota

import "github.com/redis/go-redis/v9"

// The scripts get KEYS of one endpoint, with one hash tag:
//
//	1 requests  the virtual time up to which requests are booked, in µs
//	2 tokens    the same of tokens
//	3 flight    requests in flight, scored by when they are given up, in ms
//	4 rest      set while nobody may ask
//	5 peers     processes, scored by when they are forgotten, in ms
//
// Time is the server's, so clocks of processes do not matter.

// take: ARGV id, peer, wait at most (µs), interval of a request (µs), burst of
// requests, interval of a token (µs), tokens, burst of tokens, most in flight,
// life of a request in flight (ms). 0 as an interval or as most is no limit.
// Returns {status, wait (µs), peers}: 1 booked, to be sent after the wait;
// 2 too many in flight; 3 no room before the wait is over; 4 it rests.
var take = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local ms = math.floor(now / 1000)
redis.call('ZADD', KEYS[5], ms + 30000, ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', ms)
redis.call('PEXPIRE', KEYS[5], 60000)
local peers = redis.call('ZCARD', KEYS[5])
local rest = redis.call('PTTL', KEYS[4])
if rest > 0 then
  return {4, rest * 1000, peers}
end
local most = tonumber(ARGV[9])
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ms)
  if redis.call('ZCARD', KEYS[3]) >= most then
    return {2, 0, peers}
  end
end
local function book(key, interval, n, burst)
  local after = math.max(tonumber(redis.call('GET', key) or '0'), now) + n * interval
  return after, after - math.max(burst, n) * interval - now
end
local wait, requests, tokens = 0, 0, 0
local w
if tonumber(ARGV[4]) > 0 then
  requests, w = book(KEYS[1], tonumber(ARGV[4]), 1, tonumber(ARGV[5]))
  wait = math.max(wait, w)
end
if tonumber(ARGV[6]) > 0 then
  tokens, w = book(KEYS[2], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]))
  wait = math.max(wait, w)
end
wait = math.ceil(wait)
if wait > tonumber(ARGV[3]) then
  return {3, wait, peers}
end
local function keep(key, value)
  if value > 0 then
    redis.call('SET', key, string.format('%.3f', value), 'PX', math.ceil((value - now) / 1000) + 1000)
  end
end
keep(KEYS[1], requests)
keep(KEYS[2], tokens)
if most > 0 then
  local life = math.ceil(wait / 1000) + ARGV[10]
  redis.call('ZADD', KEYS[3], ms + life, ARGV[1])
  redis.call('PEXPIRE', KEYS[3], life + 60000)
end
return {1, wait, peers}
`)

// done: ARGV id, tokens to give back times the interval (µs), a request's
// interval if it was never sent, else 0. What was used beyond the booking is
// negative.
var done = redis.NewScript(`
redis.call('ZREM', KEYS[3], ARGV[1])
local function back(key, by)
  local at = redis.call('GET', key)
  if at and by ~= 0 then
    redis.call('SET', key, string.format('%.3f', at - by), 'KEEPTTL')
  end
end
back(KEYS[1], tonumber(ARGV[3]))
back(KEYS[2], tonumber(ARGV[2]))
return 1
`)

// rest: ARGV how long (ms). The longest wins.
var rest = redis.NewScript(`
if redis.call('PTTL', KEYS[4]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[4], '1', 'PX', ARGV[1])
end
return 1
`)
