#include "mock/api_error.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace mock {
namespace {

struct KnownError {
  int status;
  std::string_view type;
  std::string_view message;
};

constexpr KnownError kKnownErrors[] = {
    {400, "invalid_request_error", "Bad Request"},
    {401, "authentication_error", "invalid x-api-key"},
    {402, "billing_error", "Payment Required"},
    {403, "permission_error", "Forbidden"},
    {404, "not_found_error", "Not Found"},
    {409, "conflict_error", "Conflict"},
    {413, "request_too_large", "Request exceeds the maximum allowed number of bytes."},
    {429, "rate_limit_error",
     "This request would exceed your account's rate limit. Please try again later."},
    {500, "api_error", "Internal server error"},
    {504, "timeout_error", "Request timed out."},
    {529, "overloaded_error", "Overloaded"},
};

const KnownError* find_known(int status) {
  for (const KnownError& known : kKnownErrors) {
    if (known.status == status) return &known;
  }
  return nullptr;
}

bool comes_from_edge(int status) {
  return status == 502 || status == 503 || (status >= 520 && status <= 524);
}

std::string_view edge_reason(int status) {
  switch (status) {
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Temporarily Unavailable";
    default:
      return "Web server is returning an unknown error";
  }
}

Reply edge_reply(int status) {
  const std::string title = fmt::format("{} {}", status, edge_reason(status));
  return {status,
          {{"content-type", "text/html"}, {"server", "cloudflare"}},
          fmt::format("<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n"
                      "<center><h1>{0}</h1></center>\r\n<hr><center>cloudflare</center>\r\n"
                      "</body>\r\n</html>\r\n",
                      title)};
}

}  // namespace

std::string_view error_type(int status) {
  const KnownError* known = find_known(status);
  if (known != nullptr) return known->type;
  return status < 500 ? "invalid_request_error" : "api_error";
}

Reply error_reply(const ApiError& error, std::string_view request_id) {
  const nlohmann::ordered_json body = {
      {"type", "error"},
      {"error", {{"type", error_type(error.status)}, {"message", error.message}}},
      {"request_id", request_id}};
  // A message may quote what the client sent, which need not be valid UTF-8.
  Reply reply = json_reply(
      error.status, body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  reply.headers.emplace_back("request-id", request_id);
  if (error.status == 429) {
    reply.headers.emplace_back("retry-after", "1");
    reply.headers.emplace_back("x-should-retry", "true");
  }
  return reply;
}

Reply fault_reply(int status, std::string_view request_id) {
  if (comes_from_edge(status)) return edge_reply(status);
  const KnownError* known = find_known(status);
  const std::string_view fallback = status < 500 ? "Bad Request" : "Internal server error";
  return error_reply({status, std::string(known == nullptr ? fallback : known->message)},
                     request_id);
}

std::optional<int> draw_fault(const std::vector<FailRule>& rules, base::RandomStream& random) {
  const double drawn = random.uniform();
  double reached = 0;
  for (const FailRule& rule : rules) {
    reached += rule.share;
    if (drawn < reached) return rule.status;
  }
  return std::nullopt;
}

}  // namespace mock
