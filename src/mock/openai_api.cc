#include "mock/openai_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace mock {
namespace {

using nlohmann::ordered_json;

struct KnownError {
  int status;
  std::string_view type;
  std::string_view code;  // "" for null.
  std::string_view message;
};

constexpr KnownError kKnownErrors[] = {
    {400, "invalid_request_error", "", "Bad Request"},
    {401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."},
    {403, "invalid_request_error", "permission_denied",
     "You are not allowed to do this with this API key."},
    {404, "invalid_request_error", "", "Not Found"},
    {409, "invalid_request_error", "conflict", "Conflict"},
    {422, "invalid_request_error", "unprocessable_entity", "Unprocessable Entity"},
    {429, "requests", "rate_limit_exceeded",
     "Rate limit reached for requests. Please try again in 1s."},
    {500, "server_error", "",
     "The server had an error while processing your request. Sorry about that!"},
    {503, "service_unavailable_error", "server_is_overloaded",
     "The engine is currently overloaded, please try again later."},
    {504, "server_error", "timeout", "Request timed out."},
};

const KnownError* find_known(int status) {
  const auto* found = std::find_if(std::begin(kKnownErrors), std::end(kKnownErrors),
                                   [&](const KnownError& known) { return known.status == status; });
  return found == std::end(kKnownErrors) ? nullptr : found;
}

// The status' own error.
ApiError error_of(int status) {
  const KnownError* known = find_known(status);
  if (known == nullptr) known = find_known(status < 500 ? 400 : 500);
  return {status, std::string(known->message), std::string(known->type), std::string(known->code)};
}

ordered_json text_or_null(std::string_view text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

struct OpenAiModel {
  std::string_view id;
  std::int64_t created;
};

// A few that are asked for by name; any other name is taken too.
constexpr OpenAiModel kModels[] = {
    {"gpt-4o-mini", 1721172741},  {"gpt-4o", 1715367049},  {"gpt-4.1-nano", 1744321707},
    {"gpt-4.1-mini", 1744318173}, {"gpt-4.1", 1744316542}, {"o3-mini", 1737146383},
    {"o3", 1744225308},           {"o4-mini", 1744225351}, {"gpt-5-nano", 1754426384},
    {"gpt-5-mini", 1754425928},   {"gpt-5", 1754425777},
};

ordered_json to_json(const OpenAiModel& model) {
  return {
      {"id", model.id}, {"object", "model"}, {"created", model.created}, {"owned_by", "system"}};
}

}  // namespace

std::optional<ApiError> check_bearer(std::optional<std::string_view> authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view given = authorization.value_or("");
  const std::string_view key =
      given.starts_with(kScheme) ? base::trim(given.substr(kScheme.size())) : std::string_view();
  if (key.empty()) {
    return ApiError{401,
                    "You didn't provide an API key. You need to provide your API key in an "
                    "Authorization header using Bearer auth (i.e. Authorization: Bearer "
                    "YOUR_KEY)."};
  }
  if (!key.starts_with("invalid")) return std::nullopt;
  ApiError error = error_of(401);
  error.message =
      "Incorrect API key provided: invalid***. You can find your API key at "
      "https://platform.openai.com/account/api-keys.";
  return error;
}

Headers openai_headers(std::string_view request_id, base::Duration processing) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(processing).count();
  return {{"x-request-id", std::string(request_id)},
          {"openai-organization", "perigee-mock"},
          {"openai-processing-ms", std::to_string(ms)},
          {"openai-version", "2020-10-01"}};
}

Reply openai_error_reply(const ApiError& error, std::string_view request_id) {
  constexpr int kOverloadedElsewhere = 529;
  if (error.status == kOverloadedElsewhere) return openai_error_reply(error_of(503), request_id);
  const ordered_json body = {
      {"error",
       {{"message", error.message},
        {"type", error.type.empty() ? error_of(error.status).type : error.type},
        {"param", text_or_null(error.parameter)},
        {"code", text_or_null(error.code)}}}};
  // A message may quote what the client sent, which need not be valid UTF-8.
  Reply reply =
      json_reply(error.status, body.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  reply.headers.emplace_back("x-request-id", request_id);
  return reply;
}

Reply openai_fault_reply(const Fault& fault, std::string_view request_id) {
  constexpr int kOverloaded = 503;  // Here the API's own, not the edge's.
  auto edge = fault.status == kOverloaded ? std::nullopt : edge_reply(fault.status);
  ApiError error = error_of(fault.status);
  if (!fault.error_type.empty()) error.type = fault.error_type;
  Reply reply = edge ? std::move(*edge) : openai_error_reply(error, request_id);
  if (fault.status == 429) reply.headers.emplace_back("retry-after", "1");
  return fault.gzip ? gzip_reply(std::move(reply)) : reply;
}

std::string openai_models_json() {
  ordered_json data = ordered_json::array();
  for (const OpenAiModel& model : kModels) data.push_back(to_json(model));
  return ordered_json{{"object", "list"}, {"data", std::move(data)}}.dump();
}

tl::expected<std::string, ApiError> describe_openai_model(std::string_view id) {
  const auto* found = std::find_if(std::begin(kModels), std::end(kModels),
                                   [id](const OpenAiModel& model) { return model.id == id; });
  if (found != std::end(kModels)) return to_json(*found).dump();
  return tl::unexpected(ApiError{
      404, fmt::format("The model '{}' does not exist", id), {}, "model_not_found", "model"});
}

}  // namespace mock
