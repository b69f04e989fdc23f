#include "client/pacing.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "client/pacing_simulation.h"

using namespace std::chrono_literals;
using base::Duration;
using base::TimePoint;
using client::Pacing;
using client::PacingLimits;
using tests::PacingSimulation;

namespace {

constexpr TimePoint kStart{std::chrono::hours(1)};

PacingLimits paced() {
  PacingLimits limits;
  limits.mode = PacingLimits::Mode::kPace;
  return limits;
}

// 10 input tokens a second, of which the bucket holds those of one second.
PacingLimits ten_a_second() {
  PacingLimits limits = paced();
  limits.input_tokens_per_minute = 600;
  return limits;
}

// A request with its part, and how often it was told to look again.
class Request {
 public:
  explicit Request(Pacing& pacing) : part(std::make_unique<Pacing::Part>(pacing)) {}

  bool take_place() {
    return part->take_place([placed = placed_] { ++*placed; });
  }
  void charge(double input_tokens, Duration at = 0s, double output_tokens = 0) {
    part->charge({input_tokens, output_tokens}, kStart + at, [sooner = sooner_] { ++*sooner; });
  }
  void ask(double input_tokens, Duration at = 0s, double output_tokens = 0) {
    CHECK(take_place());
    charge(input_tokens, at, output_tokens);
  }
  Duration ready(Duration at = 0s) { return part->ready_at(kStart + at) - kStart; }
  void settle(double input_tokens, Duration at, double output_tokens = 0) {
    part->settle({input_tokens, output_tokens}, kStart + at);
  }

  int placed() const { return *placed_; }
  int sooner() const { return *sooner_; }

  std::unique_ptr<Pacing::Part> part;

 private:
  std::shared_ptr<int> placed_ = std::make_shared<int>(0);
  std::shared_ptr<int> sooner_ = std::make_shared<int>(0);
};

std::vector<Request> requests_of(Pacing& pacing, std::size_t count) {
  std::vector<Request> requests;
  for (std::size_t i = 0; i < count; ++i) requests.emplace_back(pacing);
  return requests;
}

}  // namespace

TEST_CASE("without limits every request goes at once") {
  Pacing pacing(paced(), kStart);
  for (Request& request : requests_of(pacing, 100)) {
    request.ask(1e9, 0s, 1e9);
    CHECK(request.ready() == 0s);
    request.part->sent();
  }
  const Pacing::Used used = pacing.used(kStart);
  CHECK_FALSE(used.requests);
  CHECK_FALSE(used.input_tokens);
  CHECK_FALSE(used.output_tokens);
  CHECK_FALSE(used.day_tokens);
  CHECK_FALSE(used.places);
}

TEST_CASE("an observer counts and lets every request go at once") {
  PacingLimits limits;
  limits.requests_per_minute = 60;
  limits.input_tokens_per_minute = 6000;
  limits.output_tokens_per_minute = 600;
  limits.tokens_per_day = 1000;
  limits.concurrency = 2;
  Pacing pacing(limits, kStart);
  std::vector<Request> requests = requests_of(pacing, 3);
  for (Request& request : requests) {
    request.ask(50, 0s, 20);
    CHECK(request.ready() == 0s);
    request.part->sent();
  }
  const Pacing::Used used = pacing.used(kStart);
  CHECK(used.requests == 3.0);
  CHECK(used.input_tokens == 1.5);
  CHECK(used.output_tokens == 6.0);
  CHECK(*used.day_tokens == Approx(0.21));
  CHECK(used.places == 1.5);
  CHECK(*pacing.used(kStart + 1s).input_tokens == Approx(0.5));
  CHECK(*pacing.used(kStart + 1min).input_tokens == 0);
}

TEST_CASE("requests of one minute are spread over it") {
  PacingLimits limits = paced();
  limits.requests_per_minute = 60;
  Pacing pacing(limits, kStart);
  std::vector<Request> requests = requests_of(pacing, 4);
  for (Request& request : requests) request.ask(0);
  for (std::size_t i = 0; i < 4; ++i) CHECK(requests[i].ready() == std::chrono::seconds(i));
}

TEST_CASE("a burst lets so much go at once") {
  PacingLimits limits = paced();
  limits.requests_per_minute = 60;
  limits.burst = 3s;
  Pacing pacing(limits, kStart);
  std::vector<Request> requests = requests_of(pacing, 5);
  for (Request& request : requests) request.ask(0);
  for (std::size_t i = 0; i < 3; ++i) CHECK(requests[i].ready() == 0s);
  CHECK(requests[3].ready() == 1s);
  CHECK(requests[4].ready() == 2s);
}

TEST_CASE("a bucket holds one request at least, however short the burst") {
  PacingLimits limits = paced();
  limits.requests_per_minute = 6;
  limits.burst = 0s;
  Pacing pacing(limits, kStart);
  std::vector<Request> requests = requests_of(pacing, 2);
  for (Request& request : requests) request.ask(0);
  CHECK(requests[0].ready() == 0s);
  CHECK(requests[1].ready() == 10s);
}

TEST_CASE("a request larger than the bucket goes when its debt is refilled") {
  Pacing pacing(ten_a_second(), kStart);
  Request large(pacing);
  large.ask(1000);
  CHECK(large.ready() == 99s);
  CHECK(*pacing.used(kStart).input_tokens == Approx(100));
  CHECK(large.ready(50s) == 99s);
  CHECK(large.ready(99s) == 99s);
}

TEST_CASE("the scarcest bucket decides") {
  PacingLimits limits = ten_a_second();
  limits.requests_per_minute = 60;
  limits.output_tokens_per_minute = 60;
  Pacing pacing(limits, kStart);
  std::vector<Request> requests = requests_of(pacing, 4);
  requests[0].ask(10, 0s, 1);
  requests[1].ask(1, 0s, 1);
  CHECK(requests[1].ready() == 1s);
  requests[2].ask(1, 0s, 4);
  CHECK(requests[2].ready() == 5s);
  requests[3].ask(88, 0s);
  CHECK(requests[3].ready() == 9s);
}

TEST_CASE("the day's tokens are input and output together, all at once if need be") {
  PacingLimits limits = paced();
  limits.tokens_per_day = 24 * 3600;
  Pacing pacing(limits, kStart);
  std::vector<Request> requests = requests_of(pacing, 2);
  requests[0].ask(23 * 3600, 0s, 3600);
  CHECK(requests[0].ready() == 0s);
  requests[1].ask(40, 0s, 20);
  CHECK(requests[1].ready() == 60s);
}

TEST_CASE("a small request does not overtake a large one") {
  Pacing pacing(ten_a_second(), kStart);
  std::vector<Request> requests = requests_of(pacing, 3);
  requests[0].ask(10);
  requests[1].ask(50);
  requests[2].ask(1);
  CHECK(requests[0].ready() == 0s);
  CHECK(requests[1].ready() == 5s);
  CHECK(requests[2].ready() == 5100ms);
  requests[0].part->sent();
  CHECK(requests[1].ready(3s) == 5s);
  CHECK(requests[2].ready(3s) == 5100ms);
}

TEST_CASE("one that is sent late still counts before those that came after it") {
  Pacing pacing(ten_a_second(), kStart);
  std::vector<Request> requests = requests_of(pacing, 3);
  for (Request& request : requests) request.ask(10);
  requests[1].part->sent();
  requests[2].part->sent();
  CHECK(requests[0].ready() == 2s);
  CHECK(requests[0].ready(2s) == 2s);
}

TEST_CASE("a settlement upwards makes those that wait with a charge wait longer") {
  Pacing pacing(ten_a_second(), kStart);
  std::vector<Request> requests = requests_of(pacing, 3);
  for (Request& request : requests) request.ask(10);
  requests[0].part->sent();
  CHECK(requests[1].ready() == 1s);
  requests[0].settle(35, 500ms);
  CHECK(requests[1].ready(1s) == 3500ms);
  CHECK(requests[2].ready(1s) == 4500ms);
  CHECK(requests[1].sooner() == 0);
}

TEST_CASE("a refund tells the first that waits, and the next one when that is sent") {
  Pacing pacing(ten_a_second(), kStart);
  std::vector<Request> requests = requests_of(pacing, 4);
  requests[0].ask(100);
  for (std::size_t i = 1; i < 4; ++i) requests[i].ask(10);
  for (std::size_t i = 0; i < 4; ++i) CHECK(requests[i].ready() == std::chrono::seconds(9 + i));
  requests[0].part->sent();
  requests[0].settle(20, 0s);
  CHECK(requests[1].sooner() == 1);
  CHECK(requests[1].ready() == 2s);
  CHECK(requests[2].sooner() == 0);
  CHECK(requests[1].ready(2s) == 2s);
  requests[1].part->sent();
  CHECK(requests[2].sooner() == 1);
  CHECK(requests[2].ready(2s) == 3s);
  CHECK(requests[3].sooner() == 0);
  // It knows already.
  requests[2].part->sent();
  CHECK(requests[3].sooner() == 1);
  CHECK(requests[3].ready(2s) == 4s);
}

TEST_CASE("a refund that makes several ready tells all of them") {
  PacingLimits limits = ten_a_second();
  limits.burst = 10s;
  Pacing pacing(limits, kStart);
  std::vector<Request> requests = requests_of(pacing, 5);
  requests[0].ask(100);
  for (std::size_t i = 1; i < 5; ++i) requests[i].ask(20);
  for (Request& request : requests) request.ready();
  requests[0].part->sent();
  requests[0].settle(50, 0s);
  CHECK(requests[1].sooner() + requests[2].sooner() == 2);
  CHECK(requests[1].ready() == 0s);
  CHECK(requests[2].ready() == 0s);
  CHECK(requests[3].sooner() == 1);
  CHECK(requests[3].ready() == 1s);
  CHECK(requests[4].sooner() == 0);
}

TEST_CASE("a gain too small for a wake adds up until it is worth one") {
  Pacing pacing(ten_a_second(), kStart);
  std::vector<Request> requests = requests_of(pacing, 5);
  for (std::size_t i = 0; i < 4; ++i) requests[i].ask(10);
  requests[4].ask(10);
  CHECK(requests[4].ready() == 4s);
  for (std::size_t i = 0; i < 4; ++i) requests[i].part->sent();
  requests[0].settle(9.994, 0s);
  CHECK(requests[4].sooner() == 0);
  requests[1].settle(9.994, 0s);
  CHECK(requests[4].sooner() == 1);
}

TEST_CASE("a refund does not fill a bucket above its capacity") {
  Pacing pacing(ten_a_second(), kStart);
  std::vector<Request> requests = requests_of(pacing, 2);
  requests[0].ask(1000);
  requests[0].part->sent();
  requests[0].settle(0, 99s);
  CHECK(pacing.used(kStart + 99s).input_tokens == 0.0);
  requests[1].ask(20, 99s);
  CHECK(requests[1].ready(99s) == 100s);
}

TEST_CASE("a request that the provider refused gets its tokens back, but was a request") {
  PacingLimits limits = ten_a_second();
  limits.requests_per_minute = 60;
  Pacing pacing(limits, kStart);
  Request request(pacing);
  request.ask(10);
  request.part->sent();
  request.settle(0, 0s);
  CHECK(pacing.used(kStart).input_tokens == 0.0);
  CHECK(pacing.used(kStart).requests == 1.0);
}

TEST_CASE("one destroyed before it was sent is as if it had never asked") {
  Pacing pacing(ten_a_second(), kStart);
  std::vector<Request> requests = requests_of(pacing, 4);
  for (Request& request : requests) request.ask(20);
  for (std::size_t i = 0; i < 4; ++i) CHECK(requests[i].ready() == std::chrono::seconds(2 * i + 1));
  requests[1].part.reset();
  CHECK(requests[0].ready() == 1s);
  CHECK(requests[2].ready() == 3s);
  CHECK(requests[3].ready() == 5s);
  CHECK(requests[0].sooner() == 0);
  requests[0].part.reset();
  CHECK(requests[2].sooner() == 1);
  CHECK(requests[2].ready() == 1s);
}

TEST_CASE("one destroyed after it was sent keeps its charge and gives its place back") {
  PacingLimits limits = ten_a_second();
  limits.concurrency = 1;
  Pacing pacing(limits, kStart);
  std::vector<Request> requests = requests_of(pacing, 2);
  requests[0].ask(10);
  requests[0].part->sent();
  CHECK_FALSE(requests[1].take_place());
  requests[0].part.reset();
  CHECK(requests[1].placed() == 1);
  requests[1].charge(10);
  CHECK(requests[1].ready() == 1s);
}

TEST_CASE("a request that ends before it was sent settles all the same") {
  PacingLimits limits = ten_a_second();
  limits.concurrency = 1;
  Pacing pacing(limits, kStart);
  Request request(pacing);
  for (int i = 0; i < 3; ++i) {
    request.ask(10);
    CHECK(request.ready() == 0s);
    request.settle(0, 0s);
  }
  CHECK(pacing.used(kStart).places == 0.0);
}

TEST_CASE("places are given in the order in which they were asked for") {
  PacingLimits limits = paced();
  limits.concurrency = 2;
  Pacing pacing(limits, kStart);
  std::vector<Request> requests = requests_of(pacing, 6);
  CHECK(requests[0].take_place());
  CHECK(requests[1].take_place());
  for (std::size_t i = 2; i < 6; ++i) CHECK_FALSE(requests[i].take_place());
  CHECK(pacing.used(kStart).places == 1.0);

  requests[0].charge(1);
  requests[0].part->sent();
  requests[0].settle(1, 0s);
  CHECK(requests[2].placed() == 1);
  requests[1].part.reset();  // Never charged.
  CHECK(requests[3].placed() == 1);
  requests[4].part.reset();  // While it waits.
  requests[3].part.reset();  // With a place that it did not use.
  CHECK(requests[4].placed() == 0);
  CHECK(requests[5].placed() == 1);
  requests[2].part.reset();
  requests[5].part.reset();
  CHECK(pacing.used(kStart).places == 0.0);
  CHECK(requests[2].placed() + requests[3].placed() + requests[5].placed() == 3);
}

TEST_CASE("the lock of a pacing is free when a wake comes") {
  PacingLimits limits = ten_a_second();
  limits.concurrency = 2;
  Pacing pacing(limits, kStart);
  std::vector<Request> requests = requests_of(pacing, 2);
  requests[0].ask(100);
  std::vector<double> places;
  const auto look = [&] { places.push_back(*pacing.used(kStart).places); };
  CHECK(requests[1].take_place());
  requests[1].part->charge({.input_tokens = 10}, kStart, look);
  CHECK(requests[1].ready() == 10s);
  Pacing::Part third(pacing);
  CHECK_FALSE(third.take_place(look));
  requests[0].part->sent();
  requests[0].settle(0, 0s);
  CHECK(places == std::vector<double>{1, 1});
}

TEST_CASE("times of threads that are a little behind do no harm") {
  Pacing pacing(ten_a_second(), kStart);
  std::vector<Request> requests = requests_of(pacing, 3);
  requests[0].ask(10, 100ms);
  requests[1].ask(1, 50ms);
  CHECK(requests[0].ready(40ms) == 40ms);
  CHECK(requests[1].ready(40ms) == 200ms);
  requests[0].part->sent();
  requests[0].settle(10, 0s);
  CHECK(*pacing.used(kStart).input_tokens == Approx(1.1));
}

TEST_CASE("a demand beyond all bounds waits very long") {
  Pacing pacing(ten_a_second(), kStart);
  std::vector<Request> requests = requests_of(pacing, 2);
  requests[0].ask(1e300);
  CHECK(requests[0].ready() > 24h);
  requests[0].settle(0, 0s);
  requests[1].ask(1e15);
  CHECK(requests[1].ready() > 24h);
}

TEST_CASE("the output to expect is the mean of those that had one") {
  Pacing pacing(paced(), kStart);
  Request request(pacing);
  CHECK(pacing.expected_output(4096) == 4096);
  for (const double tokens : {100.0, 0.0, 300.0}) {
    request.ask(1);
    request.part->sent();
    request.settle(1, 0s, tokens);
  }
  CHECK(pacing.expected_output(4096) == 200);
  CHECK(pacing.expected_output(150) == 150);
}
