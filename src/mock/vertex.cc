#include "mock/vertex.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "mock/request_fields.h"

namespace mock {
namespace {

using nlohmann::json;

// Takes a part off the front of the path: "projects/", and the name behind it up to a slash.
bool skip_named(std::string_view& path, std::string_view label) {
  if (!path.starts_with(label)) return false;
  path.remove_prefix(label.size());
  const std::size_t slash = path.find('/');
  if (slash == 0 || slash == std::string_view::npos) return false;
  path.remove_prefix(slash + 1);
  return true;
}

std::string messages_name(std::string model) {
  std::replace(model.begin(), model.end(), '@', '-');
  return model;
}

void set_model(const VertexCall& call, RequestFields& fields, json& body) {
  if (call.kind != VertexCall::Kind::kCount) {
    if (fields.has("model")) fields.refuse_extra("model");
    body["model"] = messages_name(std::string(call.model));
  } else if (const json* model = fields.find("model"); model != nullptr && model->is_string()) {
    body["model"] = messages_name(model->get<std::string>());
  }
}

}  // namespace

std::optional<VertexCall> find_vertex_call(std::string_view path) {
  constexpr std::string_view kModels = "publishers/anthropic/models/";
  if (!skip_named(path, "/v1/projects/") || !skip_named(path, "locations/")) return std::nullopt;
  if (!path.starts_with(kModels)) return std::nullopt;
  path.remove_prefix(kModels.size());
  const std::size_t colon = path.rfind(':');
  if (colon == 0 || colon == std::string_view::npos) return std::nullopt;
  const std::string_view model = path.substr(0, colon);
  const std::string_view method = path.substr(colon + 1);
  using Kind = VertexCall::Kind;
  if (method == "rawPredict") {
    return model == "count-tokens" ? VertexCall{Kind::kCount} : VertexCall{Kind::kMessage, model};
  }
  if (method == "streamRawPredict") return VertexCall{Kind::kStream, model};
  return std::nullopt;
}

tl::expected<std::string, ApiError> messages_body(const VertexCall& call, std::string_view body,
                                                  const ApiHeaders& headers) {
  if (!headers.authorization || !headers.authorization->starts_with("Bearer ")) {
    return tl::unexpected(ApiError{401,
                                   "Request is missing required authentication credential. "
                                   "Expected OAuth 2 access token, login cookie or other valid "
                                   "authentication credential."});
  }
  auto parsed = parse_request_body(body);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  std::optional<ApiError> error;
  RequestFields fields(*parsed, "", error);
  fields.required_choice("anthropic_version", {"vertex-2023-10-16"});
  set_model(call, fields, *parsed);
  if (error) return tl::unexpected(std::move(*error));
  parsed->erase("anthropic_version");
  if (call.kind == VertexCall::Kind::kStream) (*parsed)["stream"] = true;
  return parsed->dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace mock
