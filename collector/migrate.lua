-- Gives one key of an older version the name it has now, and notes its day, all or nothing.
-- KEYS  1 the key, 2 its name now, 3 its name when it is set aside, 4 set of open days, 5 hash of marked days
-- ARGV  1 msgpack map: day ("" for none), open (has the day a daily hash), mark, now, merge (fields of a hash, members of
--       a HyperLogLog), take (another name may be tried where this one is taken)
-- Reply "moved" | "merged" | "aside" | "taken": nothing was done | "gone": somebody did it before
-- Safe to run twice: the second time the key is gone.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 0 then return 'gone' end
local there = redis.call('EXISTS', KEYS[2]) == 1
if there and a.take then return 'taken' end
local kind = redis.call('TYPE', KEYS[1]).ok
local same = there and redis.call('TYPE', KEYS[2]).ok == kind
if a.open then redis.call('SADD', KEYS[4], a.day) end
if a.mark then redis.call('HSET', KEYS[5], a.day, a.now) end
if not there then
  redis.call('RENAME', KEYS[1], KEYS[2])
  return 'moved'
end
local merged = false
if a.merge and same and kind == 'hash' then
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do redis.call('HSETNX', KEYS[2], all[i], all[i + 1]) end
  merged = true
elseif a.merge and same and kind == 'string' then
  merged = not redis.pcall('PFMERGE', KEYS[2], KEYS[1]).err
end
redis.call('RENAME', KEYS[1], KEYS[3])
return merged and 'merged' or 'aside'
