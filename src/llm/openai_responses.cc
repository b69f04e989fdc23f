#include <optional>
#include <string>
#include <utility>

#include "llm/dialect_decoder.h"
#include "llm/openai.h"
#include "llm/usage_json.h"

namespace llm {
namespace {

namespace ondemand = simdjson::ondemand;

class ResponsesDialect {
 public:
  static constexpr std::string_view kTerminal = "response.completed";

  explicit ResponsesDialect(ReplyBuilder& builder) : builder_(builder) {}

  Content on_json(ondemand::object& json, const net::SseEvent& event);
  void on_done() {}  // From gateways that end every dialect so.
  bool may_end() const { return false; }

 private:
  Content on_item_added(ondemand::object& event);
  void on_part_added(ondemand::object& event);
  void on_other(ondemand::object& json, std::string_view type, std::string_view data);
  void on_response(ondemand::object& event);
  void on_end_of_response(ondemand::object& event, std::string_view type);
  void read_response(ondemand::object& response);

  Reply& reply() { return builder_.reply(); }

  ReplyBuilder& builder_;
  std::string refusal_;
  bool refused_ = false;
};

// Of the tools that the server runs itself only the input is content, as in the Messages API.
bool is_tool_input(std::string_view type) {
  return type == "response.function_call_arguments.delta" ||
         type == "response.custom_tool_call_input.delta" ||
         type == "response.mcp_call_arguments.delta" ||
         type == "response.code_interpreter_call_code.delta";
}

bool is_thinking(std::string_view type) {
  return type == "response.reasoning_text.delta" || type == "response.reasoning_summary_text.delta";
}

Content ResponsesDialect::on_json(ondemand::object& json, const net::SseEvent& event) {
  std::string_view type = string_at(json, "type");
  if (type.empty() && event.name.starts_with("response.")) type = event.name;
  if (type == "response.output_text.delta") return builder_.add_text(string_at(json, "delta"));
  if (is_thinking(type)) return builder_.add_thinking(string_at(json, "delta"));
  if (is_tool_input(type)) {
    const std::optional<std::uint64_t> index = count_at(json, "output_index");
    return builder_.add_tool_input(index, string_at(json, "delta"));
  }
  if (type == "response.output_item.added") return on_item_added(json);
  on_other(json, type, event.data);
  return Content::kNone;
}

Content ResponsesDialect::on_item_added(ondemand::object& event) {
  const std::optional<std::uint64_t> index = count_at(event, "output_index");
  std::optional<ondemand::object> item = object_at(event, "item");
  if (!item) return Content::kNone;
  const std::string_view type = string_at(*item, "type");
  if (type == "reasoning") reply().thought = true;
  const bool is_function = type == "function_call";
  if (!is_function && type != "custom_tool_call") return Content::kNone;
  const std::string_view input = string_at(*item, is_function ? "arguments" : "input");
  const std::string_view id = string_at(*item, "call_id");
  return builder_.begin_tool(index, id, string_at(*item, "name"), input);
}

void ResponsesDialect::on_other(ondemand::object& json, std::string_view type,
                                std::string_view data) {
  if (type == "response.created" || type == "response.in_progress") {
    if (type == "response.created") ++reply().message_events;
    on_response(json);
  } else if (type == "response.completed" || type == "response.incomplete" ||
             type == "response.failed") {
    on_end_of_response(json, type);
  } else if (type == "response.content_part.added") {
    on_part_added(json);
  } else if (type == "response.refusal.delta") {
    refused_ = true;
    refusal_ += string_at(json, "delta");
  } else if (type.starts_with("response.")) {
    return;  // One of the dozens that say nothing of the answer's course.
  } else if (is_error(json, type)) {
    builder_.fail_with_error(data);
  } else if (type == "ping" || type == "keepalive") {
    ++reply().pings;
  } else {
    ++reply().unknown_events;
  }
}

void ResponsesDialect::on_part_added(ondemand::object& event) {
  std::optional<ondemand::object> part = object_at(event, "part");
  if (!part || string_at(*part, "type") != "refusal") return;
  refused_ = true;
  refusal_ += string_at(*part, "refusal");
}

void ResponsesDialect::on_response(ondemand::object& event) {
  if (std::optional<ondemand::object> response = object_at(event, "response")) {
    read_response(*response);
  }
}

void ResponsesDialect::on_end_of_response(ondemand::object& event, std::string_view type) {
  ++reply().message_events;
  std::string_view error;
  reply().stop_reason = type.substr(type.find('.') + 1);
  if (std::optional<ondemand::object> response = object_at(event, "response")) {
    read_response(*response);
    if (auto details = object_at(*response, "incomplete_details")) {
      const std::string_view reason = string_at(*details, "reason");
      if (!reason.empty()) reply().stop_reason = reason;
    }
    std::optional<ondemand::object> object = object_at(*response, "error");
    if (object && object->raw_json().get(error)) error = {};
  }
  if (type == "response.failed") return builder_.fail_with_error(error);
  if (refused_) builder_.refuse(refusal_);
  builder_.complete();
}

void ResponsesDialect::read_response(ondemand::object& response) {
  reply().id = string_at(response, "id");
  reply().model = string_at(response, "model");
  const std::optional<ondemand::object> usage = object_at(response, "usage");
  if (!usage) return;
  reply().usage.final = read_openai_usage(*usage, kResponsesUsage, reply().usage);
  if (reply().usage.thinking_tokens.value_or(0) > 0) reply().thought = true;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_openai_responses_decoder(DecoderOptions options) {
  return std::make_unique<DialectDecoder<ResponsesDialect>>(std::move(options));
}

}  // namespace llm
