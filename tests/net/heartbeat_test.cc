#include "net/heartbeat.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("a beat that is overdue or came late is a pause of the process") {
  const base::TimePoint start{1000s};
  for (int i = 0; i <= 10; ++i) net::beat(start + i * 20ms);
  const base::TimePoint waiting_since = start + 190ms;
  CHECK_FALSE(net::stood_still(waiting_since, start + 210ms));
  CHECK(net::stood_still(waiting_since, start + 400ms));  // The beat of 220 ms is overdue.

  net::beat(start + 400ms);  // It came late,
  CHECK(net::stood_still(waiting_since, start + 401ms));
  CHECK_FALSE(net::stood_still(start + 401ms, start + 405ms));  // before this wait began.

  net::stop_beating();
  CHECK_FALSE(net::stood_still(waiting_since, start + 900ms));
}
