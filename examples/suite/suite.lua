-- Options that the scripts of this folder share; what a script says itself wins.
-- Run: perigee test --mock examples/suite

return {
  vus = 5,
  duration = "3s",
  thresholds = {
    "llm_request_failed rate < 1%",
    "checks rate > 99%",
  },
  budget = { usd = 1 },
}
