#include "mock/messages_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/text.h"
#include "mock/conversation.h"
#include "mock/model_settings.h"
#include "mock/models.h"
#include "mock/prompt_builder.h"
#include "mock/prompt_tokens.h"
#include "mock/request_fields.h"
#include "mock/tool_definitions.h"

namespace mock {
namespace {

using nlohmann::json;

enum class Endpoint : std::uint8_t { kMessage, kBatched, kCount };

struct TopField {
  std::string_view name;
  bool shapes_prompt = false;  // Then count_tokens takes it too.
  std::string_view beta{};     // Needs a beta whose name begins so.
};

constexpr auto kTopFields = std::to_array<TopField>({
    {"model", true},
    {"messages", true},
    {"system", true},
    {"tools", true},
    {"tool_choice", true},
    {"thinking", true},
    {"output_config", true},
    {"cache_control", true},
    {"max_tokens"},
    {"stream"},
    {"temperature"},
    {"top_p"},
    {"top_k"},
    {"stop_sequences"},
    {"metadata"},
    {"service_tier"},
    {"container"},
    {"inference_geo"},
    {"speed", true, "fast-mode-"},
    {"context_management", true, "context-management-"},
    {"context_management", true, "compact-"},
    {"mcp_servers", true, "mcp-client-"},
    {"output_format", true, "structured-outputs-"},
    {"fallbacks", false, "server-side-fallback-"},
    {"diagnostics", false, "cache-diagnosis-"},
});

void check_top_keys(RequestFields& body, const ApiHeaders& headers, Endpoint endpoint) {
  for (const auto& [key, value] : body.tree().items()) {
    const bool taken =
        std::any_of(kTopFields.begin(), kTopFields.end(), [&, &name = key](const TopField& field) {
          return field.name == name && (field.shapes_prompt || endpoint != Endpoint::kCount) &&
                 (field.beta.empty() || has_beta(headers, field.beta));
        });
    if (!taken) return body.refuse_extra(key);
  }
}

// One that nobody knows where the name is not in the table.
const Model& read_model(RequestFields& body, ModelRequest& request) {
  static constexpr Model kUnknown{};
  const std::string& name = body.required_string("model");
  const Model* known = find_model(name);
  if (name.empty() || name.starts_with("missing-") || (known != nullptr && known->is_retired())) {
    body.refuse_with({404, fmt::format("model: {}", name)});
  }
  request.model = known == nullptr ? name : known->id;
  return known == nullptr ? kUnknown : *known;
}

std::int64_t most_output_tokens(const Model& model, const ApiHeaders& headers, Endpoint endpoint) {
  constexpr std::int64_t kLongBatchedOutput = 300'000;
  const bool is_long = endpoint == Endpoint::kBatched && has_beta(headers, "output-300k-");
  return is_long ? std::max(kLongBatchedOutput, model.max_output_tokens) : model.max_output_tokens;
}

// Zero asks for no answer, only for a warm cache.
void check_warm_up(RequestFields& body, const ModelRequest& request) {
  const auto refuse = [&body](std::string_view reason) {
    body.refuse("max_tokens", fmt::format("Input should be greater than or equal to 1 {}", reason));
  };
  if (request.stream) refuse("when streaming");
  if (request.in_batch) refuse("in a batch");
  if (request.thinking_budget > 0) refuse("when thinking is enabled");
  if (body.object("output_config").has("format")) refuse("with output_config.format");
  if (request.tool_choice == ToolChoice::kAny || request.tool_choice == ToolChoice::kNamed) {
    refuse("when tool_choice forces tool use");
  }
}

// REQUIRES: stream, tool_choice and thinking are read.
void read_max_tokens(RequestFields& body, std::int64_t most, const ApiHeaders& headers,
                     ModelRequest& request) {
  request.max_tokens = body.required_integer("max_tokens", 0);
  if (most > 0 && request.max_tokens > most) {
    body.refuse(fmt::format(
        "max_tokens: {} > {}, which is the maximum allowed number of output tokens for {}",
        request.max_tokens, most, request.model));
  }
  if (request.max_tokens == 0) return check_warm_up(body, request);
  const bool interleaved = !request.tools.empty() && has_beta(headers, "interleaved-thinking-");
  if (request.thinking_budget >= request.max_tokens && !interleaved) {
    body.refuse("`max_tokens` must be greater than `thinking.budget_tokens`.");
  }
}

void read_stop_sequences(RequestFields& body, ModelRequest& request) {
  for (const json& sequence : body.array("stop_sequences")) {
    const auto* text = sequence.get_ptr<const json::string_t*>();
    if (text == nullptr) return body.refuse("stop_sequences", "Input should be a valid string");
    if (base::trim(*text).empty()) {
      return body.refuse("stop_sequences", "each stop sequence must contain non-whitespace");
    }
    request.stop_sequences.push_back(*text);
  }
}

void read_answer_fields(RequestFields& body, const Model& model, const ApiHeaders& headers,
                        Endpoint endpoint, ModelRequest& request) {
  request.stream = body.boolean("stream", false);
  if (request.in_batch && request.stream) body.refuse("stream", "not supported in a batch");
  if (request.in_batch && body.has("speed")) body.refuse("speed", "not supported in a batch");
  read_max_tokens(body, most_output_tokens(model, headers, endpoint), headers, request);
  read_sampling(body, model.can);
  read_stop_sequences(body, request);
}

// A change in these keeps what is cached of tools and system, and nothing of the messages.
std::uint64_t hash_settings(RequestFields& body) {
  ContentHash hash;
  for (const char* key : {"tool_choice", "thinking"}) {
    if (const json* value = body.find(key)) hash.add_json(*value, false);
    hash.add(std::string_view(key));
  }
  hash.add(std::string_view(body.object("output_config").string("effort")));
  return hash.value();
}

void read_prompt(RequestFields& body, const Model& model, ModelRequest& request) {
  PromptBuilder prompt(model.dense_tokens, request);
  read_tools(body, model, prompt, request);
  read_system(body, prompt);
  read_messages(body, model.can, prompt, request);
  prompt.finish(body);
  const std::int64_t most = model.max_input_tokens;
  if (most > 0 && request.input_tokens > most) {
    body.refuse(
        fmt::format("prompt is too long: {} tokens > {} maximum", request.input_tokens, most));
  }
}

tl::expected<ModelRequest, ApiError> read_request(std::string_view text, const ApiHeaders& headers,
                                                  Endpoint endpoint) {
  if (auto error = check_headers(headers)) return tl::unexpected(std::move(*error));
  auto parsed = parse_request_body(text);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  std::optional<ApiError> error;
  RequestFields body(*parsed, "", error);
  ModelRequest request;
  request.organization = organization_of(headers);
  request.body_bytes = text.size();
  request.in_batch = endpoint == Endpoint::kBatched;
  const Model& model = read_model(body, request);
  check_top_keys(body, headers, endpoint);
  read_prompt(body, model, request);
  read_output_config(body, model.can);
  read_thinking(body, model.can, request);
  read_service(body, model, request);
  if (endpoint != Endpoint::kCount) read_answer_fields(body, model, headers, endpoint, request);
  request.settings_hash = hash_settings(body);
  if (error) return tl::unexpected(std::move(*error));
  request.eager_tool_input |=
      !request.tools.empty() && has_beta(headers, "fine-grained-tool-streaming-");
  take_tool_schemas(*parsed, request);
  return request;
}

}  // namespace

tl::expected<ModelRequest, ApiError> read_messages_request(std::string_view body,
                                                           const ApiHeaders& headers) {
  return read_request(body, headers, Endpoint::kMessage);
}

tl::expected<ModelRequest, ApiError> read_batched_request(std::string_view params,
                                                          const ApiHeaders& headers) {
  return read_request(params, headers, Endpoint::kBatched);
}

tl::expected<std::int64_t, ApiError> read_count_request(std::string_view body,
                                                        const ApiHeaders& headers) {
  return read_request(body, headers, Endpoint::kCount).map([](const ModelRequest& request) {
    return request.input_tokens;
  });
}

}  // namespace mock
