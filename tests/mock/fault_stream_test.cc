#include "mock/fault_stream.h"

#include <catch2/catch.hpp>
#include <set>

using mock::Dialect;
using mock::Fault;
using mock::FaultStream;
using mock::SendAction;
using mock::StreamEvent;
using namespace std::chrono_literals;

namespace {

using Kind = Fault::Kind;
using Actions = std::vector<SendAction>;

StreamEvent event(const std::string& name) {
  return {"", {}, 0, "event: " + name + "\ndata: {\"type\":\"" + name + "\"}\n\n"};
}

std::vector<StreamEvent> chat_events() {
  std::vector<StreamEvent> events;
  for (const char* data : {"{\"choices\":[1]}", "{\"choices\":[2]}", "[DONE]"}) {
    events.push_back({"", {}, 0, std::string("data: ") + data + "\n\n"});
  }
  return events;
}

std::vector<StreamEvent> events() { return {event("one"), event("two"), event("message_stop")}; }

Fault fault(Kind kind, std::uint64_t at_event = 0) {
  Fault fault;
  fault.kind = kind;
  fault.at_event = at_event;
  return fault;
}

Actions run(const Fault& fault, const std::vector<StreamEvent>& events,
            Dialect dialect = Dialect::kMessages, std::uint64_t seed = 1) {
  FaultStream stream(fault, dialect, base::RandomStream(seed), "req_1");
  Actions actions;
  for (const StreamEvent& event : events) stream.apply(event, actions);
  stream.end(actions);
  CHECK(stream.over());
  return actions;
}

std::string sent(const Actions& actions) {
  std::string bytes;
  for (const SendAction& action : actions) bytes += action.bytes;
  return bytes;
}

std::uint32_t counted(const Actions& actions) {
  std::uint32_t events = 0;
  for (const SendAction& action : actions) events += action.events;
  return events;
}

const std::string kOne = event("one").bytes;
const std::string kTwo = event("two").bytes;
const std::string kStop = event("message_stop").bytes;

}  // namespace

TEST_CASE("some faults are of the stream and some of the service") {
  CHECK(mock::is_of_stream(Kind::kStreamError));
  CHECK(mock::is_of_stream(Kind::kCrlf));
  CHECK_FALSE(mock::is_of_stream(Kind::kStatus));
  CHECK_FALSE(mock::is_of_stream(Kind::kSlowHeaders));
  CHECK_FALSE(mock::is_of_stream(Kind::kRefusal));
  CHECK_FALSE(mock::is_of_stream(Kind::kPause));
}

TEST_CASE("a stream that is over before its fault goes unharmed") {
  const auto actions = run(fault(Kind::kReset, 9), events());
  CHECK(sent(actions) == kOne + kTwo + kStop);
  CHECK(counted(actions) == 3);
  CHECK(actions.back().kind == SendAction::Kind::kEnd);
}

TEST_CASE("an error takes an event's place and ends the stream") {
  const auto actions = run(fault(Kind::kStreamError, 2), events());
  CHECK(sent(actions) ==
        kOne +
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"details\":null,\"type\":"
            "\"overloaded_error\",\"message\":\"Overloaded\"},\"request_id\":\"req_1\"}\n\n");
  CHECK(counted(actions) == 1);
  CHECK(actions.back().kind == SendAction::Kind::kEnd);
}

TEST_CASE("an error has the form of the dialect") {
  Fault api_error = fault(Kind::kStreamError, 2);
  CHECK(sent(run(api_error, chat_events(), Dialect::kChat))
            .ends_with("data: {\"error\":{\"message\":\"Overloaded\",\"type\":"
                       "\"service_unavailable_error\",\"param\":null,\"code\":"
                       "\"server_is_overloaded\"}}\n\n"));
  CHECK(sent(run(api_error, events(), Dialect::kResponses))
            .ends_with("event: error\ndata: {\"type\":\"error\",\"code\":\"server_is_overloaded\","
                       "\"message\":\"Overloaded\",\"param\":null,\"sequence_number\":1}\n\n"));
  api_error.error_type = "api_error";
  CHECK(sent(run(api_error, events())).find("\"type\":\"api_error\"") != std::string::npos);
  CHECK(sent(run(api_error, chat_events(), Dialect::kChat)).find("\"code\":\"server_error\"") !=
        std::string::npos);
}

TEST_CASE("a connection is closed or reset before an event") {
  const auto closed = run(fault(Kind::kEof, 2), events());
  CHECK(sent(closed) == kOne);
  CHECK(closed.back().kind == SendAction::Kind::kClose);
  const auto reset = run(fault(Kind::kReset, 3), events());
  CHECK(sent(reset) == kOne + kTwo);
  CHECK(reset.back().kind == SendAction::Kind::kReset);
  CHECK(run(fault(Kind::kEof, 1), events()).size() == 1);
}

TEST_CASE("a connection is cut at a byte") {
  const std::string all = kOne + kTwo + kStop;
  for (std::uint64_t at = 1; at < all.size(); ++at) {
    Fault cut = fault(Kind::kEof);
    cut.at_byte = at;
    const auto actions = run(cut, events());
    CHECK(sent(actions) == all.substr(0, at));
    CHECK(actions.back().kind == SendAction::Kind::kClose);
  }
}

TEST_CASE("a stall waits before an event, or within one") {
  Fault stall = fault(Kind::kStall, 2);
  stall.length = 2s;
  auto actions = run(stall, events());
  REQUIRE(actions.size() == 5);
  CHECK(actions[1].kind == SendAction::Kind::kWait);
  CHECK(actions[1].wait == 2s);
  CHECK(sent(actions) == kOne + kTwo + kStop);
  CHECK(counted(actions) == 3);

  stall.at_event = 0;
  stall.at_byte = kOne.size() + 3;
  actions = run(stall, events());
  REQUIRE(actions.size() == 6);
  CHECK(actions[1].bytes == kTwo.substr(0, 3));
  CHECK(actions[1].events == 0);
  CHECK(actions[2].kind == SendAction::Kind::kWait);
  CHECK(actions[3].bytes == kTwo.substr(3));
  CHECK(counted(actions) == 3);
}

TEST_CASE("a malformed event ends in the middle of its JSON") {
  const auto actions = run(fault(Kind::kMalformed, 2), events());
  CHECK(sent(actions) == kOne + "event: two\ndata: {\"type\"\n\n" + kStop);
  CHECK(counted(actions) == 3);
}

TEST_CASE("split sends every byte alone") {
  const auto actions = run(fault(Kind::kSplit), events());
  const std::string all = kOne + kTwo + kStop;
  CHECK(sent(actions) == all);
  CHECK(actions.size() == all.size() + 1);
  CHECK(actions[kOne.size() - 1].events == 1);
  CHECK(counted(actions) == 3);
}

TEST_CASE("coalesced events come together, the rest at the end") {
  Fault coalesce = fault(Kind::kCoalesce);
  coalesce.count = 2;
  const auto actions = run(coalesce, events());
  REQUIRE(actions.size() == 3);
  CHECK(actions[0].bytes == kOne + kTwo);
  CHECK(actions[0].events == 2);
  CHECK(actions[1].bytes == kStop);
  CHECK(actions[1].events == 1);
}

TEST_CASE("lines end with CR LF, from an event on") {
  CHECK(sent(run(fault(Kind::kCrlf, 3), events())) ==
        kOne + kTwo + "event: message_stop\r\ndata: {\"type\":\"message_stop\"}\r\n\r\n");
  CHECK(sent(run(fault(Kind::kCrlf), events())).starts_with("event: one\r\n"));
}

TEST_CASE("comments and unknown events come between the others") {
  const std::string comment = ": keep-alive\n\n";
  CHECK(sent(run(fault(Kind::kComments), events())) ==
        comment + kOne + comment + kTwo + comment + kStop);
  const auto unknown = run(fault(Kind::kUnknownEvents, 3), events());
  CHECK(sent(unknown).starts_with(kOne + kTwo + "event: mock_unknown\n"));
  CHECK(counted(unknown) == 3);
  CHECK(sent(run(fault(Kind::kUnknownEvents), chat_events(), Dialect::kChat))
            .starts_with("data: {\"object\":\"chat.completion.unknown\""));
}

TEST_CASE("a long line has the length that was asked for") {
  Fault line = fault(Kind::kLongLine, 2);
  line.count = 1000;
  CHECK(sent(run(line, events())) == kOne + ":" + std::string(999, 'x') + "\n\n" + kTwo + kStop);
}

TEST_CASE("a drawn event is an early one, and never after the last") {
  std::vector<StreamEvent> many(40, event("delta"));
  many.push_back(event("message_stop"));
  std::set<std::uint32_t> places;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const auto actions = run(fault(Kind::kReset), many, Dialect::kMessages, seed);
    CHECK(actions.back().kind == SendAction::Kind::kReset);
    places.insert(counted(actions));
    CHECK(sent(run(fault(Kind::kEof), events(), Dialect::kMessages, seed)) == kOne + kTwo);
    CHECK(run(fault(Kind::kEof), chat_events(), Dialect::kChat, seed).back().kind ==
          SendAction::Kind::kClose);
  }
  CHECK(*places.begin() == 3);
  CHECK(*places.rbegin() == 26);
  CHECK(places.size() == 24);
}
