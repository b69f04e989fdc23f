#include "mock/echo.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/duration.h"

namespace mock {
namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

EchoAnswer refuse(const std::string& message) {
  return {json_reply(400, dump({{"error", message}})), {}};
}

EchoAnswer echo(const EchoRequest& request) {
  ordered_json headers = ordered_json::object();
  for (const auto& [name, value] : request.headers) {
    if (headers.contains(name)) {
      headers[name] = headers[name].get<std::string>() + ", " + value;
    } else {
      headers[name] = value;
    }
  }
  const ordered_json body = {{"method", request.method},
                             {"headers", std::move(headers)},
                             {"body", request.body},
                             {"query", request.query}};
  return {json_reply(200, dump(body)), {}};
}

EchoAnswer answer_status(std::string_view text) {
  int status = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, status);
  if (error != std::errc() || parsed != end || status < 200 || status > 599) {
    return refuse(fmt::format("expected a status from 200 to 599, got \"{}\"", text));
  }
  return {json_reply(status, dump({{"status", status}})), {}};
}

EchoAnswer answer_delay(std::string_view text) {
  const auto delay = base::parse_duration(text);
  if (!delay) return refuse(delay.error().message);
  return {json_reply(200, dump({{"delay", text}})), *delay};
}

}  // namespace

std::optional<EchoAnswer> answer_echo(const EchoRequest& request) {
  constexpr std::string_view kStatus = "/status/";
  constexpr std::string_view kDelay = "/delay/";
  if (request.path == "/echo") return echo(request);
  if (request.path.starts_with(kStatus)) return answer_status(request.path.substr(kStatus.size()));
  if (request.path.starts_with(kDelay)) return answer_delay(request.path.substr(kDelay.size()));
  return std::nullopt;
}

}  // namespace mock
