-- Applies one flush of one collector to one shard of a site, all or nothing.
-- KEYS  1 state hash, 2 live sorted set, 3 hash of marked days, 4 set of open days, then per day: daily hash, raw list, unique HyperLogLog
-- ARGV  1 msgpack map, made by flush.py (fields named there)
-- Reply {"ok", days to make again, rollups of a wrong type, "aside" (another key of a wrong type is in the way)..} | {"mark", stored} | {"lease"} | {"zone"} | {"shards", stored} | {"changed"} | {"seen", batch ids..} | {"raw", day, list}
-- Safe to run twice: it writes only when the stored mark equals `from`, and moves the mark with the first write.
-- Every check comes before the first write, since a script does not roll back.
local a = cmsgpack.unpack(ARGV[1])

local function chunked(command, key, list, pcalled)
  local out = {}
  for i = 1, #list, 7000 do
    local got = (pcalled and redis.pcall or redis.call)(command, key, unpack(list, i, math.min(i + 6999, #list)))
    if type(got) == 'table' then
      if got.err then return got end
      for j = 1, #got do out[i + j - 1] = got[j] end
    end
  end
  return out
end

local fields = {a.mark, 'lease', 'zone', 'shards', 'numbered'}
for i = 1, #a.states do fields[#fields + 1] = a.states[i][1] end
for i = 1, #a.counts do fields[#fields + 1] = a.counts[i][1] end
for i = 1, #a.look do fields[#fields + 1] = a.look[i] end
local got = chunked('HMGET', KEYS[1], fields)
if (got[1] or '0') ~= a.from then return {'mark', got[1] or '0'} end
if got[2] then
  local owner, till = got[2]:match('^(%S+) (%d+)$')
  -- A collector (its id is hexadecimal) holds it for a second: what seems much longer was written by a clock ahead.
  local ahead = owner:match('^%x+$') and tonumber(till) - a.now > 5000
  if owner ~= a.owner and tonumber(till) > a.now and not ahead then return {'lease'} end
end
if got[3] and got[3] ~= a.zone then return {'zone'} end -- the days here are another zone's
if got[4] and #got[4] > #a.shards then return {'shards', got[4]} end -- what was sorted before there were more shards
for i = 1, #a.states do
  if (got[5 + i] and got[5 + i]:sub(1, 4) or '') ~= a.states[i][2] then return {'changed'} end
end
local set, seen = {a.mark, a.to, 'zone', a.zone}, {'seen'}
if a.shards ~= '' then set[5], set[6] = 'shards', a.shards end
if not got[5] then -- ids of a shard that was there before may be of an older form today
  set[#set + 1] = 'numbered'; set[#set + 1] = string.format('%.0f', math.floor(a.now / 86400000) + (got[3] and 1 or 0))
end
local function holds(known, id)
  local at = known and known:find(id, 1, true)
  while at and at % 8 ~= 1 do at = known:find(id, at + 1, true) end
  return at
end
for i = 1, #a.counts do
  local held = tonumber(got[5 + #a.states + i] or '0')
  if held > a.counts[i][2] then return {'changed'} end
  if a.counts[i][3] > 0 then
    set[#set + 1] = a.counts[i][1]; set[#set + 1] = string.format('%.0f', held + a.counts[i][3])
  end
end
local buckets = 5 + #a.states + #a.counts
for i = 1, #a.ids do
  local own, places, fresh = a.ids[i][1], a.ids[i][2], a.ids[i][3]
  for j = 1, #fresh, 8 do
    local id = fresh:sub(j, j + 7)
    for p = 1, #places do
      if holds(got[buckets + places[p]], id) then seen[#seen + 1] = id; break end
    end
  end
  set[#set + 1] = a.look[own]; set[#set + 1] = (got[buckets + own] or '') .. fresh
end
if #seen > 1 then return seen end
for i = 1, #a.states do set[#set + 1] = a.states[i][1]; set[#set + 1] = a.states[i][3] end
local marked = {}
local function mark(day) marked[#marked + 1] = day; marked[#marked + 1] = string.format('%.0f', a.now) end
for i = 1, #a.marked do mark(a.marked[i]) end

local known = {}
for d, day in ipairs(a.days) do
  local ask = {'revision', 'raw'}
  for i = 1, #day.dims do ask[#ask + 1] = 'count=' .. day.dims[i][1]; ask[#ask + 1] = day.dims[i][1] .. '=(other)' end
  for i = 1, #day.rows do ask[#ask + 1] = day.rows[i][1] end
  known[d] = chunked('HMGET', KEYS[3 * d + 2], ask, true)
  if not known[d].err then
    local extent = known[d][2] and cmsgpack.unpack(known[d][2]) or {0, 0, 0}
    if day.block ~= '' and extent[1] ~= day.list then return {'raw', day.day, tostring(extent[1])} end
    known[d].extent = extent
  end
end

local function scale(n) return n < 64 and 0 or math.floor(math.log(n) / math.log(2)) end
local reply, writes = {'ok'}, {}
for d, day in ipairs(a.days) do
  local values = known[d]
  if values.err then -- a daily hash of a wrong type costs the rollups, which a rebuild makes again, never the events
    reply[#reply + 1] = KEYS[3 * d + 2]
    mark(day.day)
  else
    local e = values.extent
    e[2], e[3] = e[2] + #day.block, e[3] + day.count
    if e[2] > a.list_bytes then e[1], e[2] = e[1] + 1, 0 end
    local write = {'revision', string.format('%.0f', (tonumber(values[1] or '0')) + 1), 'raw', cmsgpack.pack(e)}
    local count, grown, sums = {}, {}, {}
    for i = 1, #day.dims do
      count[i] = tonumber(values[1 + 2 * i] or '0')
      sums[day.dims[i][1] .. '=(other)'] = values[2 + 2 * i] or nil
    end
    local touched, before = {}, {}
    for i = 1, #day.rows do
      local field, dim, add = day.rows[i][1], day.rows[i][2], day.rows[i][3]
      local stored = values[2 + 2 * #day.dims + i]
      if stored then
        sums[field] = sums[field] or stored
      elseif dim > 0 then
        local name, cap, family = day.dims[dim][1], day.dims[dim][2], day.dims[dim][3]
        if family > 0 and count[dim] == 0 and count[family] >= day.dims[family][2] then
          field = day.dims[family][1] .. '=(other)'
        elseif count[dim] >= cap then
          field = name .. '=(other)'
        else
          if family > 0 and count[dim] == 0 then count[family] = count[family] + 1; grown[family] = true end
          count[dim] = count[dim] + 1; grown[dim] = true
        end
      end
      local row = sums[field] or {}
      if type(row) == 'string' then row = cmsgpack.unpack(row) end
      before[field] = before[field] or row[2] or 0
      for m = 1, #add do row[m] = (row[m] or 0) + add[m] end
      sums[field], touched[field] = row, row
    end
    -- Rows went to who came first. When the rest has grown past 3 % and doubled, a rebuild gives them to the largest.
    local total = touched['class=human'] and touched['class=human'][2] or 0
    for i = 1, #day.dims do
      local rest = day.dims[i][1] .. '=(other)'
      local now, was = touched[rest] and touched[rest][2] or 0, before[rest] or 0
      if now > 0.03 * total and scale(now) > scale(was) then
        reply[#reply + 1] = day.day
        mark(day.day)
        break
      end
    end
    for field, row in pairs(touched) do
      while #row > 0 and row[#row] == 0 do row[#row] = nil end
      write[#write + 1] = field; write[#write + 1] = cmsgpack.pack(row)
    end
    for dim in pairs(grown) do
      write[#write + 1] = 'count=' .. day.dims[dim][1]; write[#write + 1] = string.format('%.0f', count[dim])
    end
    writes[d] = write
  end
end

for d, day in ipairs(a.days) do
  local pushed = day.block ~= '' and redis.pcall('RPUSH', KEYS[3 * d + 3], day.block)
  if type(pushed) == 'table' and pushed.err then
    for back = 1, d - 1 do if a.days[back].block ~= '' then redis.call('RPOP', KEYS[3 * back + 3]) end end
    return pushed
  end
end
chunked('HSET', KEYS[1], set)
for d, day in ipairs(a.days) do
  if writes[d] then
    chunked('HSET', KEYS[3 * d + 2], writes[d], true)
    if not known[d][1] then -- the day's hash is new
      local added = redis.pcall('SADD', KEYS[4], day.day)
      if type(added) == 'table' and added.err then reply[#reply + 1] = 'aside' end
    end
  end
  if #day.visitors > 0 and chunked('PFADD', KEYS[3 * d + 4], day.visitors, true).err then
    reply[#reply + 1] = KEYS[3 * d + 4]
    mark(day.day)
  end
end
if #marked > 0 and chunked('HSET', KEYS[3], marked, true).err then reply[#reply + 1] = 'aside' end
for i = 1, #a.live, 6998 do
  local added = redis.pcall('ZADD', KEYS[2], 'GT', unpack(a.live, i, math.min(i + 6997, #a.live)))
  if type(added) == 'table' and added.err then reply[#reply + 1] = 'aside' end
end
if a.trim ~= '' then redis.pcall('ZREMRANGEBYSCORE', KEYS[2], '-inf', a.trim) end
return reply
