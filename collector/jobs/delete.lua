-- Takes events out of a shard: raw lists of days give way to rewritten ones, files of the archive to others, all or nothing.
-- The days are marked, and the events they are noted to have become fewer, so that the rebuild of marked days, whoever
-- does it, makes their rollups again from what is left.
-- KEYS  1 job lease, 2 dense hash, 3 archive hash, 4 set of open days, 5 hash of marked days, 6 state hash, 7 live sorted
--       set, then per day: daily hash, the list that must not exist behind the old ones, the old raw lists, the names of
--       the new ones, their shadows
-- ARGV  1 msgpack map: token, now, days of {day, revision (as looked at, "" for none), lengths (of the old lists), new
--       (number of new lists, -1: the old ones stay), size (bytes in the last new list), gone (events)}, add (file, value,
--       ..), drop (files), raw (value of the dense hash's field), states (fields to drop), live (members to drop)
-- Reply {"ok"} | {"lost"} | {"changed"}: a day was written to meanwhile, nothing was done
-- Safe to run twice: the second time the revisions differ.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('GET', KEYS[1]) ~= a.token then return {'lost'} end
redis.call('SCARD', KEYS[4]) -- of a wrong type: fails here, before anything is written
redis.call('HLEN', KEYS[5])
redis.call('HLEN', KEYS[6])
local found, at = {}, 7
for d = 1, #a.days do
  local day = a.days[d]
  local old, new = #day.lengths, math.max(day.new, 0)
  found[d] = redis.pcall('HMGET', KEYS[at + 1], 'revision', 'raw')
  if (found[d].err and '' or found[d][1] or '') ~= day.revision then return {'changed'} end
  if redis.call('EXISTS', KEYS[at + 2]) == 1 then return {'changed'} end
  for i = 1, old do
    if redis.call('LLEN', KEYS[at + 2 + i]) ~= day.lengths[i] then return {'changed'} end
  end
  for i = 1, new do -- a shadow that has expired meanwhile
    if redis.call('EXISTS', KEYS[at + 2 + old + new + i]) == 0 then return {'changed'} end
  end
  at = at + 2 + old + 2 * new
end

redis.call('HSETNX', KEYS[2], 'version', a.seed)
redis.call('HINCRBY', KEYS[2], 'version', 1)
redis.call('HSET', KEYS[2], 'raw', a.raw)
for i = 1, #a.add, 2 do redis.call('HSET', KEYS[3], a.add[i], a.add[i + 1]) end
for i = 1, #a.drop do redis.call('HDEL', KEYS[3], a.drop[i]) end
at = 7
for d = 1, #a.days do
  local day = a.days[d]
  local old, new = #day.lengths, math.max(day.new, 0)
  if day.new >= 0 then
    for i = 1, old do redis.call('UNLINK', KEYS[at + 2 + i]) end
    for i = 1, new do
      redis.call('RENAME', KEYS[at + 2 + old + new + i], KEYS[at + 2 + old + i])
      redis.call('PERSIST', KEYS[at + 2 + old + i])
    end
  end
  if not found[d].err then
    local e = found[d][2] and cmsgpack.unpack(found[d][2]) or {0, 0, 0}
    if day.new >= 0 then e[1], e[2] = math.max(new - 1, 0), day.size end
    local revision = found[d][1] and tonumber(found[d][1]) + 1 or a.now
    redis.call('HSET', KEYS[at + 1], 'revision', string.format('%.0f', revision),
      'raw', cmsgpack.pack({e[1], e[2], e[3] - day.gone}))
    redis.call('SADD', KEYS[4], day.day)
  end
  redis.call('HSET', KEYS[5], day.day, string.format('%.0f', a.now))
  at = at + 2 + old + 2 * new
end
for i = 1, #a.states, 7000 do redis.call('HDEL', KEYS[6], unpack(a.states, i, math.min(i + 6999, #a.states))) end
for i = 1, #a.live, 7000 do redis.call('ZREM', KEYS[7], unpack(a.live, i, math.min(i + 6999, #a.live))) end
return {'ok'}
