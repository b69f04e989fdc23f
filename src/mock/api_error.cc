#include "mock/api_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "net/gzip.h"

namespace mock {
namespace {

using nlohmann::ordered_json;

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
  const auto* found = std::find_if(std::begin(kKnownErrors), std::end(kKnownErrors),
                                   [&](const KnownError& known) { return known.status == status; });
  return found == std::end(kKnownErrors) ? nullptr : found;
}

// "" for the statuses that do not come from the edge.
std::string_view edge_reason(int status) {
  switch (status) {
    case 413:
      return "Request Entity Too Large";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Temporarily Unavailable";
    case 520:
      return "Web server is returning an unknown error";
    case 521:
      return "Web server is down";
    case 522:
      return "Connection timed out";
    case 523:
      return "Origin is unreachable";
    case 524:
      return "A timeout occurred";
    default:
      return "";
  }
}

ordered_json error_json(const ApiError& error) {
  ordered_json json = {{"type", error.type.empty() ? error_type(error.status) : error.type},
                       {"message", error.message}};
  if (!error.code.empty()) json["details"] = {{"error_code", error.code}};
  return json;
}

}  // namespace

std::string_view error_type(int status) {
  const KnownError* known = find_known(status);
  if (known != nullptr) return known->type;
  return status < 500 ? "invalid_request_error" : "api_error";
}

std::string_view error_message(std::string_view type) {
  const auto* found = std::find_if(std::begin(kKnownErrors), std::end(kKnownErrors),
                                   [&](const KnownError& known) { return known.type == type; });
  return found == std::end(kKnownErrors) ? "Internal server error" : found->message;
}

Reply error_reply(const ApiError& error, std::string_view request_id) {
  const ordered_json body = {
      {"type", "error"}, {"error", error_json(error)}, {"request_id", request_id}};
  // A message may quote what the client sent, which need not be valid UTF-8.
  Reply reply =
      json_reply(error.status, body.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  reply.headers.emplace_back("request-id", request_id);
  return reply;
}

std::optional<Reply> edge_reply(int status) {
  const std::string_view reason = edge_reason(status);
  if (reason.empty()) return std::nullopt;
  return Reply{
      status,
      {{"content-type", "text/html"}, {"server", "cloudflare"}},
      fmt::format("<html>\r\n<head><title>{0} {1}</title></head>\r\n<body>\r\n"
                  "<center><h1>{0} {1}</h1></center>\r\n<hr><center>cloudflare</center>\r\n"
                  "</body>\r\n</html>\r\n",
                  status, reason)};
}

ApiError fault_error(const Fault& fault) {
  const std::string_view type =
      fault.error_type.empty() ? error_type(fault.status) : std::string_view(fault.error_type);
  return {fault.status, std::string(error_message(type)), std::string(type)};
}

Reply fault_reply(const Fault& fault, std::string_view request_id) {
  auto edge = edge_reply(fault.status);
  Reply reply = edge ? std::move(*edge) : error_reply(fault_error(fault), request_id);
  if (fault.status == 429) {
    reply.headers.emplace_back("retry-after", "1");
    reply.headers.emplace_back("x-should-retry", "true");
  }
  return fault.gzip ? gzip_reply(std::move(reply)) : reply;
}

Reply gzip_reply(Reply reply) {
  reply.headers.emplace_back("content-encoding", "gzip");
  reply.body = net::gzip(reply.body);
  return reply;
}

}  // namespace mock
