#include "mock/faults.h"

#include <catch2/catch.hpp>
#include <map>

#include "temporary_file.h"

using Kind = mock::Fault::Kind;
using mock::FaultRule;
using namespace std::chrono_literals;

namespace {

FaultRule rule(std::string_view text) {
  const auto rules = mock::parse_faults(text);
  INFO((rules ? std::string() : rules.error().message));
  REQUIRE(rules);
  REQUIRE(rules->size() == 1);
  return rules->front();
}

std::string refusal(std::string_view text) {
  const auto rules = mock::parse_faults(text);
  return rules ? "(taken)" : rules.error().message;
}

std::string file_refusal(std::string_view text) {
  const tests::TemporaryFile file(".json", text);
  const auto rules = mock::read_faults_file(file.path());
  if (rules) return "(taken)";
  CHECK(rules.error().message.starts_with(file.path()));
  return rules.error().message.substr(file.path().size());
}

}  // namespace

TEST_CASE("no text is no fault") {
  CHECK(mock::parse_faults("")->empty());
  CHECK(mock::parse_faults("  ")->empty());
}

TEST_CASE("statuses have a share, several with commas between them") {
  const auto rules = mock::parse_faults("429=5%, 529=0.01");
  REQUIRE(rules);
  REQUIRE(rules->size() == 2);
  CHECK(rules->at(0).fault.kind == Kind::kStatus);
  CHECK(rules->at(0).fault.status == 429);
  CHECK(rules->at(0).share == 0.05);
  CHECK(rules->at(0).request == 0);
  CHECK(rules->at(1).fault.status == 529);
  CHECK(rules->at(1).share == 0.01);
}

TEST_CASE("every kind has its name and its settings") {
  CHECK(rule("529:gzip=2%").fault.gzip);
  CHECK(rule("400:billing_error#3").fault.error_type == "billing_error");
  CHECK(rule("overloaded=1%").fault.kind == Kind::kStreamError);
  CHECK(rule("overloaded=1%").fault.error_type.empty());
  CHECK(rule("stream-error:api_error:event=4=1%").fault.error_type == "api_error");
  CHECK(rule("stream-error:api_error:event=4=1%").fault.at_event == 4);
  CHECK(rule("eof:event=10=2%").fault.at_event == 10);
  CHECK(rule("eof:event=10=2%").share == 0.02);
  CHECK(rule("reset:byte=500#3").fault.at_byte == 500);
  CHECK(rule("reset:byte=500#3").request == 3);
  CHECK(rule("stall:200ms:event=5=1%").fault.length == 200ms);
  CHECK(rule("stall=1%").fault.length == 2s);
  CHECK(rule("slow-headers:800ms=5%").fault.length == 800ms);
  CHECK(rule("slow-headers=5%").fault.length == 1s);
  CHECK(rule("malformed:event=3#7").fault.kind == Kind::kMalformed);
  CHECK(rule("split=1%").fault.kind == Kind::kSplit);
  CHECK(rule("coalesce:16=1%").fault.count == 16);
  CHECK(rule("coalesce=1%").fault.count == 8);
  CHECK(rule("crlf=1%").fault.kind == Kind::kCrlf);
  CHECK(rule("comments=1%").fault.kind == Kind::kComments);
  CHECK(rule("unknown-events=1%").fault.kind == Kind::kUnknownEvents);
  CHECK(rule("long-line:100=1%").fault.count == 100);
  CHECK(rule("refusal=1%").fault.kind == Kind::kRefusal);
  CHECK(rule("pause#1").fault.kind == Kind::kPause);
}

TEST_CASE("kinds have names") {
  CHECK(mock::to_string(Kind::kStatus) == "status");
  CHECK(mock::to_string(Kind::kStreamError) == "stream-error");
  CHECK(mock::to_string(Kind::kPause) == "pause");
}

TEST_CASE("a wrong rule is named, with the mend") {
  CHECK(refusal("stal:2s=1%")
            .starts_with("fault \"stal:2s=1%\": unknown kind \"stal\" (did you mean \"stall\"?)"));
  CHECK(refusal("status=1%").starts_with("fault \"status=1%\": unknown kind \"status\""));
  CHECK(refusal("200=1%") ==
        "fault \"200=1%\": expected an error status from 400 to 599, got \"200\"");
  CHECK(refusal("429") ==
        "fault \"429\": expected a share such as \"=5%\" or a request such as \"#3\" at its end");
  CHECK(refusal("429=5%%").starts_with("fault \"429=5%%\": expected a share such as \"5%\""));
  CHECK(refusal("429=150%").starts_with("fault \"429=150%\": expected a share"));
  CHECK(refusal("429#0").starts_with("fault \"429#0\": expected a whole number from 1"));
  CHECK(refusal("stall:2x=1%").starts_with("fault \"stall:2x=1%\": length: expected a duration"));
  CHECK(refusal("stall:0s=1%").find("length: expected more than 0s") != std::string::npos);
  CHECK(refusal("crlf:byte=5=1%") ==
        "fault \"crlf:byte=5=1%\": crlf has no setting \"byte\"; it has event");
  CHECK(refusal("refusal:5=1%") == "fault \"refusal:5=1%\": refusal has no settings, got \"5\"");
  CHECK(refusal("eof:event=2:byte=9=1%")
            .ends_with("event and byte are two places; give one of them"));
  CHECK(refusal("529:Overloaded=1%").find("type: expected an error type") != std::string::npos);
  CHECK(refusal("long-line:999999999999=1%").find("count: expected") != std::string::npos);
}

TEST_CASE("shares of more than all requests are refused") {
  CHECK(refusal("429=60%,529=60%") ==
        "\"429=60%,529=60%\": the shares add up to 120%, more than all requests");
  CHECK(refusal("429=40%,529=60%,500#1") == "(taken)");
}

TEST_CASE("faults are read from a file") {
  const tests::TemporaryFile file(".json", R"([
    {"fault": "stall", "length": "2s", "event": 5, "share": "1%"},
    {"fault": 529, "gzip": true, "request": 3},
    {"fault": "stream-error", "type": "api_error", "share": 0.5}])");
  const auto rules = mock::read_faults_file(file.path());
  REQUIRE(rules);
  REQUIRE(rules->size() == 3);
  CHECK(rules->at(0).fault.kind == Kind::kStall);
  CHECK(rules->at(0).fault.length == 2s);
  CHECK(rules->at(0).fault.at_event == 5);
  CHECK(rules->at(0).share == 0.01);
  CHECK(rules->at(1).fault.status == 529);
  CHECK(rules->at(1).fault.gzip);
  CHECK(rules->at(1).request == 3);
  CHECK(rules->at(2).fault.error_type == "api_error");
  CHECK(rules->at(2).share == 0.5);
}

TEST_CASE("what is wrong in a file is named by its place") {
  CHECK(file_refusal("{}") == ": expected a list of faults");
  CHECK(file_refusal("[").starts_with(": not JSON: "));
  CHECK(file_refusal("[5]") == ": [0]: expected an object, got 5");
  CHECK(file_refusal(R"([{"share":1}])") == ": [0]: fault: missing; it names the kind");
  CHECK(file_refusal(R"([{"fault":"eof"}])") == ": [0]: expected one of share and request");
  CHECK(file_refusal(R"([{"fault":"eof","share":1},{"fault":"eofs","share":0}])")
            .starts_with(": [1]: fault: unknown kind \"eofs\" (did you mean \"eof\"?)"));
  CHECK(file_refusal(R"([{"fault":"eof","share":1,"evnt":2}])") ==
        ": [0]: eof has no setting \"evnt\"; it has event, byte");
  CHECK(file_refusal(R"([{"fault":"eof","share":1,"event":[]}])") ==
        ": [0]: event: expected a text or a number, got []");
  CHECK(file_refusal(R"([{"fault":"eof","share":2}])").starts_with(": [0]: share: expected"));
  CHECK(mock::read_faults_file("/nowhere.json").error().message ==
        "cannot read the faults in \"/nowhere.json\"");
}

TEST_CASE("faults are drawn in their shares") {
  const auto rules = *mock::parse_faults("429=5%,529=1%");
  base::RandomStream random(7);
  std::map<int, int> drawn;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const auto fault = mock::draw_fault(rules, 1, random);
    ++drawn[fault ? fault->status : 0];
  }
  // Within five standard deviations.
  CHECK(drawn[429] == Approx(5000).margin(345));
  CHECK(drawn[529] == Approx(1000).margin(158));
  CHECK(drawn[0] + drawn[429] + drawn[529] == kDraws);
}

TEST_CASE("a share of all fails everything and no rules fail nothing") {
  base::RandomStream random(7);
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    CHECK(mock::draw_fault(*mock::parse_faults("500=100%"), i, random)->status == 500);
    CHECK_FALSE(mock::draw_fault({}, i, random));
  }
}

TEST_CASE("a rule that names the request wins, and draws as much as any") {
  const auto rules = *mock::parse_faults("500=100%,429#3");
  base::RandomStream random(7);
  base::RandomStream other(7);
  CHECK(mock::draw_fault(rules, 2, random)->status == 500);
  CHECK(mock::draw_fault(rules, 3, random)->status == 429);
  CHECK(mock::draw_fault(rules, 4, random)->status == 500);
  for (int i = 0; i < 3; ++i) other.next();
  CHECK(random.next() == other.next());
}
