-- Puts rebuilt days of one shard in place, all or nothing.
-- KEYS  1 job lease, 2 dense hash, 3 set of open days, 4 state hash, 5 hash of marked days, then the daily hash of every
--       day that was looked at, then per rebuilt day: daily hash, its shadow, unique HyperLogLog, its shadow
-- ARGV  1 msgpack map: token, days (those that are rebuilt: 2026-11-24), revisions (as looked at, "" for none), whole
--       (per rebuilt day: is there a shadow hash, a shadow HyperLogLog), states (field, value, ..), done (day to unmark,
--       its mark as looked at, ..)
-- Reply {"ok"} | {"lost"}: the lease is somebody else's | {"changed"}: some day was written to meanwhile, nothing was done
-- Safe to run twice: the second time the revisions differ.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('GET', KEYS[1]) ~= a.token then return {'lost'} end
for i = 2, 4 do -- keys of a wrong type: fails here, before anything is written
  redis.call(i == 3 and 'SCARD' or 'HLEN', KEYS[i])
end
for i = 1, #a.revisions do
  local now = redis.pcall('HGET', KEYS[5 + i], 'revision')
  if type(now) == 'table' then now = '' end
  if (now or '') ~= a.revisions[i] then return {'changed'} end
end
local at = 5 + #a.revisions
for d = 1, #a.whole do -- a shadow that has expired meanwhile: nothing may be written yet
  for s = 1, 2 do
    if a.whole[d][s] and redis.call('EXISTS', KEYS[at + 4 * d + 2 * s - 4]) == 0 then return {'changed'} end
  end
end
redis.call('HSETNX', KEYS[2], 'version', a.seed)
redis.call('HINCRBY', KEYS[2], 'version', 1)
for i = 1, #a.states, 7000 do
  redis.call('HSET', KEYS[4], unpack(a.states, i, math.min(i + 6999, #a.states)))
end
for d = 1, #a.whole do
  local daily, shadow, unique, visitors = KEYS[at + 1], KEYS[at + 2], KEYS[at + 3], KEYS[at + 4]
  if a.whole[d][1] then redis.call('RENAME', shadow, daily); redis.call('PERSIST', daily)
  else redis.call('DEL', daily) end
  redis.call(a.whole[d][1] and 'SADD' or 'SREM', KEYS[3], a.days[d])
  redis.call('HDEL', KEYS[2], a.days[d]) -- the hash holds the whole day now
  if a.whole[d][2] then redis.call('RENAME', visitors, unique); redis.call('PERSIST', unique)
  else redis.call('DEL', unique) end
  at = at + 4
end
for i = 1, #a.done, 2 do -- a hash of a wrong type has no revision: only its mark tells that more was written to raw
  if redis.pcall('HGET', KEYS[5], a.done[i]) == a.done[i + 1] then redis.call('HDEL', KEYS[5], a.done[i]) end
end
return {'ok'}
