package embedded

import "github.com/redis/go-redis/v9"

// Every script gets KEYS[1], a clinic's holds (a hash: one field for each
// owner, so that nobody has two), and KEYS[2], since when Redis has them (a
// string, milliseconds). Both carry one hash tag. A hold is written as
//
//	<start> <end> <expires> <resource> <id>
//
// with start and end in minutes and expires in milliseconds of Unix time, by
// the caller's clock. The time to live of KEYS[1] only tidies up.

// hold: ARGV owner, now, time to live in ms, start, end, expires, resource, id,
// the part of id that names the slots. Returns the id that the owner holds the
// slots by, or nothing where somebody else holds any of their time.
var holdScript = redis.NewScript(`
local now = tonumber(ARGV[2])
redis.call('SET', KEYS[2], ARGV[2], 'NX')
local all = redis.call('HGETALL', KEYS[1])
local mine = false
for i = 1, #all, 2 do
  local first, last, expires, resource, id = string.match(all[i+1], '^(%d+) (%d+) (%d+) (%S+) (%S+)$')
  if tonumber(expires) <= now then
    redis.call('HDEL', KEYS[1], all[i])
  elseif all[i] == ARGV[1] then
    if string.sub(id, 1, #ARGV[9]) == ARGV[9] then
      mine = id
    end
  elseif resource == ARGV[7] and tonumber(first) < tonumber(ARGV[5]) and tonumber(ARGV[4]) < tonumber(last) then
    return false
  end
end
if mine then
  return mine
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4]..' '..ARGV[5]..' '..ARGV[6]..' '..ARGV[7]..' '..ARGV[8])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return ARGV[8]
`)

// claim: ARGV owner, now, time to live in ms, start, end, expires, resource,
// id, when the hold was given. Returns 1 where the owner holds id, 2 where
// somebody else holds any of its time, 0 where it was given back. A hold from
// before Redis was emptied is taken up again.
var claimScript = redis.NewScript(`
local now = tonumber(ARGV[2])
redis.call('SET', KEYS[2], ARGV[2], 'NX')
local own = redis.call('HGET', KEYS[1], ARGV[1])
if own and string.match(own, '(%S+)$') == ARGV[8] then
  return 1
end
if own or tonumber(ARGV[9]) >= tonumber(redis.call('GET', KEYS[2])) then
  return 0
end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local first, last, expires, resource = string.match(all[i+1], '^(%d+) (%d+) (%d+) (%S+) ')
  if tonumber(expires) > now and resource == ARGV[7] and tonumber(first) < tonumber(ARGV[5]) and tonumber(ARGV[4]) < tonumber(last) then
    return 2
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4]..' '..ARGV[5]..' '..ARGV[6]..' '..ARGV[7]..' '..ARGV[8])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`)

// drop: ARGV owner, id. Gives the owner's hold back; with an id only that one.
var dropScript = redis.NewScript(`
local own = redis.call('HGET', KEYS[1], ARGV[1])
if own and (ARGV[2] == '' or string.match(own, '(%S+)$') == ARGV[2]) then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0
`)

// held: ARGV now. Returns the holds that have not expired.
var heldScript = redis.NewScript(`
local now = tonumber(ARGV[1])
local live = {}
for _, hold in ipairs(redis.call('HVALS', KEYS[1])) do
  if tonumber(string.match(hold, '^%d+ %d+ (%d+) ')) > now then
    live[#live+1] = hold
  end
end
return live
`)
