#include "analysis/rules.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "analysis/made_up_run.h"
#include "analysis/two_modes.h"
#include "analysis/words.h"

using namespace tests;
using analysis::Rule;

namespace {

// Each run of white space as one space, so that line breaks do not matter.
std::string flattened(const std::string& text) {
  std::istringstream words(text);
  std::string flat;
  for (std::string word; words >> word;) flat += (flat.empty() ? "" : " ") + word;
  return flat;
}

struct Section {
  std::string name;
  std::string text;
};

std::vector<Section> sections_of_doc() {
  std::ifstream file(FIXTURES "/../../docs/diagnose.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string heading = "### `";
  std::vector<Section> sections;
  for (std::size_t at = text.find(heading); at != std::string::npos; at = text.find(heading, at)) {
    const std::size_t name = at + heading.size();
    const std::size_t to = text.find("\n##", at);
    sections.push_back(
        {text.substr(name, text.find('`', name) - name), flattened(text.substr(at, to - at))});
    at = name;
  }
  return sections;
}

}  // namespace

TEST_CASE("docs/diagnose.md has each rule with its conditions and its advice, and no others") {
  const auto sections = sections_of_doc();
  REQUIRE(sections.size() == analysis::rules().size());
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const Rule& rule = analysis::rules()[i];
    CAPTURE(rule.name);
    CHECK(sections[i].name == rule.name);
    const auto has = [&](const std::string& text) {
      CAPTURE(text);
      CHECK(sections[i].text.find(text) != std::string::npos);
    };
    const auto has_degree = [&](const std::string& degree, std::string_view condition) {
      if (condition.empty()) {
        CHECK(sections[i].text.find("**" + degree + "**") == std::string::npos);
      } else {
        has("**" + degree + "**: " + std::string(condition) + ".");
      }
    };
    has_degree("low", rule.low);
    has_degree("medium", rule.medium);
    has_degree("high", rule.high);
    for (const std::string_view advice : rule.advice) has(" - " + std::string(advice));
    has("**numbers**");
  }
}

TEST_CASE("rules have names of their own, and advise something") {
  std::set<std::string_view> names;
  for (const Rule& rule : analysis::rules()) {
    CAPTURE(rule.name);
    CHECK(names.insert(rule.name).second);
    CHECK_FALSE(rule.advice.empty());
    CHECK_FALSE(rule.high.empty());
  }
}

TEST_CASE("a run without requests, and a healthy one, have no findings") {
  MadeUpRun run;
  CHECK(analysis::diagnose(run.evidence()).empty());
  run.complete(1'000);
  for (int i = 0; i < 20; ++i) run.second(10, 0.4, 0.01);
  CHECK(analysis::diagnose(run.evidence()).empty());
}

TEST_CASE("the gravest finding comes first, and each has numbers and advice of its rule's own") {
  MadeUpRun run;
  run.complete(900);
  run.fail(20, "rate_limited", "requests");
  run.fail(100, "overloaded");
  const auto findings = analysis::diagnose(run.evidence());
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].rule == "overload");
  CHECK(findings[0].severity == analysis::Severity::kHigh);
  CHECK(findings[1].rule == "rate_limit");
  CHECK(findings[1].severity == analysis::Severity::kMedium);
  for (const analysis::Finding& finding : findings) {
    const auto rule = std::ranges::find(analysis::rules(), finding.rule, &Rule::name);
    CHECK_FALSE(finding.evidence.empty());
    CHECK_FALSE(finding.advice.empty());
    for (const std::string_view advice : finding.advice) {
      CHECK(std::ranges::find(rule->advice, advice) != rule->advice.end());
    }
  }
}
