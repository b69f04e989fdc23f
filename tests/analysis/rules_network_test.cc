#include <catch2/catch.hpp>

#include "analysis/made_up_run.h"

using namespace tests;

TEST_CASE("connections are graded by the share of requests that opened one") {
  const auto [vus, opened, reused, severity] = GENERATE(table<int, int, int, std::string>({
      {5, 19, 0, "none"},   // Too few requests.
      {5, 10, 10, "none"},  // No more than two for each VU.
      {5, 20, 80, "none"},
      {5, 21, 79, "medium"},
      {5, 50, 50, "medium"},
      {5, 51, 49, "high"},
      {50, 100, 0, "none"},
  }));
  CAPTURE(vus, opened, reused);
  MadeUpRun run;
  run.add(metrics::kVusMax, {}, vus);
  run.add(metrics::kHttpReqConnecting, {}, 0.02, static_cast<std::uint64_t>(opened));
  if (reused > 0) {
    run.add(metrics::kHttpReqConnecting, {}, 0, static_cast<std::uint64_t>(reused));
  }
  CHECK(run.severity("connection_churn") == severity);
}

TEST_CASE("times of connecting are those of the new connections alone") {
  MadeUpRun run;
  run.add(metrics::kVusMax, {}, 2);
  run.add(metrics::kHttpReqConnecting, {}, 0.02, 60);
  run.add(metrics::kHttpReqConnecting, {}, 0, 40);
  run.add(metrics::kHttpReqTlsHandshaking, {}, 0.05, 60);
  run.add(metrics::kHttpReqTlsHandshaking, {}, 0, 40);
  CHECK(evidence_text(run.look("connection_churn")) ==
        "60 of 100 HTTP requests opened a connection (60%), with 2 VUs at most\n"
        "connecting took 20.0ms (p50), 20.0ms (p95); the TLS handshake 49.9ms and 49.9ms, 60 "
        "times\n");
}

TEST_CASE("look-ups are graded by their share of the time of requests") {
  const auto [look_ups, seconds, severity] = GENERATE(table<int, double, std::string>({
      {4, 1, "none"},
      {10, 0.05, "none"},
      {10, 0.06, "medium"},
      {10, 0.19, "medium"},
      {10, 0.3, "high"},
  }));
  CAPTURE(look_ups, seconds);
  MadeUpRun run;
  const auto count = static_cast<std::uint64_t>(look_ups);
  run.add(metrics::kHttpReqLookingUp, {}, seconds, count);
  run.add(metrics::kHttpReqLookingUp, {}, 0, 10);
  run.add(metrics::kHttpReqBlocked, {}, seconds, count);
  run.add(metrics::kHttpReqDuration, {}, 1, count);
  CHECK(run.severity("dns") == severity);
}

TEST_CASE("an address is graded by how far its first tokens are behind those of the others") {
  const auto [streams, ttft, others, severity] = GENERATE(table<int, double, double, std::string>({
      {19, 3, 1, "none"},  // Too few streams.
      {20, 1.4, 1, "none"},
      {20, 1.6, 1, "medium"},
      {20, 1.9, 1, "medium"},
      {20, 2.1, 1, "high"},
      {20, 0.02, 0.005, "none"},  // Not even 20 ms.
      {20, 1, 2.1, "high"},       // The others are the slow one.
  }));
  CAPTURE(streams, ttft, others);
  MadeUpRun run;
  run.add(metrics::kLlmAddressTtft, {{"remote_ip", "10.0.0.7"}}, ttft,
          static_cast<std::uint64_t>(streams));
  run.add(metrics::kLlmAddressTtft, {{"remote_ip", "10.0.0.8"}}, others, 40);
  CHECK(run.severity("slow_address") == severity);
}

TEST_CASE("addresses are compared where they answered for the same model") {
  MadeUpRun run;
  run.add(metrics::kLlmAddressTtft, {{"model", "small"}, {"remote_ip", "10.0.0.7"}}, 1, 40);
  run.add(metrics::kLlmAddressTtft, {{"model", "large"}, {"remote_ip", "10.0.0.8"}}, 3, 40);
  CHECK(run.severity("slow_address") == "none");
}

TEST_CASE("a slow address is shown beside the others, the furthest behind first") {
  MadeUpRun run;
  const auto add = [&](const std::string& ip, double ttft) {
    run.add(metrics::kLlmAddressTtft, {{"model", "m"}, {"remote_ip", ip}}, ttft, 100);
  };
  add("10.0.0.1", 0.4);
  add("10.0.0.2", 0.4);
  add("10.0.0.3", 2);
  const auto finding = run.look("slow_address");
  REQUIRE(finding);
  CHECK(finding->title == "One address is slower than the others: 10.0.0.3");
  CHECK(evidence_text(finding) ==
        "model m\n"
        "10.0.0.3: 100 streams, time to first token p50 2.00s p95 2.00s~\n"
        "10.0.0.1: 100 streams, time to first token p50 400ms p95 400ms~\n"
        "10.0.0.2: 100 streams, time to first token p50 400ms p95 400ms~\n"
        "10.0.0.3: 5.0 times the median of the others together\n");
}
