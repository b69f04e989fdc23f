#include "mock/openai_chat_request.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "mock/openai_fields.h"
#include "mock/openai_prompt.h"
#include "mock/openai_tools.h"

namespace mock {
namespace {

using nlohmann::json;

// After the specification of 2026-11-13.
constexpr std::string_view kKnownFields[] = {"audio",
                                             "frequency_penalty",
                                             "function_call",
                                             "functions",
                                             "logit_bias",
                                             "logprobs",
                                             "max_completion_tokens",
                                             "max_tokens",
                                             "messages",
                                             "metadata",
                                             "modalities",
                                             "model",
                                             "moderation",
                                             "n",
                                             "parallel_tool_calls",
                                             "prediction",
                                             "presence_penalty",
                                             "prompt_cache_key",
                                             "prompt_cache_options",
                                             "prompt_cache_retention",
                                             "reasoning_effort",
                                             "response_format",
                                             "safety_identifier",
                                             "seed",
                                             "service_tier",
                                             "stop",
                                             "store",
                                             "stream",
                                             "stream_options",
                                             "temperature",
                                             "tool_choice",
                                             "tools",
                                             "top_logprobs",
                                             "top_p",
                                             "user",
                                             "verbosity",
                                             "web_search_options"};

void check_known(OpenAiFields& body) {
  const std::string unknown = body.unknown_key(kKnownFields);
  if (unknown.empty()) return;
  body.refuse(fmt::format("Unrecognized request argument supplied: {}", unknown), "", "");
}

std::int64_t read_max_tokens(OpenAiFields& body) {
  constexpr std::int64_t kDefault = 4096;
  const bool both = body.has("max_tokens") && body.has("max_completion_tokens");
  if (both) {
    body.refuse(
        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
        "max_tokens", "invalid_parameter_combination");
  }
  return body.integer("max_tokens", body.integer("max_completion_tokens", kDefault, 1), 1);
}

void check_parts(OpenAiFields& message, std::initializer_list<std::string_view> types) {
  const auto parts = message.required_array("content");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    OpenAiFields part = message.element("content", i, parts[i]);
    if (!part.has("type")) part.refuse_missing("type");
    const std::string type = part.choice("type", types);
    if (type == "text" || type == "refusal") part.required_string(type);
  }
}

void check_content(OpenAiFields& message, const std::string& role) {
  const json* content = message.find("content");
  if (content == nullptr) {
    const bool may_lack = role == "assistant" && (message.has("tool_calls") ||
                                                  message.has("refusal") || message.has("audio"));
    if (!may_lack) message.refuse_missing("content");
    return;
  }
  if (content->is_string()) return;
  if (!content->is_array()) return message.refuse_type("content", "a string or an array");
  if (role == "user") return check_parts(message, {"text", "image_url", "input_audio", "file"});
  if (role == "assistant") return check_parts(message, {"text", "refusal"});
  check_parts(message, {"text"});
}

// The ids of an assistant's calls.
std::set<std::string> read_calls(OpenAiFields& message) {
  std::set<std::string> ids;
  if (!message.has("tool_calls")) return ids;
  const auto calls = message.required_array("tool_calls");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    OpenAiFields call = message.element("tool_calls", i, calls[i]);
    ids.insert(call.required_string("id"));
    const std::string type = call.required_string("type");
    if (type != "function") continue;
    OpenAiFields function = call.object("function");
    function.required_string("name");
    function.required_string("arguments");
  }
  return ids;
}

// Sees that every call is answered before anybody else speaks, and nothing else is.
class CallsAndAnswers {
 public:
  void turn(OpenAiFields& message, const std::string& role) {
    if (role == "tool") return answer(message);
    end(message);
    calls_ = role == "assistant" ? read_calls(message) : std::set<std::string>();
    unanswered_ = calls_;
  }

  void end(OpenAiFields& fields) const {
    if (unanswered_.empty()) return;
    fields.refuse(fmt::format("An assistant message with 'tool_calls' must be followed by tool "
                              "messages responding to each 'tool_call_id'. The following "
                              "tool_call_ids did not have response messages: {}",
                              fmt::join(unanswered_, ", ")),
                  "messages", "");
  }

 private:
  void answer(OpenAiFields& message) {
    const std::string id = message.required_string("tool_call_id");
    if (!calls_.contains(id)) {
      message.refuse(
          "Invalid parameter: messages with role 'tool' must be a response to a "
          "preceeding message with 'tool_calls'.",
          message.path_of("role"), "");
    }
    unanswered_.erase(id);
  }

  std::set<std::string> calls_;
  std::set<std::string> unanswered_;
};

void read_messages(OpenAiFields& body, ModelRequest& request) {
  const auto messages = body.required_array("messages");
  CallsAndAnswers calls;
  std::string role;
  // Instructions in the middle of a conversation are a part of it.
  PromptSection section = PromptSection::kSystem;
  for (std::size_t i = 0; i < messages.size() && body.ok(); ++i) {
    OpenAiFields message = body.element("messages", i, messages[i]);
    if (!message.has("role")) message.refuse_missing("role");
    role = message.choice("role", {"system", "assistant", "user", "function", "tool", "developer"});
    check_content(message, role);
    calls.turn(message, role);
    if (role != "system" && role != "developer") section = PromptSection::kMessages;
    add_prompt_block(request, section, messages[i]);
  }
  calls.end(body);
  request.answers_tools = role == "tool";
}

std::vector<std::string> read_stop(OpenAiFields& body) {
  constexpr std::size_t kMost = 4;
  const json* stop = body.find("stop");
  if (stop == nullptr) return {};
  if (stop->is_string()) return {stop->get<std::string>()};
  const auto values = body.array("stop");
  if (values.size() > kMost) {
    body.refuse(fmt::format("Invalid 'stop': array too long. Expected an array with maximum length "
                            "{}, but got an array with length {} instead.",
                            kMost, values.size()),
                "stop", "array_above_max_length");
  }
  std::vector<std::string> sequences;
  for (const json& value : values) {
    if (!value.is_string()) body.refuse_type("stop", "an array of strings");
    if (body.ok()) sequences.push_back(value.get<std::string>());
  }
  return sequences;
}

void read_stream(OpenAiFields& body, ModelRequest& request) {
  request.stream = body.boolean("stream", false);
  if (body.has("stream_options") && !request.stream) {
    body.refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                "stream_options", "");
  }
  OpenAiFields options = body.object("stream_options");
  request.usage_in_stream = options.boolean("include_usage", false);
  options.boolean("include_obfuscation", true);
}

void check_sampling(OpenAiFields& body) {
  body.check_number("temperature", 0, 2);
  body.check_number("top_p", 0, 1);
  body.check_number("frequency_penalty", -2, 2);
  body.check_number("presence_penalty", -2, 2);
  body.integer("seed", 0, INT64_MIN);
  body.boolean("logprobs", false);
  if (body.integer("n", 1, 1) != 1) {
    body.refuse("Invalid 'n': only one choice is made here. Expected 1.", "n",
                "integer_above_max_value");
  }
}

void check_rest(OpenAiFields& body) {
  body.string("user");
  body.check_service_tier();
  body.boolean("store", false);
  body.object("metadata");
  OpenAiFields format = body.object("response_format");
  format.choice("type", {"text", "json_object", "json_schema"});
}

void read_reasoning(OpenAiFields& body, ModelRequest& request) {
  const std::string effort =
      body.choice("reasoning_effort", {"none", "minimal", "low", "medium", "high", "xhigh", "max"});
  request.thinks = !effort.empty() && effort != "none";
}

}  // namespace

tl::expected<ModelRequest, ApiError> read_chat_request(std::string_view text) {
  const auto parsed = parse_openai_body(text);
  if (!parsed) return tl::unexpected(parsed.error());
  std::optional<ApiError> error;
  OpenAiFields body(*parsed, "", error);
  ModelRequest request;
  request.dialect = Dialect::kChat;
  request.input_tokens = 0;
  request.body_bytes = text.size();
  request.eager_tool_input = true;
  check_known(body);
  request.model = body.model();
  request.max_tokens = read_max_tokens(body);
  read_openai_tools(body, ToolForm::kNested, request);
  read_messages(body, request);
  read_stream(body, request);
  request.stop_sequences = read_stop(body);
  check_sampling(body);
  check_rest(body);
  read_reasoning(body, request);
  if (error) return tl::unexpected(*std::move(error));
  return request;
}

}  // namespace mock
