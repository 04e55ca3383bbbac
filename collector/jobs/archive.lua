-- Makes written files part of the archive and drops what they hold from Redis, all or nothing.
-- KEYS  1 job lease, 2 dense hash, 3 archive hash, then per day: daily hash, its raw lists, the list that must not exist
-- ARGV  1 msgpack map: token, days (revision as looked at, lengths of its lists), add (name, value, ..), drop (names),
--       raw (value of the dense hash's field: folded days that have raw lists)
-- Reply {"ok"} | {"lost"} | {"changed"}: a day was written to meanwhile, nothing was done
-- Run twice, the second time answers {"changed"}: the lists are gone. Whoever sees that looks at the archive hash first.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('GET', KEYS[1]) ~= a.token then return {'lost'} end
local at = 3
for d = 1, #a.days do
  local revision, lengths = a.days[d][1], a.days[d][2]
  local now = redis.pcall('HGET', KEYS[at + 1], 'revision')
  if type(now) == 'table' then now = '' end
  if (now or '') ~= revision then return {'changed'} end
  for i = 1, #lengths do
    if redis.call('LLEN', KEYS[at + 1 + i]) ~= lengths[i] then return {'changed'} end
  end
  if redis.call('EXISTS', KEYS[at + 2 + #lengths]) == 1 then return {'changed'} end
  at = at + 2 + #lengths
end
redis.call('HSETNX', KEYS[2], 'version', a.seed)
redis.call('HINCRBY', KEYS[2], 'version', 1)
redis.call('HSET', KEYS[2], 'raw', a.raw)
for i = 1, #a.add, 2 do redis.call('HSET', KEYS[3], a.add[i], a.add[i + 1]) end
for i = 1, #a.drop do redis.call('HDEL', KEYS[3], a.drop[i]) end
at = 3
for d = 1, #a.days do
  local lengths, raw = a.days[d][2], false
  for i = 1, #lengths do redis.call('UNLINK', KEYS[at + 1 + i]) end
  if a.days[d][1] ~= '' then raw = redis.call('HGET', KEYS[at + 1], 'raw') end
  if raw then
    redis.call('HSET', KEYS[at + 1], 'raw', cmsgpack.pack({0, 0, cmsgpack.unpack(raw)[3]}),
      'revision', string.format('%.0f', tonumber(a.days[d][1]) + 1))
  end
  at = at + 2 + #lengths
end
return {'ok'}
