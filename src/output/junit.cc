#include "output/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "metrics/builtin.h"
#include "output/claims.h"
#include "output/escape.h"
#include "output/failure_counts.h"
#include "output/run_words.h"
#include "output/summary.h"
#include "output/verdict.h"

namespace output {
namespace {

using Properties = std::vector<std::pair<std::string, std::string>>;

// "suite/chat_test.lua" -> "suite.chat_test": what stands before the last dot is a package to
// readers of JUnit.
std::string class_name(const std::string& script) {
  std::string name;
  for (const std::string& part : base::split(script, '/')) {
    if (part.empty() || part == "." || part == "..") continue;
    name += (name.empty() ? "" : ".") + part;
  }
  constexpr std::string_view kExtension = ".lua";
  if (name.ends_with(kExtension)) name.resize(name.size() - kExtension.size());
  return name.empty() ? "perigee" : name;
}

// The pattern that JUnit has for it knows no time zone; it is UTC.
std::string time_stamp(std::string text) {
  if (text.ends_with('Z')) text.pop_back();
  return text;
}

std::string number(double value) { return fmt::format("{:.0f}", value); }

void add_requests(Properties& properties, const metrics::Store& store, const std::string& name,
                  metrics::MetricId metric) {
  const double all = store.counter(metric);
  if (all == 0) return;
  properties.emplace_back(name, number(all));
  for (const char* outcome : {"completed", "failed", "censored"}) {
    const metrics::Selector with{{{"outcome", metrics::Selector::Op::kEqual, outcome}}};
    properties.emplace_back(name + "." + outcome, number(store.counter(metric, with)));
  }
  for (const auto& [kind, count] : failure_counts(store, metric)) {
    properties.emplace_back(name + ".failed." + kind, number(count));
  }
}

Properties properties_of(const RunResult& result) {
  Properties properties = {{"perigee.version", result.version},
                           {"verdict", std::string(verdict_name(result.exit_code))},
                           {"exit_code", std::to_string(result.exit_code)}};
  if (result.store == nullptr) return properties;
  properties.emplace_back("end", to_string(result.end));
  const metrics::Store& store = *result.store;
  properties.emplace_back("seed", std::to_string(result.seed));
  properties.emplace_back("iterations", number(store.counter(metrics::kIterations)));
  add_requests(properties, store, "llm_requests", metrics::kLlmRequests);
  add_requests(properties, store, "http_reqs", metrics::kHttpReqs);
  if (store.counter(metrics::kLlmRequests) > 0) {
    properties.emplace_back("llm_input_tokens", number(store.counter(metrics::kLlmInputTokens)));
    properties.emplace_back("llm_output_tokens", number(store.counter(metrics::kLlmOutputTokens)));
    properties.emplace_back("llm_cost_usd",
                            fmt::format("{:.6f}", store.counter(metrics::kLlmCost)));
  }
  return properties;
}

std::string properties_xml(const Properties& properties) {
  std::string xml = "    <properties>\n";
  for (const auto& [name, value] : properties) {
    xml += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", xml_attribute(name),
                       xml_attribute(value));
  }
  return xml + "    </properties>\n";
}

std::string outcome_xml(const Claim& claim) {
  switch (claim.status) {
    case Claim::Status::kHeld:
      if (claim.message.empty()) return "";
      return fmt::format("      <system-out>{}</system-out>\n", xml_text(claim.message));
    case Claim::Status::kAllowed:
      return fmt::format("      <skipped message=\"{}\"/>\n",
                         xml_attribute(claim.message));
    case Claim::Status::kFailed:
    case Claim::Status::kError:
      break;
  }
  const char* element = claim.status == Claim::Status::kFailed ? "failure" : "error";
  const std::string& text = claim.detail.empty() ? claim.message : claim.detail;
  return fmt::format("      <{0} message=\"{1}\" type=\"{2}\">{3}</{0}>\n", element,
                     xml_attribute(claim.message), xml_attribute(claim.type), xml_text(text));
}

std::string title_of(const Claim& claim) {
  const bool is_own_word = claim.kind == "threshold" || claim.kind == "check";
  return is_own_word ? claim.kind + " " + claim.name : claim.name;
}

// Readers add the times of testcases up: the whole run's stands at its end, which comes first.
std::string testcase_xml(const Claim& claim, const std::string& class_of_all, double seconds) {
  const std::string head =
      fmt::format("    <testcase name=\"{}\" classname=\"{}\" time=\"{:.3f}\"",
                  xml_attribute(title_of(claim)), xml_attribute(class_of_all), seconds);
  const std::string outcome = outcome_xml(claim);
  if (outcome.empty()) return head + "/>\n";
  return head + ">\n" + outcome + "    </testcase>\n";
}

void count(JunitSuite& suite, Claim::Status status) {
  ++suite.tests;
  if (status == Claim::Status::kFailed) ++suite.failures;
  if (status == Claim::Status::kError) ++suite.errors;
  if (status == Claim::Status::kAllowed) ++suite.skipped;
}

std::string numbers_xml(const JunitSuite& suite) {
  return fmt::format(
      "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"", suite.tests,
      suite.failures, suite.errors, suite.skipped, suite.seconds);
}

std::string suite_head(const std::string& script, const JunitSuite& suite) {
  return fmt::format("  <testsuite name=\"{}\" {}", xml_attribute(script), numbers_xml(suite));
}

}  // namespace

JunitSuite junit_suite(const RunResult& result) {
  JunitSuite suite;
  suite.seconds = base::to_seconds(result.elapsed);
  const std::string script = script_in_words(result.script);
  std::string testcases;
  double seconds = suite.seconds;
  for (const Claim& claim : claims_of(result)) {
    count(suite, claim.status);
    testcases += testcase_xml(claim, class_name(script), std::exchange(seconds, 0));
  }
  suite.xml = suite_head(script, suite);
  if (!result.started_at.empty()) {
    suite.xml += fmt::format(" timestamp=\"{}\"", xml_attribute(time_stamp(result.started_at)));
  }
  suite.xml += ">\n" + properties_xml(properties_of(result)) + testcases;
  suite.xml += fmt::format("    <system-out>{}</system-out>\n",
                           xml_text(summary_text(result, SummaryOptions{})));
  suite.xml += "  </testsuite>\n";
  return suite;
}

JunitSuite junit_not_run(const std::string& script, std::string_view reason, bool is_error) {
  JunitSuite suite;
  const Claim claim{.kind = "not_run",
                    .name = "the script is run",
                    .status = is_error ? Claim::Status::kError : Claim::Status::kAllowed,
                    .type = "not_run",
                    .message = "not run: " + std::string(reason)};
  count(suite, claim.status);
  suite.xml = suite_head(script, suite) + ">\n" + testcase_xml(claim, class_name(script), 0) +
              "  </testsuite>\n";
  return suite;
}

std::string junit_document(const std::vector<JunitSuite>& suites, std::string_view name) {
  JunitSuite all;
  std::string inner;
  for (const JunitSuite& suite : suites) {
    all.tests += suite.tests;
    all.failures += suite.failures;
    all.errors += suite.errors;
    all.skipped += suite.skipped;
    all.seconds += suite.seconds;
    inner += suite.xml;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" {}>\n{}</testsuites>\n",
      xml_attribute(name), numbers_xml(all), inner);
}

}  // namespace output
