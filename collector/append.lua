-- Appends one piece of a file to one shard of a site, all or nothing.
-- KEYS  1 hash of imported pieces, 2 hash of marked days, 3 set of open days, 4 state hash, then per day: daily hash,
--       raw list
-- ARGV  1 msgpack map, made by append.py: piece, zone, now, clock, list_bytes, days of {day, list, block, count}
-- Reply {"ok", rows that each day held before..} | {"known"} | {"lease"} (a rebuild asks to wait) | {"raw", day, list}
--       | {"zone", stored} (the days here are another zone's)
-- Safe to run twice: a piece that is noted as imported is not written again.
-- Every check comes before the first write, since a script does not roll back.
local a = cmsgpack.unpack(ARGV[1])
if redis.call('HEXISTS', KEYS[1], a.piece) == 1 then return {'known'} end
redis.call('HLEN', KEYS[2]) -- of a wrong type: fails here, before anything is written
redis.call('SCARD', KEYS[3])
local held = redis.pcall('HMGET', KEYS[4], 'lease', 'zone')
if held[1] and tonumber(held[1]:match(' (%d+)$') or '0') > a.clock then return {'lease'} end
if held[2] and held[2] ~= a.zone then return {'zone', held[2]} end

local known, reply = {}, {'ok'}
for d, day in ipairs(a.days) do
  local got = redis.pcall('HMGET', KEYS[2 * d + 3], 'revision', 'raw')
  known[d] = got
  if not got.err then
    got.extent = got[2] and cmsgpack.unpack(got[2]) or {0, 0, 0}
    if got.extent[1] ~= day.list then return {'raw', day.day, tostring(got.extent[1])} end
  end
  reply[#reply + 1] = got.extent and got.extent[3] or 0
end

for d, day in ipairs(a.days) do
  local pushed = redis.pcall('RPUSH', KEYS[2 * d + 4], day.block)
  if type(pushed) == 'table' and pushed.err then
    for back = 1, d - 1 do redis.call('RPOP', KEYS[2 * back + 4]) end
    return pushed
  end
end
redis.call('HSET', KEYS[1], a.piece, string.format('%.0f', a.now))
if not held.err and not held[2] then redis.call('HSET', KEYS[4], 'zone', a.zone) end
for d, day in ipairs(a.days) do
  local e, revision = known[d].extent, known[d][1]
  if e then -- a daily hash of a wrong type costs the rollups, which the rebuild makes again, never the events
    e[2], e[3] = e[2] + #day.block, e[3] + day.count
    if e[2] > a.list_bytes then e[1], e[2] = e[1] + 1, 0 end
    redis.call('HSET', KEYS[2 * d + 3], 'revision', string.format('%.0f', tonumber(revision or '0') + 1), 'raw', cmsgpack.pack(e))
    if not revision then redis.call('SADD', KEYS[3], day.day) end
  end
  redis.call('HSET', KEYS[2], day.day, string.format('%.0f', a.now))
end
return reply
