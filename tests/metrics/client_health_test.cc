#include "metrics/client_health.h"

#include <catch2/catch.hpp>

#include "metrics/builtin.h"

using namespace metrics;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Registry registry;
  Shard shard{registry};
  ClientHealth health;
  int second = 0;

  // Ends the second, with what was added since the last one.
  ClientSecond end_second(bool apart = false) {
    std::vector<Delta> deltas;
    deltas.push_back(shard.take_delta());
    deltas.back().apart = apart;
    ++second;
    return health.on_second({(second - 1) * 1s, second * 1s}, deltas);
  }
  void add_cpu(double share, int worker = 0) {
    shard.add(kClientCpu, shard.intern({{"worker", std::to_string(worker)}}), share);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a client that keeps up has no findings") {
  add_cpu(0.5);
  shard.add(kClientLag, 0, 0.0001, 1000);
  shard.add(kLlmItl, 0, 0.02, 1000);
  const ClientSecond figures = end_second();
  CHECK(health.findings().empty());
  CHECK(figures.cpu == 0.5);
  CHECK(figures.lag_p99 == Approx(0.0001).epsilon(0.003));
  CHECK(figures.blurred_share == 0);
  CHECK(figures.start_lag_p99 < 0);  // Nothing to measure.
}

TEST_CASE_METHOD(Fixture, "a finding names its seconds and the worst of them") {
  for (const double cpu : {0.5, 0.95, 0.99, 0.2, 0.92}) {
    add_cpu(cpu);
    end_second();
  }
  const auto findings = health.findings();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].cause == ClientCause::kCpu);
  REQUIRE(findings[0].spans.size() == 2);
  CHECK(findings[0].spans[0].begin == 1s);
  CHECK(findings[0].spans[0].end == 3s);
  CHECK(findings[0].spans[1].begin == 4s);
  CHECK(findings[0].worst.begin == 2s);
  CHECK(findings[0].figure == "a worker used 99% of its core");
}

TEST_CASE_METHOD(Fixture, "the busiest worker counts") {
  add_cpu(0.2, 0);
  add_cpu(0.97, 1);
  CHECK(end_second().cpu == 0.97);
  CHECK(health.findings().size() == 1);
}

TEST_CASE_METHOD(Fixture, "each cause is found by its own figure") {
  shard.add(kClientRunQueue, 0, 0.3);
  shard.add(kScriptTime, 0, 0.03);
  shard.add(kClientLag, 0, 0.02, 100);
  shard.add(kStartLag, 0, 0.05, 100);
  shard.add(kLlmItl, 0, 0.02, 98);
  shard.add(kLlmItlCoalesced, 0, 2);
  shard.add(kClientErrors, shard.intern({{"cause", "descriptors"}}), 3);
  shard.add(kClientErrors, shard.intern({{"cause", "ports"}}), 4);
  shard.add(kHttpReqLookingUp, 0, 0.9);
  const ClientSecond figures = end_second();
  CHECK(figures.descriptor_errors == 3);
  CHECK(figures.port_errors == 4);
  std::vector<ClientCause> causes;
  for (const ClientFinding& finding : health.findings()) {
    causes.push_back(finding.cause);
    CHECK_FALSE(advice(finding.cause).empty());
    CHECK_FALSE(finding.figure.empty());
  }
  CHECK(causes == std::vector{ClientCause::kScheduler, ClientCause::kScript,
                              ClientCause::kLateReads, ClientCause::kLateStarts,
                              ClientCause::kCoalescing, ClientCause::kDescriptors,
                              ClientCause::kPorts, ClientCause::kDns});
}

TEST_CASE_METHOD(Fixture, "a slow server is none of the causes") {
  shard.add(kLlmTtft, 0, 60, 100);
  shard.add(kLlmItl, 0, 9, 100);
  shard.add(kVuWait, 0, 30, 100);
  shard.add(kDroppedIterations, 0, 100);
  shard.add(kLlmRequestFailed, 0, 1, 100);
  end_second();
  CHECK(health.findings().empty());
}

TEST_CASE_METHOD(Fixture, "what is kept apart is not looked at") {
  add_cpu(1);
  end_second(true);
  CHECK(health.findings().empty());
}
