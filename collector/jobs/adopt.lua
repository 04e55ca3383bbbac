-- Notes files of the archive in Redis where nothing is noted of them, and marks their days, all or nothing.
-- KEYS  1 job lease, 2 dense hash, 3 archive hash, 4 hash of marked days, 5 set of open days,
--       then the daily hash of each day of `drops`
-- ARGV  1 msgpack map: token, version, now, files (name, value, ..), days (to mark), drops ({day, field, value, ..})
-- Reply {"ok"} | {"lost"} | {"changed"}: files are noted meanwhile, nothing was done
-- Safe to run twice: the second time files are noted.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('GET', KEYS[1]) ~= a.token then return {'lost'} end
if redis.call('HLEN', KEYS[3]) > 0 then return {'changed'} end
redis.call('SCARD', KEYS[5]) -- of a wrong type: fails here, before anything is written
redis.call('HLEN', KEYS[4])
for d = 1, #a.drops do redis.call('HLEN', KEYS[5 + d]) end
redis.call('HSET', KEYS[2], 'version', a.version)
for i = 1, #a.files, 2 do redis.call('HSET', KEYS[3], a.files[i], a.files[i + 1]) end
for i = 1, #a.days do redis.call('HSETNX', KEYS[4], a.days[i], a.now) end
for d = 1, #a.drops do
  local day = a.drops[d]
  for i = 2, #day, 2 do redis.call('HSETNX', KEYS[5 + d], day[i], day[i + 1]) end
  redis.call('SADD', KEYS[5], day[1])
end
return {'ok'}
