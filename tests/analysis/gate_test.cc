#include "analysis/gate.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "analysis/runs_of_figures.h"
#include "base/random.h"
#include "metrics/builtin.h"

using analysis::Gate;
using analysis::GateVerdict;
using analysis::parse_gate;
using tests::FiguresRun;

namespace {

const metrics::Registry& registry() {
  static const metrics::Registry builtin;
  return builtin;
}

Gate gate_of(const std::string& text) {
  const auto gate = parse_gate(text, registry());
  INFO(text);
  if (!gate) FAIL(gate.error().message);
  return *gate;
}

std::string error_of(const std::string& text) {
  const auto gate = parse_gate(text, registry());
  INFO(text);
  REQUIRE_FALSE(gate);
  return gate.error().message;
}

std::vector<FiguresRun> runs_of(const std::vector<double>& values) {
  std::vector<FiguresRun> runs(values.size());
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].add_time("llm_ttft", values[i]);
  return runs;
}

std::vector<analysis::JudgedGate> judged(const analysis::Comparison& comparison,
                                         const std::vector<Gate>& gates) {
  return analysis::judge_gates(gates, comparison);
}

analysis::Comparison compare_with(const std::vector<Gate>& gates,
                                  const std::vector<FiguresRun>& base,
                                  const std::vector<FiguresRun>& next) {
  analysis::ComparisonOptions options;
  for (const Gate& gate : gates) options.wanted.push_back(gate.figure);
  return analysis::compare(tests::read_all(base, "base"), tests::read_all(next, "new"), options);
}

GateVerdict verdict_of(const std::string& text, const std::vector<double>& next) {
  const std::vector<Gate> gates = {gate_of(text)};
  const auto comparison = compare_with(gates, runs_of({0.400, 0.404, 0.396, 0.402}), runs_of(next));
  return judged(comparison, gates).front().verdict;
}

}  // namespace

TEST_CASE("a gate has a threshold's figure and how much worse it may be") {
  const Gate gate = gate_of(" llm_ttft{task=simple} p(95) worse by 10% ");
  CHECK(gate.source == "llm_ttft{task=simple} p(95) worse by 10%");
  CHECK(gate.figure.label() == "llm_ttft{task=simple} p(95)");
  CHECK(gate.kind == Gate::Margin::kRelative);
  CHECK(gate.margin == Approx(0.1));
  CHECK(gate_of("llm_ttft med worse").kind == Gate::Margin::kNone);
  CHECK(gate_of("llm_ttft med worse by 50ms").kind == Gate::Margin::kAbsolute);
  CHECK(gate_of("llm_ttft med worse by 50ms").margin == Approx(0.05));
  CHECK(gate_of("llm_output_tokens rate worse by 5 tokens/s").margin == 5);
  // Of a share, % is its unit.
  CHECK(gate_of("llm_request_failed rate worse by 2%").kind == Gate::Margin::kAbsolute);
  CHECK(gate_of("llm_request_failed rate worse by 2%").margin == Approx(0.02));
  CHECK(gate_of("llm_cost per request worse by 5%").figure.label() == "llm_cost per request");
}

TEST_CASE("a gate that is none is told what would be") {
  CHECK(error_of("") ==
        "\"\": expected \"metric aggregate worse by N%\", as in \"llm_ttft p(95) worse by 10%\"");
  CHECK_THAT(error_of("llm_tfft p(95) worse"), Catch::Contains("did you mean \"llm_ttft\""));
  CHECK_THAT(error_of("llm_ttft worse by 10%"),
             Catch::Contains("expected an aggregate between llm_ttft and \"worse\": llm_ttft is a "
                             "trend and has avg"));
  CHECK_THAT(error_of("llm_ttft p95 worse"), Catch::Contains("did you mean \"p(95)\""));
  CHECK_THAT(error_of("llm_ttft p(95) better by 10%"),
             Catch::Contains("expected \"worse\" after the aggregate, got \"better\""));
  CHECK_THAT(error_of("llm_ttft p(95) < 2s"), Catch::Contains("a limit is a threshold"));
  CHECK_THAT(error_of("llm_ttft p(95) worse 10%"),
             Catch::Contains("expected \"by N%\" or nothing"));
  CHECK_THAT(error_of("llm_ttft p(95) worse by"), Catch::Contains("expected \"by N%\" or nothing"));
  CHECK_THAT(error_of("llm_ttft p(95) worse by 10"), Catch::Contains("needs a unit"));
  CHECK_THAT(error_of("llm_ttft p(95) worse by -10%"), Catch::Contains("a margin is 0 or more"));
  CHECK_THAT(error_of("llm_requests rate worse by 100%"), Catch::Contains("cannot fall by 100%"));
  CHECK_THAT(error_of("llm_tokens_in avg worse"),
             Catch::Contains("nothing says whether more or less of llm_tokens_in is worse"));
}

TEST_CASE(
    "a gate fails on evidence for more than its margin, and looks again where there is none") {
  CHECK(verdict_of("llm_ttft med worse by 10%", {0.48, 0.484, 0.476}) == GateVerdict::kFailed);
  CHECK(verdict_of("llm_ttft med worse by 50ms", {0.48, 0.484, 0.476}) == GateVerdict::kFailed);
  CHECK(verdict_of("llm_ttft med worse by 30%", {0.48, 0.484, 0.476}) == GateVerdict::kPassed);
  CHECK(verdict_of("llm_ttft med worse by 10%", {0.40, 0.404, 0.396}) == GateVerdict::kPassed);
  CHECK(verdict_of("llm_ttft med worse", {0.40, 0.404, 0.396}) == GateVerdict::kPassed);
  CHECK(verdict_of("llm_ttft med worse", {0.42, 0.424, 0.416}) == GateVerdict::kFailed);
  CHECK(verdict_of("llm_ttft med worse by 10%", {0.36, 0.364, 0.356}) == GateVerdict::kPassed);
  // 12 % with runs 8 % apart: it looks so, and is not sure.
  CHECK(verdict_of("llm_ttft med worse by 10%", {0.41, 0.45, 0.49}) == GateVerdict::kNotJudged);
  // Noise that could hide several times the margin.
  CHECK(verdict_of("llm_ttft med worse by 1%", {0.3, 0.4, 0.5}) == GateVerdict::kNotJudged);
}

TEST_CASE("a figure without samples cannot be gated") {
  const std::vector<Gate> gates = {gate_of("llm_itl p(95) worse"), gate_of("llm_ttft med worse")};
  const auto comparison = compare_with(gates, runs_of({0.4, 0.41}), runs_of({0.4, 0.41}));
  const auto verdicts = judged(comparison, gates);
  CHECK(verdicts[0].verdict == GateVerdict::kNotJudged);
  CHECK_THAT(verdicts[0].reason, Catch::Contains("no samples"));
  CHECK(verdicts[1].verdict == GateVerdict::kPassed);
}

TEST_CASE("several gates share what one alone might spend") {
  std::vector<FiguresRun> base = runs_of({0.400, 0.404, 0.396, 0.402});
  std::vector<FiguresRun> next = runs_of({0.48, 0.484, 0.476, 0.481});
  const auto add_steady = [](std::vector<FiguresRun>& runs) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      runs[i].add_time("llm_itl", 0.01 + 0.0001 * static_cast<double>(i));
      runs[i].add_time("llm_tpot", 0.01 + 0.0002 * static_cast<double>(i % 2));
    }
  };
  add_steady(base);
  add_steady(next);
  const std::vector<Gate> gates = {gate_of("llm_itl med worse"), gate_of("llm_ttft med worse"),
                                   gate_of("llm_tpot med worse")};
  const auto comparison = compare_with(gates, base, next);
  const auto verdicts = judged(comparison, gates);
  CHECK(verdicts[1].verdict == GateVerdict::kFailed);
  CHECK(verdicts[1].confidence == Approx(1 - 0.05 / 3));
  CHECK(verdicts[0].verdict == GateVerdict::kPassed);
  CHECK(verdicts[0].confidence == Approx(1 - 0.05 / 2));
  CHECK(verdicts[2].confidence == Approx(1 - 0.05 / 2));
}

namespace {

constexpr double kRunToRun = 0.02;

// The mean of a run's own wandering: 60 intervals of an autoregression (0.6) of 3 % on the log.
double within_run_noise(base::RandomStream& random) {
  double value = random.normal();
  double sum = 0;
  for (int i = 0; i < 60; ++i) {
    sum += value;
    value = 0.6 * value + 0.8 * random.normal();
  }
  return 0.03 * sum / 60;
}

// Ten metrics with noise from run to run and within; all but the shifted one are alike on both
// sides. Five runs a side; the gate is on the first.
bool gate_fails(const std::string& text, double shift, std::uint64_t seed) {
  static const std::vector<std::string> kNames = {
      "llm_ttft",       "llm_itl", "llm_tpot",  "llm_request_duration", "llm_ttft_text",
      "llm_queue_time", "vu_wait", "start_lag", "iteration_duration",   "http_req_duration"};
  base::RandomStream random(seed);
  const auto side = [&](double factor) {
    std::vector<FiguresRun> runs(5);
    for (FiguresRun& run : runs) {
      for (const std::string& name : kNames) {
        const double noise = kRunToRun * random.normal() + within_run_noise(random);
        run.add_time(name, 0.4 * std::exp(noise) * (name == kNames.front() ? factor : 1));
      }
    }
    return runs;
  };
  const std::vector<Gate> gates = {gate_of(text)};
  const auto base = side(1);
  const auto comparison = compare_with(gates, base, side(1 + shift));
  return judged(comparison, gates).front().verdict == GateVerdict::kFailed;
}

int failures(const std::string& text, double shift, int comparisons) {
  int failed = 0;
  for (int i = 0; i < comparisons; ++i) {
    failed += gate_fails(text, shift, base::derive_seed(11, static_cast<std::uint64_t>(i))) ? 1 : 0;
  }
  return failed;
}

}  // namespace

// The claims of docs/compare.md, for 2 % from run to run. The false alarms of 200 comparisons are
// binomial: at a true rate of 5 % more than 10 come in four of ten tests, at the 2.5 % that is
// aimed at (5 +- 2.2) in one of a hundred.
TEST_CASE("equal runs seldom fail a gate") {
  CHECK(failures("llm_ttft med worse", 0, 200) <= 10);
  CHECK(failures("llm_ttft med worse by 10%", 0, 50) == 0);
  CHECK(failures("llm_ttft med worse by 10%", 0.10, 200) <= 10);  // At the margin itself.
}

// 60 comparisons at a true power of 90 % have fewer than 54 in four of ten tests; at the 98 % that
// is expected of a margin of 3 %, practically never.
TEST_CASE("a shift of 10 % is found with five runs a side") {
  CHECK(failures("llm_ttft med worse", 0.10, 60) >= 54);
  CHECK(failures("llm_ttft med worse by 3%", 0.10, 60) >= 54);
}
