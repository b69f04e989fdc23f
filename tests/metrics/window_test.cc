#include "metrics/window.h"

#include <catch2/catch.hpp>
#include <string>

#include "metrics/builtin.h"

using namespace metrics;
using namespace std::chrono_literals;

namespace {

// A test that a judge watches second by second.
class Watched {
 public:
  explicit Watched(const std::string& text, base::Duration window, base::Duration warmup = 0s)
      : thresholds_{parse_threshold(text, registry_).value()},
        judge_(make(window), registry_, warmup) {}

  Threshold& threshold() { return thresholds_[0]; }
  void add(MetricId metric, double value, std::uint64_t count = 1, const TagSet& tags = {}) {
    shard_.add(metric, shard_.intern(tags), value, count);
  }
  void add_unfinished(MetricId metric, double value) { shard_.add_lower_bound(metric, 0, value); }

  void second(bool apart = false) {
    elapsed_ += 1s;
    judge_.on_second(elapsed_, take(apart));
  }
  void seconds_of(int seconds, double value, std::uint64_t count = 1) {
    for (int i = 0; i < seconds; ++i) {
      add(kLlmTtft, value, count);
      second();
    }
  }
  void end(base::Duration rest = 0s) { judge_.on_end(elapsed_ += rest, take(false)); }

  bool has_failed() const { return judge_.first_failure(0).has_value(); }
  Judgement first_failure() const { return judge_.first_failure(0).value(); }
  Judgement judgement() const { return judge_.judgement(0, store_); }
  Verdict verdict() const { return judgement().verdict; }

 private:
  std::vector<Threshold>& make(base::Duration window) {
    thresholds_[0].window = window;
    return thresholds_;
  }
  std::vector<Delta> take(bool apart) {
    std::vector<Delta> deltas;
    deltas.push_back(shard_.take_delta());
    deltas[0].apart = apart;
    if (!apart) store_.merge(deltas[0]);
    return deltas;
  }

  Registry registry_;
  Shard shard_{registry_};
  Store store_{registry_};
  std::vector<Threshold> thresholds_;
  WindowedJudge judge_;
  base::Duration elapsed_{};
};

}  // namespace

TEST_CASE("one bad window fails a threshold that holds over the whole test") {
  Watched test("llm_ttft avg < 2s", 3s);
  test.seconds_of(10, 1);
  test.seconds_of(3, 5);
  test.seconds_of(20, 1);
  test.end();
  const Judgement judgement = test.judgement();
  CHECK(judgement.verdict == Verdict::kFailed);
  CHECK(judgement.measured.value == 5);
  CHECK(judgement.samples == 3);
  REQUIRE(judgement.worst_window);
  CHECK(judgement.worst_window->begin == 10s);
  CHECK(judgement.worst_window->end == 13s);
  CHECK(judgement.windows_failed == 5);  // 2.33, 3.67, 5, 3.67 and 2.33 s.
  CHECK(judgement.reason == "in the 3s from 10s on; 5 of 32 windows failed");
}

TEST_CASE("nothing is judged before the first window is full, and then at every second") {
  Watched test("llm_ttft avg < 2s", 30s);
  test.seconds_of(29, 5);
  CHECK_FALSE(test.has_failed());
  test.seconds_of(1, 5);
  REQUIRE(test.has_failed());
  CHECK(test.first_failure().measured.value == 5);
  CHECK(test.first_failure().reason == "in the 30s from 0s on");
  test.seconds_of(45, 9);
  CHECK(test.first_failure().measured.value == 5);  // The first, not the worst.
  CHECK(test.judgement().reason == "in the 30s from 30s on; 46 of 46 windows failed");
}

TEST_CASE("a test that is shorter than the window is judged as a whole at its end") {
  Watched test("llm_ttft avg < 2s", 30s);
  test.seconds_of(5, 5);
  test.end(400ms);
  CHECK(test.verdict() == Verdict::kFailed);
  CHECK(test.judgement().worst_window->end == 5400ms);
  CHECK(test.judgement().windows == 1);
}

TEST_CASE("the last window ends with the test") {
  Watched test("llm_ttft max < 2s", 3s);
  test.seconds_of(10, 1);
  test.add(kLlmTtft, 9);
  test.end(300ms);
  CHECK(test.verdict() == Verdict::kFailed);
  CHECK(test.judgement().worst_window->begin == 7s);
  CHECK(test.judgement().worst_window->end == 10300ms);
}

TEST_CASE("a passed threshold tells its worst window") {
  Watched test("llm_ttft max < 2s", 2s);
  test.seconds_of(70, 0.5);
  test.seconds_of(1, 1.5);
  test.seconds_of(5, 0.5);
  test.end();
  CHECK(test.verdict() == Verdict::kPassed);
  CHECK(test.judgement().measured.value == 1.5);
  CHECK(test.judgement().note == "worst in the 2s from 1m09s on");
}

TEST_CASE("the worst of a threshold with a lower limit is the lowest") {
  Watched test("llm_ttft min > 1s", 2s);
  test.seconds_of(3, 5);
  test.seconds_of(1, 2);
  test.seconds_of(5, 3);
  CHECK(test.verdict() == Verdict::kPassed);
  CHECK(test.judgement().measured.value == 2);
}

TEST_CASE("a window without samples is passed over, a test without any fails") {
  Watched test("llm_ttft avg < 2s", 3s);
  for (int i = 0; i < 10; ++i) test.second();
  CHECK_FALSE(test.has_failed());
  test.end();
  CHECK(test.verdict() == Verdict::kFailed);
  CHECK(test.judgement().reason == "no samples");
  test.seconds_of(3, 1);
  for (int i = 0; i < 10; ++i) test.second();
  CHECK(test.verdict() == Verdict::kPassed);
}

TEST_CASE("a counter without samples is 0 in its window") {
  Watched test("iterations rate >= 10/s", 4s);
  for (int i = 0; i < 8; ++i) {
    test.add(kIterations, 12);
    test.second();
  }
  CHECK_FALSE(test.has_failed());
  for (int i = 0; i < 4; ++i) test.second();
  CHECK(test.has_failed());
  CHECK(test.judgement().measured.value == 0);
  CHECK(test.judgement().worst_window->begin == 8s);
}

TEST_CASE("windows with fewer samples than asked for are passed over") {
  Watched test("llm_ttft avg < 2s", 2s);
  test.threshold().min_samples = 10;
  test.seconds_of(5, 9, 4);
  CHECK(test.verdict() == Verdict::kNotJudged);
  CHECK(test.judgement().reason == "no window had as many as min_samples = 10");
  test.seconds_of(5, 1, 100);
  CHECK(test.judgement().windows == 5);
  CHECK(test.verdict() == Verdict::kPassed);
}

TEST_CASE("what is unfinished at the end leaves the last window without a verdict") {
  Watched test("llm_ttft max < 9s", 3s);
  test.seconds_of(5, 1);
  test.add_unfinished(kLlmTtft, 2);
  test.end(500ms);
  CHECK(test.verdict() == Verdict::kNotJudged);
  CHECK(test.judgement().reason ==
        "in the 4s from 2s on: 1 of 4 samples are unfinished and could change it");
}

TEST_CASE("a window whose gaps the client blurred is not judged, others are") {
  Watched test("llm_itl max < 1s", 2s);
  for (int i = 0; i < 4; ++i) {
    test.add(kLlmItl, 0.02, 100);
    if (i == 1) test.add(kLlmItlCoalesced, 50);
    test.second();
  }
  CHECK(test.verdict() == Verdict::kNotJudged);
  test.add(kLlmItl, 3);
  test.second();
  CHECK(test.verdict() == Verdict::kFailed);
}

TEST_CASE("only what the selector matches is in a window") {
  Watched test("llm_ttft{task=chat} max < 2s", 2s);
  for (int i = 0; i < 4; ++i) {
    test.add(kLlmTtft, 1, 1, {{"task", "chat"}});
    test.add(kLlmTtft, 9, 1, {{"task", "search"}});
    test.second();
  }
  CHECK(test.verdict() == Verdict::kPassed);
  CHECK(test.judgement().samples == 2);
}

TEST_CASE("a tag value that never occurred fails a threshold with a window too") {
  Watched test("llm_requests{task=chta} count < 10", 2s);
  for (int i = 0; i < 4; ++i) {
    test.add(kLlmRequests, 1, 1, {{"task", "chat"}});
    test.second();
  }
  CHECK(test.verdict() == Verdict::kFailed);
  CHECK(test.judgement().reason ==
        "no samples: task \"chta\" never occurred (did you mean \"chat\"?)");
}

TEST_CASE("the warm-up is in no window") {
  Watched test("iterations rate >= 10/s", 3s, 5s);
  for (int i = 0; i < 5; ++i) {
    test.add(kIterations, 1);
    test.second(true);
  }
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(test.has_failed());
    test.add(kIterations, 12);
    test.second();
  }
  CHECK(test.judgement().windows == 1);
  CHECK(test.judgement().worst_window->begin == 5s);
  CHECK(test.judgement().measured.value == 12);
}

TEST_CASE("seconds that are struck late or early leave the windows as they are") {
  Registry registry;
  Shard shard(registry);
  std::vector<Threshold> thresholds = {parse_threshold("iterations count < 100", registry).value()};
  thresholds[0].window = 3s;
  WindowedJudge judge(thresholds, registry);
  Store store(registry);
  for (const auto elapsed : {1003ms, 1998ms, 3010ms, 4001ms, 5040ms, 5999ms}) {
    shard.add(kIterations, 0, 10);
    const Delta delta = shard.take_delta();
    store.merge(delta);
    judge.on_second(elapsed, {&delta, 1});
  }
  CHECK(judge.judgement(0, store).windows == 4);
  CHECK(judge.judgement(0, store).measured.value == 30);
}

TEST_CASE("thresholds without a window are left alone") {
  const Registry registry;
  const std::vector<Threshold> thresholds = {
      parse_threshold("iterations count > 5", registry).value()};
  WindowedJudge judge(thresholds, registry);
  judge.on_second(1s, {});
  judge.on_end(2s, {});
  CHECK_FALSE(judge.first_failure(0));
}
