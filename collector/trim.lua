-- Drops visitors' states that nobody has written to since they were looked at.
-- KEYS  1 state hash
-- ARGV  field, version, field, version, ..
-- Reply how many were dropped
-- Safe to run twice: a field that is gone, or was written to, is left alone.
local dropped = 0
for i = 1, #ARGV, 2 do
  local value = redis.call('HGET', KEYS[1], ARGV[i])
  if value and value:sub(1, 4) == ARGV[i + 1] then
    dropped = dropped + redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
return dropped
