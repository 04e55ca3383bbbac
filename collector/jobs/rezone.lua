-- Puts a shard's events in place by the days of another zone, all or nothing. Rollups go: every new day is marked, so that
-- the rebuild of marked days, whoever does it, makes them from the events.
-- KEYS  1 job lease, 2 dense hash, 3 archive hash, 4 set of open days, 5 hash of marked days, 6 state hash, then per day as
--       it was: daily hash, the list that must not exist behind its raw lists, its raw lists; then the HyperLogLogs as they
--       were; then per new list: its name, its shadow; then per new daily hash: its name
-- ARGV  1 msgpack map: token, now, zone, opened (number of open days), looked (per day as it was: revision, "" for none, and
--       lengths of its lists), uniques (number of HyperLogLogs), lists (number of new lists), days (per new hash: day, field,
--       value, ..), add (file, value, ..), marked (days), states (fields to drop), raw (value of the dense hash's field)
-- Reply {"ok"} | {"lost"} | {"changed"}: a day was written to meanwhile, nothing was done
-- Safe to run twice: the second time the shadows are gone.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('GET', KEYS[1]) ~= a.token then return {'lost'} end
redis.call('HLEN', KEYS[2]) -- of a wrong type: fails here, before anything is written
redis.call('HLEN', KEYS[3])
redis.call('HLEN', KEYS[5])
redis.call('HLEN', KEYS[6])
if redis.call('SCARD', KEYS[4]) ~= a.opened then return {'changed'} end
local at = 6
for d = 1, #a.looked do
  local revision, lengths = a.looked[d][1], a.looked[d][2]
  if (redis.call('HGET', KEYS[at + 1], 'revision') or '') ~= revision then return {'changed'} end
  if redis.call('EXISTS', KEYS[at + 2]) == 1 then return {'changed'} end
  for i = 1, #lengths do
    if redis.call('LLEN', KEYS[at + 2 + i]) ~= lengths[i] then return {'changed'} end
  end
  at = at + 2 + #lengths
end
local uniques = at
local lists = uniques + a.uniques
for i = 1, a.lists do -- a shadow that has expired meanwhile
  if redis.call('EXISTS', KEYS[lists + 2 * i]) == 0 then return {'changed'} end
end
local hashes = lists + 2 * a.lists

local function chunked(command, key, list)
  for i = 1, #list, 7000 do redis.call(command, key, unpack(list, i, math.min(i + 6999, #list))) end
end
redis.call('HSETNX', KEYS[2], 'version', a.seed)
local version = redis.call('HINCRBY', KEYS[2], 'version', 1)
redis.call('UNLINK', KEYS[2])
redis.call('HSET', KEYS[2], 'version', string.format('%.0f', version), 'raw', a.raw)
redis.call('UNLINK', KEYS[3])
chunked('HSET', KEYS[3], a.add)
at = 6
for d = 1, #a.looked do
  redis.call('UNLINK', KEYS[at + 1])
  for i = 1, #a.looked[d][2] do redis.call('UNLINK', KEYS[at + 2 + i]) end
  at = at + 2 + #a.looked[d][2]
end
for i = 1, a.uniques do redis.call('UNLINK', KEYS[uniques + i]) end
redis.call('UNLINK', KEYS[4], KEYS[5])
for i = 1, a.lists do
  redis.call('RENAME', KEYS[lists + 2 * i], KEYS[lists + 2 * i - 1])
  redis.call('PERSIST', KEYS[lists + 2 * i - 1])
end
for d = 1, #a.days do
  redis.call('HSET', KEYS[hashes + d], unpack(a.days[d], 2))
  redis.call('SADD', KEYS[4], a.days[d][1])
end
local now = string.format('%.0f', a.now)
for i = 1, #a.marked do redis.call('HSET', KEYS[5], a.marked[i], now) end
chunked('HDEL', KEYS[6], a.states)
redis.call('HSET', KEYS[6], 'zone', a.zone)
return {'ok'}
