#include "mock/openai_responses_request.h"

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
constexpr std::string_view kKnownFields[] = {"access_programs",
                                             "background",
                                             "context_management",
                                             "conversation",
                                             "image",
                                             "include",
                                             "input",
                                             "instructions",
                                             "max_output_tokens",
                                             "max_tool_calls",
                                             "metadata",
                                             "model",
                                             "moderation",
                                             "parallel_tool_calls",
                                             "previous_response_id",
                                             "prompt",
                                             "prompt_cache_key",
                                             "prompt_cache_options",
                                             "prompt_cache_retention",
                                             "reasoning",
                                             "safety_identifier",
                                             "service_tier",
                                             "store",
                                             "stream",
                                             "stream_options",
                                             "temperature",
                                             "text",
                                             "tool_choice",
                                             "tools",
                                             "top_logprobs",
                                             "top_p",
                                             "truncation",
                                             "user"};

void check_known(OpenAiFields& body) {
  const std::string unknown = body.unknown_key(kKnownFields);
  if (unknown.empty()) return;
  body.refuse(fmt::format("Unknown parameter: '{}'.", unknown), unknown, "unknown_parameter");
}

// Sees that calls of functions and their outputs come in pairs.
class CallsAndOutputs {
 public:
  void add_call(OpenAiFields& item) {
    const std::string id = item.required_string("call_id");
    item.required_string("name");
    item.required_string("arguments");
    calls_.insert(id);
    unanswered_.insert(id);
  }

  void add_output(OpenAiFields& item) {
    const std::string id = item.required_string("call_id");
    if (!item.has("output")) item.refuse_missing("output");
    if (!calls_.contains(id)) strangers_.insert(id);
    unanswered_.erase(id);
  }

  // What is not in the input may be in the response that it continues.
  void end(OpenAiFields& body) const {
    const bool continues = body.has("previous_response_id") || body.has("conversation");
    if (!strangers_.empty() && !continues) {
      body.refuse(fmt::format("No tool call found for function call output with call_id {}.",
                              *strangers_.begin()),
                  "input", "");
    }
    if (!unanswered_.empty()) {
      body.refuse(fmt::format("No tool output found for function call {}.", *unanswered_.begin()),
                  "input", "");
    }
  }

 private:
  std::set<std::string> calls_;
  std::set<std::string> unanswered_;
  std::set<std::string> strangers_;
};

void check_message(OpenAiFields& message) {
  if (!message.has("role")) message.refuse_missing("role");
  message.choice("role", {"user", "assistant", "system", "developer"});
  const json* content = message.find("content");
  if (content == nullptr) return message.refuse_missing("content");
  if (content->is_string()) return;
  const auto parts = message.array("content");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    OpenAiFields part = message.element("content", i, parts[i]);
    if (!part.has("type")) part.refuse_missing("type");
    const std::string type =
        part.choice("type", {"input_text", "input_image", "input_audio", "output_text", "refusal",
                             "input_file", "computer_screenshot", "summary_text"});
    if (type == "input_text" || type == "output_text") part.required_string("text");
  }
}

// Items of other types come from OpenAI's own tools: they are taken as they are.
void read_item(OpenAiFields& item, const std::string& type, CallsAndOutputs& calls) {
  if (type == "message") return check_message(item);
  if (type == "function_call") return calls.add_call(item);
  if (type == "function_call_output") return calls.add_output(item);
}

bool instructs(const json& item) {
  const auto role = item.find("role");
  return role != item.end() && (*role == "system" || *role == "developer");
}

void read_items(OpenAiFields& body, ModelRequest& request) {
  const auto items = body.required_array("input");
  CallsAndOutputs calls;
  std::string type;
  // Instructions in the middle of a conversation are a part of it.
  PromptSection section = PromptSection::kSystem;
  for (std::size_t i = 0; i < items.size() && body.ok(); ++i) {
    OpenAiFields item = body.element("input", i, items[i]);
    type = item.has("type") ? item.string("type") : "message";
    read_item(item, type, calls);
    if (!body.ok()) return;
    if (!instructs(items[i])) section = PromptSection::kMessages;
    add_prompt_block(request, section, items[i]);
  }
  calls.end(body);
  request.answers_tools = type == "function_call_output";
}

void read_input(OpenAiFields& body, ModelRequest& request) {
  body.string("instructions");
  if (body.has("instructions") && body.ok()) {
    add_prompt_block(request, PromptSection::kSystem, *body.find("instructions"));
  }
  const json* input = body.find("input");
  if (input == nullptr) {
    if (!body.has("prompt") && !body.has("previous_response_id") && !body.has("conversation")) {
      body.refuse_missing("input");
    }
  } else if (input->is_string()) {
    add_prompt_block(request, PromptSection::kMessages, *input);
  } else {
    read_items(body, request);
  }
}

void read_reasoning(OpenAiFields& body, ModelRequest& request) {
  OpenAiFields reasoning = body.object("reasoning");
  const std::string effort =
      reasoning.choice("effort", {"none", "minimal", "low", "medium", "high", "xhigh", "max"});
  const std::string summary = reasoning.choice("summary", {"auto", "concise", "detailed"});
  request.thinks = !effort.empty() && effort != "none";
  request.shows_thinking = request.thinks && !summary.empty();
}

void check_rest(OpenAiFields& body) {
  body.check_number("temperature", 0, 2);
  body.check_number("top_p", 0, 1);
  body.boolean("store", true);
  body.object("metadata");
  body.string("previous_response_id");
  body.string("user");
  body.check_service_tier();
  body.choice("truncation", {"auto", "disabled"});
  body.object("stream_options").boolean("include_obfuscation", true);
  body.object("text").object("format").choice("type", {"text", "json_object", "json_schema"});
  if (body.boolean("background", false)) {
    body.refuse("Background responses are not made here; leave 'background' out.", "background",
                "unsupported_value");
  }
}

}  // namespace

tl::expected<ModelRequest, ApiError> read_responses_request(std::string_view text) {
  constexpr std::int64_t kDefaultMaxTokens = 4096;
  constexpr std::int64_t kLeastMaxTokens = 16;
  const auto parsed = parse_openai_body(text);
  if (!parsed) return tl::unexpected(parsed.error());
  std::optional<ApiError> error;
  OpenAiFields body(*parsed, "", error);
  ModelRequest request;
  request.dialect = Dialect::kResponses;
  request.input_tokens = 0;
  request.body_bytes = text.size();
  request.eager_tool_input = true;
  check_known(body);
  request.model = body.model();
  request.max_tokens = body.integer("max_output_tokens", kDefaultMaxTokens, kLeastMaxTokens);
  request.stream = body.boolean("stream", false);
  read_openai_tools(body, ToolForm::kFlat, request);
  read_input(body, request);
  read_reasoning(body, request);
  check_rest(body);
  if (error) return tl::unexpected(*std::move(error));
  return request;
}

}  // namespace mock
