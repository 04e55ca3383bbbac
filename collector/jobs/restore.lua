-- Appends exported events of one day to its raw list, and what was not counted on it to its rollups, all or nothing.
-- KEYS  1 job lease, 2 hash of marked days, 3 set of open days, 4 daily hash, 5 raw list
-- ARGV  1 msgpack map: token, day, list (number of the raw list), list_bytes, block ("" for none), count (of events),
--       now, dropped (field of the daily hash, events to add, ..)
-- Reply {"ok"} | {"lost"} | {"changed"}: another list is being written by now, nothing was done
-- Not safe to run twice: who asks compares with what is there first, under the lease.
-- Every check comes before the first write, since a script does not roll back.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('GET', KEYS[1]) ~= a.token then return {'lost'} end
redis.call('HLEN', KEYS[2]) -- of a wrong type: fails here, before anything is written
redis.call('SCARD', KEYS[3])
local found = redis.call('HMGET', KEYS[4], 'revision', 'raw')
local e = found[2] and cmsgpack.unpack(found[2]) or {0, 0, 0}
if e[1] ~= a.list then return {'changed'} end
if a.block ~= '' then
  redis.call('RPUSH', KEYS[5], a.block)
  e[2], e[3] = e[2] + #a.block, e[3] + a.count
  if e[2] > a.list_bytes then e[1], e[2] = e[1] + 1, 0 end
end
for i = 1, #a.dropped, 2 do
  local stored = redis.call('HGET', KEYS[4], a.dropped[i])
  local row = stored and cmsgpack.unpack(stored) or {}
  redis.call('HSET', KEYS[4], a.dropped[i], cmsgpack.pack({row[1] or 0, (row[2] or 0) + a.dropped[i + 1]}))
end
local revision = string.format('%.0f', found[1] and tonumber(found[1]) + 1 or a.now)
redis.call('HSET', KEYS[4], 'revision', revision, 'raw', cmsgpack.pack(e))
redis.call('SADD', KEYS[3], a.day)
redis.call('HSET', KEYS[2], a.day, string.format('%.0f', a.now))
return {'ok'}
