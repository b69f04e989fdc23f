#include "mock/messages_api.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "mock/models.h"

namespace mock {
namespace {

using nlohmann::json;

tl::unexpected<ApiError> refuse(std::string message) {
  return tl::unexpected(ApiError{400, std::move(message)});
}

tl::expected<const json*, ApiError> required(const json& object, const char* key,
                                             const std::string& path = "") {
  const auto found = object.find(key);
  if (found == object.end()) return refuse(fmt::format("{}{}: Field required", path, key));
  return &*found;
}

std::int64_t text_bytes(const json& value) {
  const auto* text = value.get_ptr<const json::string_t*>();
  return text == nullptr ? 0 : static_cast<std::int64_t>(text->size());
}

// Content is a string or blocks; a tool's result holds content of its own, one level down.
std::int64_t content_bytes(const json& content, bool nested = false) {
  if (!content.is_array()) return text_bytes(content);
  std::int64_t bytes = 0;
  for (const json& block : content) {
    if (!block.is_object()) continue;
    if (block.contains("text")) bytes += text_bytes(block["text"]);
    if (!nested && block.contains("content")) bytes += content_bytes(block["content"], true);
  }
  return bytes;
}

std::int64_t estimate_input_tokens(const json& body) {
  std::int64_t bytes = body.contains("system") ? content_bytes(body["system"]) : 0;
  for (const json& turn : body["messages"]) bytes += content_bytes(turn["content"]);
  return std::max<std::int64_t>(1, std::llround(std::ceil(static_cast<double>(bytes) / 3.5)));
}

tl::expected<std::string, ApiError> read_model(const json& body) {
  const auto field = required(body, "model");
  if (!field) return tl::unexpected(field.error());
  if (!(*field)->is_string()) return refuse("model: Input should be a valid string");
  const auto& name = (*field)->get_ref<const std::string&>();
  if (name.empty() || name.starts_with("missing-")) {
    return tl::unexpected(ApiError{404, fmt::format("model: {}", name)});
  }
  return std::string(resolve_model(name));
}

tl::expected<std::int64_t, ApiError> read_max_tokens(const json& body, std::string_view model) {
  const auto field = required(body, "max_tokens");
  if (!field) return tl::unexpected(field.error());
  if (!(*field)->is_number_integer()) {
    return refuse("max_tokens: Input should be a valid integer");
  }
  if ((*field)->is_number_unsigned() && (*field)->get<std::uint64_t>() > INT64_MAX) {
    return refuse("max_tokens: Input should be a valid integer");
  }
  const auto value = (*field)->get<std::int64_t>();
  if (value < 0) return refuse("max_tokens: Input should be greater than or equal to 0");
  const Model* known = find_model(model);
  if (known != nullptr && value > known->max_output_tokens) {
    return refuse(fmt::format(
        "max_tokens: {} > {}, which is the maximum allowed number of output tokens for {}", value,
        known->max_output_tokens, model));
  }
  return value;
}

std::optional<ApiError> check_blocks(const json& blocks, const std::string& path) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    const json& block = blocks[i];
    const std::string place = fmt::format("{}.{}", path, i);
    if (!block.is_object()) return ApiError{400, place + ": Input should be a valid dictionary"};
    if (!block.contains("type")) return ApiError{400, place + ".type: Field required"};
    if (block["type"] != "text") continue;
    if (!block.contains("text")) return ApiError{400, place + ".text.text: Field required"};
    if (!block["text"].is_string()) {
      return ApiError{400, place + ".text.text: Input should be a valid string"};
    }
    if (text_bytes(block["text"]) == 0) {
      return ApiError{400, place + ".text: text content blocks must be non-empty"};
    }
  }
  return std::nullopt;
}

std::optional<ApiError> check_content(const json& content, const std::string& path) {
  if (content.is_array() && !content.empty()) return check_blocks(content, path);
  if (!content.is_string() && !content.is_array()) {
    return ApiError{400, path + ": Input should be a valid list"};
  }
  if (content.empty() || text_bytes(content) == 0) {
    return ApiError{400, path + ": messages must have non-empty content"};
  }
  return std::nullopt;
}

std::optional<ApiError> check_turn(const json& turn, size_t index, bool system_turns) {
  const std::string path = fmt::format("messages.{}", index);
  if (!turn.is_object()) return ApiError{400, path + ": Input should be a valid dictionary"};
  const auto role = required(turn, "role", path + ".");
  if (!role) return role.error();
  const bool is_user = **role == "user";
  const bool is_system = system_turns && index > 0 && **role == "system";
  if (!is_user && !is_system && **role != "assistant") {
    return ApiError{400, path + ".role: Input should be 'user' or 'assistant'"};
  }
  if (index == 0 && !is_user) {
    return ApiError{400, "messages: first message must use the \"user\" role"};
  }
  const auto content = required(turn, "content", path + ".");
  if (!content) return content.error();
  return check_content(**content, path + ".content");
}

std::optional<ApiError> check_messages(const json& body, std::string_view model) {
  constexpr size_t kMostTurns = 100'000;
  const auto turns = required(body, "messages");
  if (!turns) return turns.error();
  if (!(*turns)->is_array()) return ApiError{400, "messages: Input should be a valid list"};
  if ((*turns)->empty()) return ApiError{400, "messages: at least one message is required"};
  if ((*turns)->size() > kMostTurns) {
    return ApiError{400, "messages: at most 100000 messages are allowed"};
  }
  const Model* known = find_model(model);
  const bool system_turns = known != nullptr && known->system_turns;
  for (size_t i = 0; i < (*turns)->size(); ++i) {
    if (auto error = check_turn((**turns)[i], i, system_turns)) return error;
  }
  return std::nullopt;
}

std::optional<ApiError> check_system(const json& body) {
  if (!body.contains("system") || body["system"].is_string()) return std::nullopt;
  if (!body["system"].is_array()) return ApiError{400, "system: Input should be a valid list"};
  return check_blocks(body["system"], "system");
}

tl::expected<bool, ApiError> read_stream(const json& body) {
  if (!body.contains("stream")) return false;
  if (!body["stream"].is_boolean()) return refuse("stream: Input should be a valid boolean");
  return body["stream"].get<bool>();
}

}  // namespace

Headers api_headers(std::string_view request_id) {
  return {{"request-id", std::string(request_id)},
          {"anthropic-organization-id", "5a3c1f0e-7d42-4b8a-9c61-0e2f4d6b8a90"}};
}

std::optional<ApiError> check_headers(const ApiHeaders& headers) {
  const bool has_key = headers.api_key && !headers.api_key->empty();
  const bool has_bearer = headers.authorization && headers.authorization->starts_with("Bearer ");
  if (!has_key && !has_bearer) return ApiError{401, "x-api-key header is required"};
  if (!headers.version || headers.version->empty()) {
    return ApiError{400, "anthropic-version: header is required"};
  }
  return std::nullopt;
}

tl::expected<MessagesRequest, ApiError> read_messages_request(std::string_view body_text) {
  const json body = json::parse(body_text, nullptr, false);
  if (body.is_discarded()) return refuse("The request body is not valid JSON");
  if (!body.is_object()) return refuse("Input should be a valid dictionary");
  const auto model = read_model(body);
  if (!model) return tl::unexpected(model.error());
  const auto max_tokens = read_max_tokens(body, *model);
  if (!max_tokens) return tl::unexpected(max_tokens.error());
  if (const auto error = check_messages(body, *model)) return tl::unexpected(*error);
  if (const auto error = check_system(body)) return tl::unexpected(*error);
  const auto stream = read_stream(body);
  if (!stream) return tl::unexpected(stream.error());
  // Zero asks for no answer, only for a warm cache, which makes no sense as a stream.
  if (*max_tokens == 0 && *stream) {
    return refuse("max_tokens: Input should be greater than or equal to 1 when streaming");
  }
  return MessagesRequest{*model, *max_tokens, *stream, estimate_input_tokens(body)};
}

}  // namespace mock
