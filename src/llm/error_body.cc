#include "llm/error_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include "base/text.h"
#include "llm/error_text.h"
#include "llm/http_date.h"
#include "llm/json_body.h"

namespace llm {
namespace {

// A longer wait than any test's is a server's mistake, and adding it to a time would overflow.
constexpr double kMaxRetryAfterSeconds = 7.0 * 24 * 3600;

// What the body says, in the words of whoever sent it.
struct BodyError {
  std::string type;
  std::string code;                     // OpenAI's; in other dialects it is a number.
  std::string detail_code;              // Anthropic's error.details.error_code.
  std::optional<std::uint64_t> status;  // That an error behind a status 200 would have had.
  std::string message;
  std::string request_id;
};

std::string first_of(std::string first, std::string second) {
  return first.empty() ? std::move(second) : std::move(first);
}

// FastAPI's: a text, or a list of what is wrong where.
std::string detail_message(const Json& detail) {
  if (detail.is_string()) return detail.get<std::string>();
  if (!detail.is_array() || detail.empty()) return {};
  std::string place;
  for (const Json& step : at(detail.front(), "loc")) {
    place += place.empty() ? "" : ".";
    place += step.is_string() ? step.get<std::string>() : step.dump();
  }
  return place + (place.empty() ? "" : ": ") + string_at(detail.front(), "msg");
}

// AWS has "com.amazon.coral.service#ThrottlingException".
std::string aws_type(const Json& body) {
  const std::string type = string_at(body, "__type");
  return type.substr(type.find('#') + 1);
}

std::string read_message(const Json& body, const Json& source) {
  if (body.is_string()) return body.get<std::string>();
  std::string message = first_of(string_at(source, "message"), string_at(source, "Message"));
  message = first_of(std::move(message), string_at(body, "error"));
  return first_of(std::move(message), detail_message(at(body, "detail")));
}

BodyError read_body(std::string_view text) {
  const Json whole = parse_json(text);
  const Json& body = whole.is_array() && !whole.empty() ? whole.front() : whole;
  const Json& error = at(body, "error");
  const Json& source = error.is_object() ? error : body;
  BodyError found;
  found.type = string_at(source, "type");
  if (found.type == "error") found.type.clear();  // Says of the event what it is.
  found.type = first_of(std::move(found.type), string_at(body, "error_type"));
  found.type = first_of(std::move(found.type), aws_type(body));
  found.code = first_of(string_at(source, "code"), string_at(error, "status"));
  found.detail_code = string_at(at(source, "details"), "error_code");
  found.status = count_at(source, "code");
  if (!found.status) found.status = count_at(source, "http_status_code");
  found.message = read_message(body, source);
  found.request_id = string_at(body, "request_id");
  return found;
}

std::string message_of(const BodyError& error, const ErrorAnswer& answer) {
  for (const std::string_view text :
       {std::string_view(error.message), html_title(answer.body), answer.body}) {
    std::string shown = presentable(text);
    if (!shown.empty()) return shown;
  }
  return fmt::format("the server answered {} and gave no reason", answer.status);
}

std::optional<base::Duration> parse_wait(std::string_view text, double seconds_per_unit) {
  text = base::trim(text);
  double count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count, std::chars_format::fixed);
  if (error != std::errc() || stop != end) return {};
  const double seconds = count * seconds_per_unit;
  // Not a number fails both comparisons.
  if (!(seconds >= 0 && seconds <= kMaxRetryAfterSeconds) || std::signbit(seconds)) return {};
  return base::from_seconds(seconds);
}

// The answer's own date is what the server meant by now: its clock and ours may differ.
std::optional<base::Duration> until(std::string_view then, std::string_view now) {
  const auto end = parse_http_date(base::trim(then));
  const auto begin = parse_http_date(base::trim(now));
  if (!end || !begin) return {};
  const std::chrono::duration<double> wait = *end - *begin;
  if (wait.count() > kMaxRetryAfterSeconds) return {};
  return base::from_seconds(std::max(wait.count(), 0.0));
}

std::optional<base::Duration> parse_retry_after(const ErrorAnswer& answer) {
  if (const auto wait = parse_wait(answer.retry_after_ms, 1e-3)) return wait;
  if (const auto wait = parse_wait(answer.retry_after, 1)) return wait;
  return until(answer.retry_after, answer.date);
}

std::optional<bool> parse_should_retry(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return {};
}

// A code says more than a type: OpenAI's "invalid_api_key" comes as an invalid_request_error.
ErrorKind kind_of(const BodyError& error, int status) {
  const ErrorKind by_code = classify(0, error.code);
  return by_code == ErrorKind::kOther ? classify(status, error.type) : by_code;
}

Failure make_failure(BodyError error, ErrorKind kind, const ErrorAnswer& answer) {
  Failure failure;
  failure.kind = kind;
  failure.status = answer.status;
  failure.message = message_of(error, answer);
  failure.request_id = first_of(std::string(answer.request_id), std::move(error.request_id));
  failure.retry_after = parse_retry_after(answer);
  failure.should_retry = parse_should_retry(answer.should_retry);
  if (kind == ErrorKind::kRateLimited) {
    failure.limit = find_limit({error.detail_code, error.code, error.type}, failure.message);
  }
  failure.type = first_of(std::move(error.type), std::move(error.code));
  return failure;
}

}  // namespace

Failure parse_error(const ErrorAnswer& answer) {
  BodyError error = read_body(answer.body);
  const ErrorKind kind = kind_of(error, answer.status);
  return make_failure(std::move(error), kind, answer);
}

Failure parse_stream_error(const ErrorAnswer& answer) {
  BodyError error = read_body(answer.body);
  const std::uint64_t status = error.status.value_or(0);
  const ErrorKind kind = kind_of(error, status < 600 ? static_cast<int>(status) : 0);
  const bool keeps_kind = kind == ErrorKind::kOverloaded || kind == ErrorKind::kRateLimited;
  return make_failure(std::move(error), keeps_kind ? kind : ErrorKind::kStreamError, answer);
}

}  // namespace llm
