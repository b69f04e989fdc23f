#include "client/budget.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <deque>
#include <limits>
#include <memory>
#include <semaphore>
#include <thread>
#include <vector>

#include "base/random.h"

using client::Budget;

namespace {

// A request with its part of the budget, and how often it was woken.
class Request {
 public:
  explicit Request(Budget& budget) : part(std::make_unique<Budget::Part>(budget)) {}

  bool reserve(double usd) {
    return part->reserve(usd, [wakes = wakes_] { ++*wakes; });
  }
  int wakes() const { return *wakes_; }

  std::unique_ptr<Budget::Part> part;

 private:
  std::shared_ptr<int> wakes_ = std::make_shared<int>(0);
};

// In whole units, which sums of doubles do not blur.
std::int64_t units(double usd) { return std::llround(usd * 1e9); }

}  // namespace

TEST_CASE("a reserve that fits is granted at once, and settled by what was paid") {
  Budget budget(10);
  Request request(budget);
  CHECK_FALSE(request.part->granted());
  CHECK(request.reserve(4));
  CHECK(request.part->granted());
  CHECK(budget.state().reserved == 4);
  CHECK(budget.state().spent == 0);
  request.part->settle(1.25);
  CHECK_FALSE(request.part->granted());
  CHECK(budget.state().reserved == 0);
  CHECK(budget.state().spent == 1.25);
  CHECK(budget.state().unknown == 0);
  CHECK(budget.state().limit == 10);
  CHECK(request.wakes() == 0);
}

TEST_CASE("the whole budget can be reserved, to the last token") {
  Budget budget(0.3);
  Request requests[] = {Request(budget), Request(budget), Request(budget)};
  for (Request& request : requests) CHECK(request.reserve(0.1));
  CHECK(budget.state().reserved == 0.3);
  Request one_more(budget);
  CHECK_FALSE(one_more.reserve(1e-9));
}

TEST_CASE("what does not fit waits until a settlement makes room") {
  Budget budget(10);
  Request first(budget);
  Request second(budget);
  CHECK(first.reserve(8));
  CHECK_FALSE(second.reserve(5));
  CHECK(budget.state().waiting == 1);
  CHECK_FALSE(budget.state().exhausted);
  first.part->settle(3);
  CHECK(second.wakes() == 1);
  CHECK(second.part->granted());
  CHECK(budget.state().waiting == 0);
  CHECK(budget.state().reserved == 5);
}

TEST_CASE("a small request does not overtake a large one that waits") {
  Budget budget(10);
  Request first(budget);
  Request large(budget);
  Request small(budget);
  CHECK(first.reserve(8));
  CHECK_FALSE(large.reserve(5));
  CHECK_FALSE(small.reserve(1));
  first.part->settle(6);
  CHECK_FALSE(large.part->granted());  // 4 are left.
  CHECK_FALSE(small.part->granted());
  CHECK(small.wakes() == 0);
}

TEST_CASE("one settlement can let several go, in their order") {
  Budget budget(10);
  Request first(budget);
  CHECK(first.reserve(10));
  std::vector<int> order;
  std::deque<Budget::Part> waiting;
  for (int i = 0; i < 4; ++i) {
    CHECK_FALSE(waiting.emplace_back(budget).reserve(3, [&order, i] { order.push_back(i); }));
  }
  first.part->settle(0);
  CHECK(order == std::vector<int>{0, 1, 2});
  waiting[1].settle(0.5);
  CHECK(order == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("the lock of a budget is free when a wake comes") {
  Budget budget(1);
  Request first(budget);
  Budget::Part second(budget);
  CHECK(first.reserve(1));
  double reserved = 0;
  CHECK_FALSE(second.reserve(1, [&] { reserved = budget.state().reserved; }));
  first.part->settle(0);
  CHECK(reserved == 1);
}

TEST_CASE("a request that is destroyed while it waits is as if it had never asked") {
  Budget budget(10);
  Request first(budget);
  Request large(budget);
  Request small(budget);
  CHECK(first.reserve(8));
  CHECK_FALSE(large.reserve(5));
  CHECK_FALSE(small.reserve(1));
  large.part.reset();
  CHECK(large.wakes() == 0);
  CHECK(small.part->granted());
  CHECK(small.wakes() == 1);
  CHECK(budget.state().spent == 0);
}

TEST_CASE("a request that is destroyed with its reserve has spent it") {
  Budget budget(10);
  Request first(budget);
  Request second(budget);
  CHECK(first.reserve(8));
  CHECK_FALSE(second.reserve(5));
  first.part.reset();
  CHECK(budget.state().spent == 8);
  CHECK(budget.state().unknown == 8);
  CHECK(budget.state().reserved == 0);
  CHECK_FALSE(second.part->granted());
  CHECK(budget.state().exhausted);
}

TEST_CASE("a part that settled can reserve again, and ends without a trace") {
  Budget budget(10);
  Request request(budget);
  for (int i = 0; i < 4; ++i) {
    CHECK(request.reserve(5));
    request.part->settle(1);
  }
  request.part.reset();
  CHECK(budget.state().spent == 4);
  CHECK(budget.state().unknown == 0);
}

TEST_CASE("an excess over the reserve is spent too, beyond the limit if it must be") {
  Budget budget(10);
  Request first(budget);
  Request second(budget);
  CHECK(first.reserve(8));
  first.part->settle(12);
  CHECK(budget.state().spent == 12);
  CHECK_FALSE(second.reserve(0.01));
  CHECK(budget.state().exhausted);
}

TEST_CASE("the budget is exhausted when the first that waits does not fit and none is under way") {
  Budget budget(10);
  Request first(budget);
  Request second(budget);
  Request third(budget);
  CHECK(first.reserve(6));
  CHECK(second.reserve(4));
  CHECK_FALSE(third.reserve(4));
  first.part->settle(6);
  CHECK_FALSE(budget.state().exhausted);  // The second may cost nothing.
  second.part->settle(3);
  CHECK(budget.state().exhausted);
  CHECK(third.wakes() == 0);
}

TEST_CASE("a request larger than all of the budget exhausts it, with nothing spent") {
  Budget budget(10);
  Request request(budget);
  CHECK_FALSE(request.reserve(10.000001));
  CHECK(budget.state().exhausted);
  CHECK(budget.state().spent == 0);
}

TEST_CASE("once exhausted no request is sent any more") {
  Budget budget(10);
  Request large(budget);
  Request waiting(budget);
  Request late(budget);
  CHECK_FALSE(large.reserve(11));
  CHECK_FALSE(waiting.reserve(1));
  large.part.reset();
  CHECK_FALSE(late.reserve(1));
  CHECK(waiting.wakes() + late.wakes() == 0);
  CHECK(budget.state().exhausted);
  CHECK(budget.state().waiting == 2);
}

TEST_CASE("amounts that no price could give do no harm") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  Budget budget(10);
  Request request(budget);
  for (const double usd : {-1.0, nan, -infinity, 0.0}) {
    CHECK(request.reserve(usd));
    CHECK(budget.state().reserved == 0);
    request.part->settle(usd);
    CHECK(budget.state().spent == 0);
  }
  for (int i = 0; i < 5; ++i) {
    Budget endless(infinity);
    Request all(endless);
    CHECK(all.reserve(infinity));
    all.part->settle(infinity);
    CHECK(all.reserve(0));
    all.part->settle(1e300);
    CHECK(endless.state().spent == 4e9);
  }
}

TEST_CASE("whatever happens, no more is spent and reserved than there is") {
  base::RandomStream random(GENERATE(1, 2, 3, 4, 5, 6, 7, 8));
  const auto amount = [&](std::uint64_t most) {
    return static_cast<double>(random.below(most)) * 1e-9;
  };
  const double limit = amount(100'000'000'000);
  Budget budget(limit);
  // In the order in which they asked; those that wait are behind those that do not.
  std::deque<Request> requests;
  std::int64_t settled = 0;
  std::int64_t lost = 0;
  for (int step = 0; step < 5000 && !budget.state().exhausted; ++step) {
    const std::size_t at = random.below(requests.size() + 1);
    if (at == requests.size()) {
      requests.emplace_back(budget).reserve(amount(10'000'000'000));
    } else if (requests[at].part->granted() && random.below(20) > 0) {
      const double cost = amount(100'000'000);
      settled += units(cost);
      requests[at].part->settle(cost);
      requests.erase(requests.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (random.below(10) == 0) {
      const std::int64_t before = units(budget.state().unknown);
      requests.erase(requests.begin() + static_cast<std::ptrdiff_t>(at));
      lost += units(budget.state().unknown) - before;
    }
    const Budget::State state = budget.state();
    REQUIRE(units(state.spent) + units(state.reserved) <= units(limit));
    REQUIRE(units(state.spent) == settled + lost);
    const auto first_waiting = std::ranges::find_if(
        requests, [](const Request& request) { return !request.part->granted(); });
    REQUIRE(std::all_of(first_waiting, requests.end(), [](const Request& request) {
      return !request.part->granted() && request.wakes() == 0;
    }));
    REQUIRE(static_cast<std::int64_t>(state.waiting) == requests.end() - first_waiting);
  }
  while (!requests.empty()) requests.pop_back();
  CHECK(budget.state().reserved == 0);
  CHECK(budget.state().waiting == 0);
}

TEST_CASE("threads share a budget to the last token, and no wake is lost") {
  constexpr int kThreads = 4;
  constexpr int kRequests = 3000;
  Budget budget(1);
  std::atomic<std::int64_t> settled = 0;
  std::atomic<bool> exceeded = false;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      base::RandomStream random(static_cast<std::uint64_t>(thread));
      for (int i = 0; i < kRequests; ++i) {
        // Held by the wake too, which can come after this request has gone.
        const auto woken = std::make_shared<std::binary_semaphore>(0);
        // What leaves may leave with its reserve, if that was granted just then.
        const bool leaves = random.below(5) == 0;
        const double usd = leaves ? 1e-9 : 0.2 + static_cast<double>(random.below(500)) * 1e-3;
        Budget::Part part(budget);
        const bool at_once = part.reserve(usd, [woken] { woken->release(); });
        if (leaves) continue;
        if (!at_once) woken->acquire();
        const Budget::State state = budget.state();
        if (units(state.spent) + units(state.reserved) > units(1)) exceeded = true;
        const auto cost = static_cast<std::int64_t>(random.below(20'000));
        settled += cost;
        part.settle(static_cast<double>(cost) * 1e-9);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_FALSE(exceeded);
  CHECK_FALSE(budget.state().exhausted);
  const Budget::State state = budget.state();
  CHECK(units(state.spent - state.unknown) == settled);
  CHECK(state.reserved == 0);
  CHECK(state.waiting == 0);
}

TEST_CASE("what is reserved aside is granted at once or not at all, and nobody waits for it") {
  Budget budget(1.0);
  auto batch = std::make_unique<Budget::Part>(budget);
  CHECK_FALSE(batch->try_reserve(1.5));
  CHECK(budget.state().waiting == 0);
  CHECK_FALSE(budget.state().exhausted);
  CHECK(batch->try_reserve(0.75));
  CHECK(budget.state().reserved == Approx(0.75));

  // Only the batch could make room, and it may take a day.
  Budget::Part request(budget);
  CHECK_FALSE(request.reserve(0.5, [] {}));
  CHECK(budget.state().exhausted);

  SECTION("settled, it costs what it cost") { batch->settle(0.25); }
  SECTION("left, its reserve is spent") { batch.reset(); }
  CHECK(budget.state().reserved == 0);
  CHECK(budget.state().spent == Approx(batch ? 0.25 : 0.75));
}

TEST_CASE("a cost that had no part in the budget is spent all the same") {
  Budget budget(1.0);
  budget.spend(0.75);
  CHECK(budget.state().spent == Approx(0.75));
  Budget::Part request(budget);
  CHECK_FALSE(request.reserve(0.5, [] {}));
}
