-- Closes a month (its dense days become one dense month) or opens it again, all or nothing.
-- KEYS  1 job lease, 2 dense hash, 3 archive hash, then per HyperLogLog: its key, a shadow key
-- ARGV  1 msgpack map: token, put (field of the dense hash, blob, ..), drop (fields), add (file, value, ..),
--       remove (files), uniques (per HyperLogLog: its bytes, or "" to drop it)
-- Reply {"ok"} | {"lost"}
-- Safe to run twice: it sets and drops the same again; HyperLogLogs are merged.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('GET', KEYS[1]) ~= a.token then return {'lost'} end
redis.call('HSETNX', KEYS[2], 'version', a.seed)
redis.call('HINCRBY', KEYS[2], 'version', 1)
for i = 1, #a.put, 2 do redis.call('HSET', KEYS[2], a.put[i], a.put[i + 1]) end
for i = 1, #a.drop do redis.call('HDEL', KEYS[2], a.drop[i]) end
for i = 1, #a.add, 2 do redis.call('HSET', KEYS[3], a.add[i], a.add[i + 1]) end
for i = 1, #a.remove do redis.call('HDEL', KEYS[3], a.remove[i]) end
for i = 1, #a.uniques do
  local unique, shadow = KEYS[2 * i + 2], KEYS[2 * i + 3]
  if a.uniques[i] == '' then
    redis.call('UNLINK', unique)
  elseif redis.call('EXISTS', unique) == 1 then
    redis.call('SET', shadow, a.uniques[i])
    redis.call('PFMERGE', unique, shadow)
    redis.call('UNLINK', shadow)
  else
    redis.call('SET', unique, a.uniques[i])
  end
end
return {'ok'}
