-- Drops visitors' states that nobody has written to since they were looked at.
-- KEYS  1 state hash
-- ARGV  field, version, field, version, .. (of 3,500 fields at most)
-- Reply how many were dropped
-- Safe to run twice: a field that is gone, or was written to, is left alone.
local names, gone = {}, {}
for i = 1, #ARGV, 2 do names[#names + 1] = ARGV[i] end
local values = redis.call('HMGET', KEYS[1], unpack(names))
for i = 1, #names do
  if values[i] and values[i]:sub(1, 4) == ARGV[2 * i] then gone[#gone + 1] = names[i] end
end
return #gone > 0 and redis.call('HDEL', KEYS[1], unpack(gone)) or 0
