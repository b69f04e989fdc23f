#include "mock/fault_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "mock/api_error.h"

namespace mock {
namespace {

using Kind = Fault::Kind;

// The events among which a place is drawn: the fourth, which bears a message's first token, and
// some behind it, which all but the shortest answers have.
constexpr std::uint64_t kFirstDrawn = 4;
constexpr std::uint64_t kDrawnPlaces = 24;

constexpr std::string_view kComment = ": keep-alive\n\n";

// These go on once they have begun; the others happen once.
bool goes_on(Kind kind) {
  return kind == Kind::kSplit || kind == Kind::kCoalesce || kind == Kind::kCrlf ||
         kind == Kind::kComments || kind == Kind::kUnknownEvents;
}

// After this event clients take an answer for complete.
bool is_last(const std::string& frame) {
  return frame.starts_with("event: message_stop") || frame.starts_with("data: [DONE]") ||
         frame.starts_with("event: response.completed") ||
         frame.starts_with("event: response.incomplete");
}

std::string with_crlf(const std::string& frame) {
  std::string changed;
  for (const char c : frame) {
    if (c == '\n') changed += '\r';
    changed += c;
  }
  return changed;
}

// Half of the JSON, and the event's end.
std::string cut_json(const std::string& frame) {
  constexpr std::string_view kData = "data: ";
  const std::size_t begin = frame.find(kData) + kData.size();
  const std::size_t end = frame.find('\n', begin);
  return frame.substr(0, begin + (end - begin) / 2) + "\n\n";
}

std::string_view unknown_event(Dialect dialect) {
  switch (dialect) {
    case Dialect::kMessages:
      return "event: mock_unknown\ndata: {\"type\":\"mock_unknown\",\"mock\":true}\n\n";
    case Dialect::kChat:
      return "data: {\"object\":\"chat.completion.unknown\",\"choices\":[]}\n\n";
    case Dialect::kResponses:
      break;
  }
  return "event: response.mock_unknown\ndata: {\"type\":\"response.mock_unknown\"}\n\n";
}

// What OpenAI calls an error that Anthropic calls so.
struct OpenAiNames {
  std::string_view type;
  std::string_view code;
};

OpenAiNames openai_names(std::string_view type) {
  if (type == "overloaded_error") return {"service_unavailable_error", "server_is_overloaded"};
  if (type == "rate_limit_error") return {"rate_limit_error", "rate_limit_exceeded"};
  return {"server_error", "server_error"};
}

std::string comment_line(std::uint64_t length) {
  std::string line(std::max<std::uint64_t>(1, length), 'x');
  line.front() = ':';
  return line + "\n\n";
}

SendAction send(std::string bytes, std::uint32_t events) {
  return {SendAction::Kind::kSend, std::move(bytes), {}, events};
}

}  // namespace

bool is_of_stream(Kind kind) {
  return kind != Kind::kStatus && kind != Kind::kSlowHeaders && kind != Kind::kRefusal &&
         kind != Kind::kPause;
}

FaultStream::FaultStream(Fault fault, Dialect dialect, base::RandomStream random,
                         std::string request_id)
    : fault_(std::move(fault)), dialect_(dialect), request_id_(std::move(request_id)) {
  if (fault_.at_event != 0 || fault_.at_byte != 0 || goes_on(fault_.kind)) return;
  fault_.at_event = kFirstDrawn + random.below(kDrawnPlaces);
  drawn_ = true;
}

void FaultStream::apply(const StreamEvent& event, std::vector<SendAction>& actions) {
  if (over_) return;
  ++events_;
  if (goes_on(fault_.kind)) {
    if (events_ < fault_.at_event) {
      actions.push_back(send(event.bytes, 1));
    } else {
      change(event.bytes, actions);
    }
  } else if (!struck_ && strikes(event.bytes)) {
    struck_ = true;
    strike(event.bytes, actions);
  } else {
    actions.push_back(send(event.bytes, 1));
  }
  bytes_ += event.bytes.size();
}

void FaultStream::end(std::vector<SendAction>& actions) {
  if (over_) return;
  flush_held(actions);
  finish(SendAction::Kind::kEnd, actions);
}

bool FaultStream::strikes(const std::string& frame) const {
  if (fault_.at_byte != 0) return bytes_ + frame.size() > fault_.at_byte;
  return events_ == fault_.at_event || (drawn_ && is_last(frame));
}

void FaultStream::strike(const std::string& frame, std::vector<SendAction>& actions) {
  const std::size_t before = fault_.at_byte == 0 ? 0 : fault_.at_byte - bytes_;
  if (before > 0) actions.push_back(send(frame.substr(0, before), 0));
  switch (fault_.kind) {
    case Kind::kStreamError:
      actions.push_back(send(error_event(), 0));
      return finish(SendAction::Kind::kEnd, actions);
    case Kind::kEof:
      return finish(SendAction::Kind::kClose, actions);
    case Kind::kReset:
      return finish(SendAction::Kind::kReset, actions);
    case Kind::kStall:
      actions.push_back({SendAction::Kind::kWait, {}, fault_.length});
      actions.push_back(send(frame.substr(before), 1));
      return;
    case Kind::kMalformed:
      actions.push_back(send(cut_json(frame), 1));
      return;
    default:
      actions.push_back(send(comment_line(fault_.count) + frame, 1));
  }
}

void FaultStream::change(const std::string& frame, std::vector<SendAction>& actions) {
  switch (fault_.kind) {
    case Kind::kSplit:
      for (const char c : frame) actions.push_back(send(std::string(1, c), 0));
      actions.back().events = 1;
      return;
    case Kind::kCoalesce:
      held_ += frame;
      if (++held_events_ >= fault_.count) flush_held(actions);
      return;
    case Kind::kCrlf:
      actions.push_back(send(with_crlf(frame), 1));
      return;
    case Kind::kComments:
      actions.push_back(send(std::string(kComment) + frame, 1));
      return;
    default:
      actions.push_back(send(std::string(unknown_event(dialect_)) + frame, 1));
  }
}

void FaultStream::flush_held(std::vector<SendAction>& actions) {
  if (held_events_ == 0) return;
  actions.push_back(send(std::exchange(held_, {}), std::exchange(held_events_, 0)));
}

void FaultStream::finish(SendAction::Kind kind, std::vector<SendAction>& actions) {
  over_ = true;
  actions.push_back({kind});
}

std::string FaultStream::error_event() const {
  const std::string type = fault_.error_type.empty() ? "overloaded_error" : fault_.error_type;
  const std::string message = nlohmann::json(error_message(type)).dump();
  const OpenAiNames names = openai_names(type);
  switch (dialect_) {
    case Dialect::kMessages:
      return fmt::format(
          "event: error\ndata: {{\"type\":\"error\",\"error\":{{\"details\":null,\"type\":\"{}\","
          "\"message\":{}}},\"request_id\":\"{}\"}}\n\n",
          type, message, request_id_);
    case Dialect::kChat:
      return fmt::format(
          "data: "
          "{{\"error\":{{\"message\":{},\"type\":\"{}\",\"param\":null,\"code\":\"{}\"}}}}\n\n",
          message, names.type, names.code);
    case Dialect::kResponses:
      break;
  }
  return fmt::format(
      "event: error\ndata: {{\"type\":\"error\",\"code\":\"{}\",\"message\":{},\"param\":null,"
      "\"sequence_number\":{}}}\n\n",
      names.code, message, events_ - 1);
}

}  // namespace mock
