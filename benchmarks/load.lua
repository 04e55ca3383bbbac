-- What wrk sends: batches of EVENTS pageviews, each with an id of its own, from many visitors with real user agents.
local agents = {
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
}
local referrers = {"https://www.google.com/", "https://duckduckgo.com/", "https://news.ycombinator.com/", "", ""}
local events = tonumber(os.getenv("EVENTS"))
math.randomseed(os.time())

request = function()
  local list = {}
  for i = 1, events do
    list[i] = string.format(
      '{"type":"pageview","pathname":"/page/%d","hostname":"bench.example","referrer":"%s","age":%d,"title":"A page",'
        .. '"screen":[1440,900],"timezone":"Europe/Berlin","language":"de-DE"}',
      math.random(300), referrers[math.random(#referrers)], i * 40)
  end
  local id = string.format("%08x%08x", math.random(0, 2147483647), math.random(0, 2147483647))
  local body = '{"site":"bench.example","batch":"' .. id .. '","events":[' .. table.concat(list, ",") .. "]}"
  return wrk.format("POST", "/api/track", {
    ["User-Agent"] = agents[math.random(#agents)],
    ["X-Forwarded-For"] = string.format("10.%d.%d.%d", math.random(0, 6), math.random(0, 250), math.random(1, 250)),
    ["Content-Type"] = "text/plain",
  }, body)
end
