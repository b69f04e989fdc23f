#include "cli/search_step.h"

#include <catch2/catch.hpp>

#include "metrics/builtin.h"
#include "metrics/shard.h"

using namespace cli;
using namespace std::chrono_literals;
using metrics::Verdict;

namespace {

constexpr const char* kObjective = "llm_ttft p(95) < 2s";

// A run of a step of 10 s after 2 s of warm-up, at 50 calls a second.
class StepRun {
 public:
  StepRun() : store_(registry_), apart_(registry_) {
    result_.store = &store_;
    result_.apart = &apart_;
    result_.elapsed = 12s;
    judge(Verdict::kPassed);
    set_open(100, 100);
  }

  void judge(Verdict verdict, const std::string& reason = "") {
    const auto threshold = metrics::parse_threshold(kObjective, registry_);
    metrics::Judgement judgement;
    judgement.verdict = verdict;
    judgement.measured.value = 2.5;
    judgement.reason = reason;
    result_.thresholds = {{*threshold, judgement}};
  }
  void set_open(std::uint64_t at_start, std::uint64_t at_end) {
    result_.intervals.clear();
    for (int second = 1; second <= 13; ++second) {
      output::Interval interval;
      interval.elapsed_s = second;
      interval.vus = second < 11 ? at_start : second < 12 ? at_end : 0;
      interval.llm_requests = 40.0 * second;
      interval.llm_requests_failed = 2.0 * second;
      result_.intervals.push_back(interval);
    }
  }
  void drop(double calls) {
    metrics::Shard shard(registry_);
    shard.add(metrics::kDroppedIterations, 0, calls);
    store_.merge(shard.take_delta());
  }
  void find_client_busy() { result_.client_findings.emplace_back(); }

  SearchStep judged(LoadStep::By by = LoadStep::By::kRate, bool is_poisson = false) {
    return judge_step({.by = by, .load = 50, .is_poisson = is_poisson, .warmup = 2s, .length = 10s},
                      result_, {kObjective});
  }

 private:
  metrics::Registry registry_;
  metrics::Store store_;
  metrics::Store apart_;
  output::RunResult result_;
};

LoadStep planned(LoadStep::By by, double load, bool is_poisson, base::Duration call,
                 std::uint64_t samples = 0) {
  return plan_step(by, load, is_poisson, {.shortest = 10s, .longest = 120s, .samples = samples},
                   call);
}

}  // namespace

TEST_CASE("a step brings the calls that its claim wants") {
  const auto rate = LoadStep::By::kRate;
  CHECK(planned(rate, 1'000, false, 50ms).length == 10s);
  CHECK(planned(rate, 20, false, 50ms).length == 20s);
  CHECK(planned(rate, 20, true, 50ms).length == 75s);
  CHECK(planned(rate, 20, false, 50ms, 662).length == 33'100ms);
  CHECK(planned(rate, 1'000, false, 2s).length == 40s);
  CHECK(planned(rate, 0.01, true, 50ms).length == 120s);
  CHECK(planned(rate, 1e-6, true, 50ms).length == 120s);
}

TEST_CASE("users bring calls as often as a call takes") {
  CHECK(planned(LoadStep::By::kUsers, 10, false, 1s, 130).length == 20s);
  CHECK(planned(LoadStep::By::kUsers, 10, false, 1s, 662).length == 66'200ms);
}

TEST_CASE("the warm-up lasts as long as two calls") {
  CHECK(planned(LoadStep::By::kRate, 10, false, 50ms).warmup == 2s);
  CHECK(planned(LoadStep::By::kRate, 10, false, 6s).warmup == 12s);
}

TEST_CASE("a step holds where its objectives do and nothing piles up") {
  StepRun run;
  const SearchStep step = run.judged();
  CHECK(step.outcome == StepOutcome::kHeld);
  CHECK(step.why.empty());
  CHECK(step.answered_per_s == Approx(38));
  CHECK(step.open_at_start == 100);
}

TEST_CASE("a failed objective is why a step did not hold") {
  StepRun run;
  run.judge(Verdict::kFailed);
  const SearchStep step = run.judged();
  CHECK(step.outcome == StepOutcome::kServerGaveIn);
  CHECK(step.why == "llm_ttft p(95) < 2s: 2.50s");
}

TEST_CASE("what was not judged is the client's doing only where it has a finding") {
  StepRun run;
  run.judge(Verdict::kNotJudged, "the client was late");
  CHECK(run.judged().outcome == StepOutcome::kServerGaveIn);
  run.find_client_busy();
  CHECK(run.judged().outcome == StepOutcome::kClientGaveIn);
  CHECK(run.judged().why == "llm_ttft p(95) < 2s: the client was late");
}

TEST_CASE("open calls that grow beyond chance are overload, whatever the latencies say") {
  StepRun run;
  // 500 calls: 2 % of them are 10, and twice the root of 100 is 20.
  run.set_open(100, 130);
  CHECK(run.judged().outcome == StepOutcome::kHeld);
  run.set_open(100, 131);
  CHECK(run.judged().outcome == StepOutcome::kServerGaveIn);
  CHECK(run.judged().why == "open calls grew from 100 to 131");
  // Calls that come at random vary by the root of 500 themselves.
  CHECK(run.judged(LoadStep::By::kRate, true).outcome == StepOutcome::kHeld);
  run.set_open(100, 156);
  CHECK(run.judged(LoadStep::By::kRate, true).outcome == StepOutcome::kServerGaveIn);
}

TEST_CASE("users wait for their answers, so that nothing piles up") {
  StepRun run;
  run.set_open(10, 100);
  CHECK(run.judged(LoadStep::By::kUsers).outcome == StepOutcome::kHeld);
}

TEST_CASE("dropped calls are overload") {
  StepRun run;
  run.drop(3);
  CHECK(run.judged().outcome == StepOutcome::kServerGaveIn);
  CHECK(run.judged().why == "3 calls found no VU");
}
