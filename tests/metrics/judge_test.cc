#include <catch2/catch.hpp>

#include "metrics/builtin.h"
#include "metrics/threshold.h"

using namespace metrics;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Registry registry;
  Shard shard{registry};
  Store store{registry};

  void add(MetricId metric, double value, std::uint64_t count = 1, const TagSet& tags = {}) {
    shard.add(metric, shard.intern(tags), value, count);
  }
  void add_with_error(MetricId metric, double value, double error) {
    shard.add_with_error(metric, 0, value, error);
  }
  void add_unfinished(MetricId metric, double value) { shard.add_lower_bound(metric, 0, value); }

  Threshold parse(std::string_view text) { return parse_threshold(text, registry).value(); }
  Judgement judge(const Threshold& threshold) {
    store.merge(shard.take_delta());
    return metrics::judge(threshold, store, 10s);
  }
  Judgement judge(std::string_view text) { return judge(parse(text)); }
  Verdict verdict(std::string_view text) { return judge(text).verdict; }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "all operators compare the value with the limit") {
  add(kVus, 5);
  CHECK(verdict("vus value < 6") == Verdict::kPassed);
  CHECK(verdict("vus value < 5") == Verdict::kFailed);
  CHECK(verdict("vus value <= 5") == Verdict::kPassed);
  CHECK(verdict("vus value <= 4") == Verdict::kFailed);
  CHECK(verdict("vus value > 4") == Verdict::kPassed);
  CHECK(verdict("vus value > 5") == Verdict::kFailed);
  CHECK(verdict("vus value >= 5") == Verdict::kPassed);
  CHECK(verdict("vus value >= 6") == Verdict::kFailed);
  CHECK(verdict("vus value == 5") == Verdict::kPassed);
  CHECK(verdict("vus value == 6") == Verdict::kFailed);
  CHECK(verdict("vus value != 6") == Verdict::kPassed);
  CHECK(verdict("vus value != 5") == Verdict::kFailed);
}

TEST_CASE_METHOD(Fixture, "each aggregate measures what its name says") {
  for (int i = 1; i <= 4; ++i) add(kLlmTtft, i);
  add(kChecks, 1, 3);
  add(kChecks, 0, 1);
  add(kDataSent, 500);
  add(kVus, 2);
  add(kVus, 8);
  add(kVus, 5);
  const auto measured = [this](std::string_view text) { return judge(text).measured.value; };
  CHECK(measured("llm_ttft avg < 1s") == 2.5);
  CHECK(measured("llm_ttft min < 1s") == 1);
  CHECK(measured("llm_ttft max < 1s") == 4);
  CHECK(measured("llm_ttft med < 1s") == Approx(2).epsilon(0.003));
  CHECK(measured("llm_ttft p(75) < 1s") == Approx(3).epsilon(0.003));
  CHECK(measured("llm_ttft sum < 1s") == 10);
  CHECK(measured("llm_ttft stddev < 1s") == Approx(1.118).epsilon(0.001));
  CHECK(measured("llm_ttft count < 1") == 4);
  CHECK(measured("checks rate > 1%") == 0.75);
  CHECK(measured("checks count > 1") == 3);
  CHECK(measured("data_sent count > 1") == 500);
  CHECK(measured("data_sent rate > 1") == 50);
  CHECK(measured("vus value > 1") == 5);
  CHECK(measured("vus min > 1") == 2);
  CHECK(measured("vus max > 1") == 8);
  CHECK(measured("vus count > 1") == 3);
}

TEST_CASE_METHOD(Fixture, "a counter's rate is 0 while no time has passed") {
  add(kIterations, 5);
  store.merge(shard.take_delta());
  const Judgement judgement = metrics::judge(parse("iterations rate > 0"), store, 0s);
  CHECK(judgement.measured.value == 0);
  CHECK(judgement.verdict == Verdict::kFailed);
}

TEST_CASE_METHOD(Fixture, "a share of 7 in 100 is 7 percent") {
  add(kChecks, 1, 7);
  add(kChecks, 0, 93);
  CHECK(verdict("checks rate >= 7%") == Verdict::kPassed);
  CHECK(verdict("checks rate <= 7%") == Verdict::kPassed);
}

TEST_CASE_METHOD(Fixture, "only what the selector matches is judged") {
  add(kLlmTtft, 1, 1, {{"task", "simple"}});
  add(kLlmTtft, 9, 1, {{"task", "complex"}});
  CHECK(verdict("llm_ttft{task=simple} max < 2s") == Verdict::kPassed);
  CHECK(verdict("llm_ttft{task=complex} max < 2s") == Verdict::kFailed);
  CHECK(judge("llm_ttft{task=simple} max < 2s").samples == 1);
}

TEST_CASE_METHOD(Fixture, "a tag value that never occurred is named with the one that was meant") {
  add(kLlmTtft, 1, 1, {{"task", "simple"}, {"model", "m-large"}});
  add(kHttpReqs, 1, 1, {{"name", "login"}});
  const auto reason = [this](std::string_view text) {
    const Judgement judgement = judge(text);
    CHECK(judgement.verdict == Verdict::kFailed);
    return judgement.reason;
  };
  CHECK(reason("llm_ttft{task=simpel} max < 2s") ==
        "no samples: task \"simpel\" never occurred (did you mean \"simple\"?)");
  CHECK(reason("llm_ttft{task=simple,model=other} max < 2s") ==
        "no samples: model \"other\" never occurred (seen: m-large)");
  CHECK(reason("llm_ttft{model~small*} max < 2s") ==
        "no samples: no model matches \"small*\" (seen: m-large)");
  CHECK(reason("llm_ttft{tsak=simple} max < 2s") ==
        "no samples: the tag \"tsak\" never occurred (did you mean \"task\"?)");
  CHECK(reason("llm_ttft{name=login} max < 2s") == "no samples");
  CHECK(reason("llm_ttft{task!=simple} max < 2s") == "no samples");
}

TEST_CASE_METHOD(Fixture, "a counter of a tag value that never occurred is no pass") {
  add(kLlmRequests, 1, 1, {{"task", "simple"}});
  const Judgement judgement = judge("llm_requests{task=simpel} count < 10");
  CHECK(judgement.verdict == Verdict::kFailed);
  CHECK(judgement.reason ==
        "no samples: task \"simpel\" never occurred (did you mean \"simple\"?)");
  Threshold allowed = parse("llm_requests{task=simpel} count < 10");
  allowed.allow_empty = true;
  CHECK(judge(allowed).verdict == Verdict::kPassed);
  // The task is there: it had no errors, and that is a value.
  CHECK(verdict("script_errors{task=simple} count == 0") == Verdict::kPassed);
}

TEST_CASE_METHOD(Fixture, "an answer that never came is 0 of them") {
  add(kLlmRequests, 1, 1, {{"task", "simple"}, {"outcome", "completed"}});
  CHECK(verdict("llm_requests{error=timeout} count < 5") == Verdict::kPassed);
  CHECK(verdict("http_reqs{status=500} count == 0") == Verdict::kPassed);
  CHECK(verdict("llm_requests{outcome=failed} rate < 1") == Verdict::kPassed);
  CHECK(verdict("llm_requests{outcome=failed,task=x} rate < 1") == Verdict::kFailed);
}

TEST_CASE_METHOD(Fixture, "without samples a threshold fails unless that is allowed") {
  for (const char* text : {"llm_ttft p(95) < 2s", "checks rate < 5%", "vus value < 5"}) {
    INFO(text);
    Threshold threshold = parse(text);
    CHECK(judge(threshold).verdict == Verdict::kFailed);
    CHECK(judge(threshold).reason == "no samples");
    threshold.allow_empty = true;
    CHECK(judge(threshold).verdict == Verdict::kPassed);
    CHECK(judge(threshold).reason.empty());
    CHECK(judge(threshold).note == "no samples");
  }
}

TEST_CASE_METHOD(Fixture, "a counter without samples is 0") {
  CHECK(verdict("iterations count > 0") == Verdict::kFailed);
  CHECK(verdict("script_errors count == 0") == Verdict::kPassed);
  CHECK(judge("script_errors count == 0").reason.empty());
}

TEST_CASE_METHOD(Fixture, "with fewer samples than asked for nothing is judged") {
  add(kLlmTtft, 9, 49);
  Threshold threshold = parse("llm_ttft max < 2s");
  threshold.min_samples = 50;
  CHECK(judge(threshold).verdict == Verdict::kNotJudged);
  CHECK(judge(threshold).reason == "49 samples, fewer than min_samples = 50");
  add(kLlmTtft, 9);
  CHECK(judge(threshold).verdict == Verdict::kFailed);
  add(kVus, 5, 1);
  Threshold gauge = parse("vus max < 2");
  gauge.min_samples = 2;
  CHECK(judge(gauge).verdict == Verdict::kNotJudged);
}

TEST_CASE_METHOD(Fixture, "unfinished ones are samples") {
  add_unfinished(kLlmTtft, 9);
  CHECK(judge("llm_ttft count >= 1").verdict == Verdict::kPassed);
  CHECK_FALSE(judge("llm_ttft count >= 1").measured.is_lower_bound);
}

TEST_CASE_METHOD(Fixture, "a lower bound decides only what a higher value could not change") {
  add(kLlmTtft, 1, 9);
  add_unfinished(kLlmTtft, 3);
  REQUIRE(judge("llm_ttft max < 5s").measured.is_lower_bound);
  CHECK(verdict("llm_ttft max < 5s") == Verdict::kNotJudged);
  CHECK(verdict("llm_ttft max < 3s") == Verdict::kFailed);
  CHECK(verdict("llm_ttft max < 2s") == Verdict::kFailed);
  CHECK(verdict("llm_ttft max <= 3s") == Verdict::kNotJudged);
  CHECK(verdict("llm_ttft max <= 2s") == Verdict::kFailed);
  CHECK(verdict("llm_ttft max > 2s") == Verdict::kPassed);
  CHECK(verdict("llm_ttft max > 3s") == Verdict::kNotJudged);
  CHECK(verdict("llm_ttft max >= 3s") == Verdict::kPassed);
  CHECK(verdict("llm_ttft max >= 5s") == Verdict::kNotJudged);
  CHECK(verdict("llm_ttft max == 3s") == Verdict::kNotJudged);
  CHECK(verdict("llm_ttft max != 3s") == Verdict::kNotJudged);
  CHECK(judge("llm_ttft max < 5s").reason == "1 of 10 samples are unfinished and could change it");
}

TEST_CASE_METHOD(Fixture, "a percentile below all unfinished ones is judged as usual") {
  add(kLlmTtft, 1, 9);
  add_unfinished(kLlmTtft, 3);
  CHECK(verdict("llm_ttft p(50) < 2s") == Verdict::kPassed);
  CHECK(verdict("llm_ttft p(95) < 5s") == Verdict::kNotJudged);
}

TEST_CASE_METHOD(Fixture, "a deviation that unfinished ones could raise or lower is not judged") {
  add(kLlmTtft, 1);
  add(kLlmTtft, 5);
  add_unfinished(kLlmTtft, 3);
  CHECK(verdict("llm_ttft stddev < 1s") == Verdict::kNotJudged);
  CHECK(verdict("llm_ttft stddev > 1s") == Verdict::kNotJudged);
}

TEST_CASE_METHOD(Fixture, "llm_itl is not judged where more than 1 percent of gaps were blurred") {
  add(kLlmItl, 0.02, 990);
  add(kLlmItlCoalesced, 10);
  CHECK(verdict("llm_itl max < 1s") == Verdict::kPassed);
  add(kLlmItlCoalesced, 1);
  const Judgement judgement = judge("llm_itl max < 1s");
  CHECK(judgement.verdict == Verdict::kNotJudged);
  CHECK(judgement.reason == "the client's own delay blurred 1.1% of the gaps, more than 1%");
  CHECK(judgement.measured.value == 0.02);
  add(kLlmTtft, 0.1);
  CHECK(verdict("llm_ttft max < 1s") == Verdict::kPassed);
}

TEST_CASE_METHOD(Fixture, "blurred gaps count only where the selector matches them") {
  add(kLlmItl, 0.02, 10, {{"task", "a"}});
  add(kLlmItl, 0.02, 10, {{"task", "b"}});
  add(kLlmItlCoalesced, 5, 1, {{"task", "b"}});
  CHECK(verdict("llm_itl{task=a} max < 1s") == Verdict::kPassed);
  CHECK(verdict("llm_itl{task=b} max < 1s") == Verdict::kNotJudged);
}

TEST_CASE_METHOD(Fixture, "where every gap was blurred there is no verdict, not a failure") {
  add(kLlmItlCoalesced, 5);
  CHECK(verdict("llm_itl max < 1s") == Verdict::kNotJudged);
}

TEST_CASE_METHOD(Fixture, "a percentile of few samples says how many it wants") {
  add(kLlmTtft, 1, 90);
  CHECK(judge("llm_ttft p(99) < 2s").verdict == Verdict::kPassed);
  CHECK(judge("llm_ttft p(99) < 2s").note == "p(99) wants >= 662 samples, has 90");
  CHECK(judge("llm_ttft p(99.9) < 2s").note == "p(99.9) wants >= 6,636 samples, has 90");
  CHECK(judge("llm_ttft p(90) < 2s").note.empty());
  CHECK(judge("llm_ttft med < 2s").note.empty());
  CHECK(judge("llm_ttft max < 2s").note.empty());
  CHECK(judge("llm_ttft p(100) < 2s").note.empty());
}

TEST_CASE("the samples that a percentile wants leave two beyond it at 99 percent confidence") {
  CHECK(samples_wanted(50) == 11);
  CHECK(samples_wanted(90) == 64);
  CHECK(samples_wanted(95) == 130);
  CHECK(samples_wanted(99) == 662);
  CHECK(samples_wanted(99.9) == 6636);
  CHECK(samples_wanted(1) == 3);
  CHECK(samples_wanted(0) == 0);
  CHECK(samples_wanted(100) == 0);
}

TEST_CASE_METHOD(Fixture, "a value is judged unless the client's error could have decided it") {
  for (int i = 0; i < 200; ++i) add_with_error(kLlmTtft, 1.0, 0.1);
  CHECK(verdict("llm_ttft p(95) < 2s") == Verdict::kPassed);
  CHECK(verdict("llm_ttft p(95) < 0.5s") == Verdict::kFailed);
  const Judgement near = judge("llm_ttft p(95) < 1.05s");
  CHECK(near.verdict == Verdict::kNotJudged);
  CHECK(near.reason.find("the client's own error, ±100ms, could have decided it") == 0);
  CHECK(near.error_below == Approx(0.1).epsilon(0.01));
  CHECK(verdict("llm_ttft p(95) > 0.95s") == Verdict::kNotJudged);
  CHECK(verdict("llm_ttft p(95) > 0.8s") == Verdict::kPassed);
}

TEST_CASE_METHOD(Fixture, "unfinished values and the client's error are told apart") {
  for (int i = 0; i < 90; ++i) add_with_error(kLlmTtft, 1.0, 0.1);
  for (int i = 0; i < 10; ++i) add_unfinished(kLlmTtft, 1.5);
  CHECK(judge("llm_ttft p(95) < 2s").reason ==
        "10 of 100 samples are unfinished and could change it");
  CHECK(verdict("llm_ttft p(95) < 1.2s") == Verdict::kFailed);
  CHECK(verdict("llm_ttft p(50) < 1.05s") == Verdict::kNotJudged);
}

TEST_CASE_METHOD(Fixture, "failures of the client's own making do not fail a threshold") {
  add(kLlmRequestFailed, 0, 90);
  for (int i = 0; i < 10; ++i) shard.add_own_true(kLlmRequestFailed, 0);
  CHECK(verdict("llm_request_failed rate < 1%") == Verdict::kNotJudged);
  CHECK(verdict("llm_request_failed rate < 20%") == Verdict::kPassed);
  add(kLlmRequestFailed, 1, 10);
  CHECK(verdict("llm_request_failed rate < 1%") == Verdict::kFailed);
}
