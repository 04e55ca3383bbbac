-- What wrk sends: requests prepared in the file POOL, as benchmarks/traffic.py writes them. All the work but that of
-- putting five strings together is done before the first request, so that wrk never is what bounds a server.
-- RUN is a number of eight digits that no other run has: with a counter it makes the ids of batches.
local heads, middles, tails, hosts = {}, {}, {}, {}
local id = string.rep("0", 16)

for line in io.lines(os.getenv("POOL")) do
  local agent, address, body = line:match("^(.-)\t(.-)\t(.*)$")
  local from, to = body:find(id, 1, true)
  local n = #heads + 1
  heads[n] = "POST /api/track HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: " .. agent .. "\r\nAccept-Language: en-GB\r\n"
    .. "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: " .. #body .. "\r\nX-Forwarded-For: " .. address
  middles[n] = "\r\n\r\n" .. body:sub(1, from - 1) .. os.getenv("RUN")
  tails[n] = body:sub(to + 1)
end
for n = 1, 100 do
  hosts[n] = tostring(n)
end

local sent = 0
local format, random, count = string.format, math.random, #heads
math.randomseed(tonumber(os.getenv("RUN")))

request = function()
  sent = sent + 1
  local n = random(count)
  return heads[n] .. hosts[random(100)] .. middles[n] .. format("%08x", sent) .. tails[n]
end
