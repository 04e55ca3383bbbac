-- Replaces the raw lists of a day by rewritten ones, all or nothing.
-- KEYS  1 job lease, 2 dense hash, 3 hash of marked days, 4 daily hash, 5 the list that must not exist behind the old
--       ones, then the old raw lists, the names of the new ones, their shadows
-- ARGV  1 msgpack map: token, day, revision (as looked at, "" for none), lengths (of the old lists), size (bytes in the
--       last new list), mark (ms when the day is marked for its rebuild, or "")
-- Reply {"ok"} | {"lost"}: the lease is somebody else's | {"changed"}: written to meanwhile, nothing was done
-- Safe to run twice: the second time the shadows are gone.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('GET', KEYS[1]) ~= a.token then return {'lost'} end
local found = redis.pcall('HMGET', KEYS[4], 'revision', 'raw')
if found.err then found = {false, false} end
if (found[1] or '') ~= a.revision then return {'changed'} end
local old = #a.lengths
local new = (#KEYS - 5 - old) / 2
for i = 1, old do
  if redis.call('LLEN', KEYS[5 + i]) ~= a.lengths[i] then return {'changed'} end
end
if redis.call('EXISTS', KEYS[5]) == 1 then return {'changed'} end
for i = 1, new do
  if redis.call('EXISTS', KEYS[5 + old + new + i]) == 0 then return {'changed'} end
end
redis.call('HSETNX', KEYS[2], 'version', a.seed)
redis.call('HINCRBY', KEYS[2], 'version', 1)
for i = 1, old do redis.call('UNLINK', KEYS[5 + i]) end
for i = 1, new do
  redis.call('RENAME', KEYS[5 + old + new + i], KEYS[5 + old + i])
  redis.call('PERSIST', KEYS[5 + old + i])
end
if found[2] then
  local extent = cmsgpack.unpack(found[2])
  redis.call('HSET', KEYS[4], 'raw', cmsgpack.pack({math.max(new - 1, 0), a.size, extent[3]}),
    'revision', string.format('%.0f', tonumber(a.revision) + 1))
end
if a.mark ~= '' then redis.call('HSET', KEYS[3], a.day, a.mark) end
return {'ok'}
