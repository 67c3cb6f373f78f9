package session

import "github.com/redis/go-redis/v9"

// Keys, after the prefix in KEYS[1]:
//
//	session:<key>    hash: person, started, active (ms), sealed
//	person:<id>      set of the person's session keys
//	ends             sorted set of "<person>/<key>" by the time of the end (ms)
//	out              hash: people to be signed out -> mark
//	try:<name>       hash: n attempts, until (ms), at (ms)
//	once:<name>      is there when a ceremony was finished
//	known            is there unless everything was lost
//	seen:<name>      is there until it expires
//
// Times come from the caller, so that all decisions are by one clock; a time
// to live in Redis only tidies up.

// finish ends one session, and marks the person when none is left.
const finish = `
local p = KEYS[1]
local function finish(person, key, mark)
  redis.call('DEL', p .. 'session:' .. key)
  redis.call('ZREM', p .. 'ends', person .. '/' .. key)
  if redis.call('SREM', p .. 'person:' .. person, key) == 1 and redis.call('SCARD', p .. 'person:' .. person) == 0 then
    redis.call('HSET', p .. 'out', person, mark)
  end
end
local function ends(started, active, idle, absolute)
  return math.min(active + idle, started + absolute)
end
`

// start: ARGV key, person, started, active, sealed, idle, absolute, TTL.
var start = redis.NewScript(finish + `
redis.call('HSET', p .. 'session:' .. ARGV[1], 'person', ARGV[2], 'started', ARGV[3], 'active', ARGV[4], 'sealed', ARGV[5])
redis.call('PEXPIRE', p .. 'session:' .. ARGV[1], ARGV[8])
redis.call('SADD', p .. 'person:' .. ARGV[2], ARGV[1])
redis.call('ZADD', p .. 'ends', string.format('%.0f', ends(tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[6]), tonumber(ARGV[7]))), ARGV[2] .. '/' .. ARGV[1])
redis.call('HDEL', p .. 'out', ARGV[2])
return 1
`)

// touch: ARGV key, now, act, idle, absolute, mark. Returns {} or {person,
// started, active, sealed}.
var touch = redis.NewScript(finish + `
local s = redis.call('HMGET', p .. 'session:' .. ARGV[1], 'person', 'started', 'active', 'sealed')
if not s[1] then
  return {}
end
local now, started, active, idle, absolute = tonumber(ARGV[2]), tonumber(s[2]), tonumber(s[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if now >= ends(started, active, idle, absolute) then
  finish(s[1], ARGV[1], ARGV[6])
  return {}
end
if ARGV[3] == '1' and now > active then
  redis.call('HSET', p .. 'session:' .. ARGV[1], 'active', ARGV[2])
  redis.call('ZADD', p .. 'ends', string.format('%.0f', ends(started, now, idle, absolute)), s[1] .. '/' .. ARGV[1])
  s[3] = ARGV[2]
end
return s
`)

// replace: ARGV key, old, sealed.
var replace = redis.NewScript(`
local k = KEYS[1] .. 'session:' .. ARGV[1]
if redis.call('HGET', k, 'sealed') ~= ARGV[2] then
  return 0
end
redis.call('HSET', k, 'sealed', ARGV[3])
return 1
`)

// ofPerson: ARGV person, now, idle, absolute. Returns a list of {key, started,
// active, sealed}.
var ofPerson = redis.NewScript(finish + `
local all = {}
for _, key in ipairs(redis.call('SMEMBERS', p .. 'person:' .. ARGV[1])) do
  local s = redis.call('HMGET', p .. 'session:' .. key, 'started', 'active', 'sealed')
  if s[1] and tonumber(ARGV[2]) < ends(tonumber(s[1]), tonumber(s[2]), tonumber(ARGV[3]), tonumber(ARGV[4])) then
    all[#all + 1] = {key, s[1], s[2], s[3]}
  end
end
return all
`)

// end: ARGV person, mark, then keys; none for all.
var end = redis.NewScript(finish + `
local keys = redis.call('SMEMBERS', p .. 'person:' .. ARGV[1])
if #ARGV > 2 then
  keys = {}
  for i = 3, #ARGV do
    keys[#keys + 1] = ARGV[i]
  end
end
for _, key in ipairs(keys) do
  if redis.call('SISMEMBER', p .. 'person:' .. ARGV[1], key) == 1 then
    finish(ARGV[1], key, ARGV[2])
  end
end
return 1
`)

// signedOut: ARGV now, mark, how many sessions to end at most. Returns how
// many it ended and a flat list of people and marks.
var signedOut = redis.NewScript(finish + `
local over = redis.call('ZRANGEBYSCORE', p .. 'ends', '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, member in ipairs(over) do
  local at = string.find(member, '/', 1, true)
  finish(string.sub(member, 1, at - 1), string.sub(member, at + 1), ARGV[2])
end
return {#over, redis.call('HGETALL', p .. 'out')}
`)

// told: ARGV person, mark.
var told = redis.NewScript(`
if redis.call('HGET', KEYS[1] .. 'out', ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1] .. 'out', ARGV[1])
end
return 1
`)

// wait: ARGV person, mark.
var wait = redis.NewScript(`
if redis.call('SCARD', KEYS[1] .. 'person:' .. ARGV[1]) == 0 then
  redis.call('HSETNX', KEYS[1] .. 'out', ARGV[1], ARGV[2])
end
return 1
`)

// attempt: ARGV now, then for each name: name, free, first, most, forget (ms).
// Returns how long to wait in ms, and counts only when that is 0.
var attempt = redis.NewScript(`
local now, longest = tonumber(ARGV[1]), 0
for i = 2, #ARGV, 5 do
  local until_ = tonumber(redis.call('HGET', KEYS[1] .. 'try:' .. ARGV[i], 'until') or '0')
  longest = math.max(longest, until_ - now)
end
if longest > 0 then
  return longest
end
for i = 2, #ARGV, 5 do
  local k = KEYS[1] .. 'try:' .. ARGV[i]
  local free, first, most, forget = tonumber(ARGV[i+1]), tonumber(ARGV[i+2]), tonumber(ARGV[i+3]), tonumber(ARGV[i+4])
  local s = redis.call('HMGET', k, 'n', 'at')
  local n = 1
  if s[1] and now - tonumber(s[2]) < forget then
    n = tonumber(s[1]) + 1
  end
  local wait = 0
  if n > free then
    wait = math.min(most, first * 2 ^ math.min(n - free - 1, 40))
  end
  redis.call('HSET', k, 'n', n, 'at', ARGV[1], 'until', string.format('%.0f', now + wait))
  redis.call('PEXPIRE', k, ARGV[i+4])
end
return 0
`)

// forgive: ARGV name.
var forgive = redis.NewScript(`
local k = KEYS[1] .. 'try:' .. ARGV[1]
local n = tonumber(redis.call('HGET', k, 'n') or '0')
if n > 0 then
  redis.call('HSET', k, 'n', n - 1, 'until', 0)
end
return 1
`)
