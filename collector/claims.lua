-- Claims ids of batches on the shard of the id, for the records of one collector.
-- KEYS  1 state hash
-- ARGV  1 msgpack map, made by claims.py: counts {field, how many ids it may hold for this to be right}, look (fields of
--       buckets), ids {own bucket, buckets in which it may be, id, owner} (buckets by their place in `look`, from 1)
-- Reply {"ok", ids that belong to others..} | {"changed"}: more ids came meanwhile, nothing was done
-- Safe to run twice: an id that this owner has claimed is its own.
local a = cmsgpack.unpack(ARGV[1])
local fields = {}
for i = 1, #a.counts do fields[i] = a.counts[i][1] end
for i = 1, #a.look do fields[#a.counts + i] = a.look[i] end
local got = {}
for i = 1, #fields, 7000 do
  local part = redis.call('HMGET', KEYS[1], unpack(fields, i, math.min(i + 6999, #fields)))
  for j = 1, #part do got[i + j - 1] = part[j] end
end
local fresh = {}
for i = 1, #a.counts do
  if tonumber(got[i] or '0') > a.counts[i][2] then return {'changed'} end
  fresh[i] = 0
end
local function owner(held, id)
  local at = held and held:find(id, 1, true)
  while at and at % 12 ~= 1 do at = held:find(id, at + 1, true) end
  return at and held:sub(at + 8, at + 11)
end
local reply, changed = {'ok'}, {}
for i = 1, #a.ids do
  local own, places, id, mine, count = unpack(a.ids[i])
  local found
  for p = 1, #places do
    found = owner(got[#a.counts + places[p]], id)
    if found then break end
  end
  fresh[count] = fresh[count] + 1 -- others', too: where ids lie was decided with them
  if not found then
    got[#a.counts + own] = (got[#a.counts + own] or '') .. id .. mine
    changed[own], changed[-count] = true, true
  elseif found ~= mine then
    reply[#reply + 1] = id .. mine
  end
end
local set = {}
for own in pairs(changed) do
  if own > 0 then set[#set + 1] = a.look[own]; set[#set + 1] = got[#a.counts + own] end
end
for i = 1, #a.counts do
  if changed[-i] then
    set[#set + 1] = a.counts[i][1]; set[#set + 1] = string.format('%.0f', tonumber(got[i] or '0') + fresh[i])
  end
end
for i = 1, #set, 7000 do redis.call('HSET', KEYS[1], unpack(set, i, math.min(i + 6999, #set))) end
return reply
