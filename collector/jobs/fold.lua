-- Puts dense days in place of their daily hashes, all or nothing.
-- KEYS  1 job lease, 2 dense hash, 3 set of open days, 4 hash of marked days, then the daily hash of each day
-- ARGV  1 msgpack map: token, days (2026-11-24), revisions (as looked at), blobs, raw (value of the
--       dense hash's field: folded days that have raw lists)
-- Reply {"ok"} | {"lost"} | {"changed"}: some day was written to or marked meanwhile, or is folded; nothing was done
-- Safe to run twice: the second time the hashes are gone.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('GET', KEYS[1]) ~= a.token then return {'lost'} end
for d = 1, #a.days do
  if redis.call('HGET', KEYS[4 + d], 'revision') ~= a.revisions[d] then return {'changed'} end
  if redis.call('HEXISTS', KEYS[4], a.days[d]) == 1 then return {'changed'} end
  -- a hash beside what was folded holds only what came since: it must not take its place
  if redis.call('HEXISTS', KEYS[2], a.days[d]) == 1 then return {'changed'} end
  if redis.call('HEXISTS', KEYS[2], string.sub(a.days[d], 1, 7)) == 1 then return {'changed'} end
end
redis.call('HSETNX', KEYS[2], 'version', a.seed)
redis.call('HINCRBY', KEYS[2], 'version', 1)
redis.call('HSET', KEYS[2], 'raw', a.raw)
for d = 1, #a.days do
  redis.call('HSET', KEYS[2], a.days[d], a.blobs[d])
  redis.call('UNLINK', KEYS[4 + d])
  redis.call('SREM', KEYS[3], a.days[d])
end
return {'ok'}
