// What comes whole: a message that was not streamed, and the body of an error.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"
#include "llm/anthropic.h"

namespace llm {
namespace {

// Keeps the keys' order, so that a tool's input stays as it came.
using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxMessageBytes = 500;
// A longer wait than any test's is a server's mistake, and adding it to a time would overflow.
constexpr double kMaxRetryAfterSeconds = 7.0 * 24 * 3600;

Json parse_json(std::string_view text) { return Json::parse(text, nullptr, false); }

// Null where the field is missing or `object` is no object.
const Json& at(const Json& object, const char* key) {
  static const Json kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string string_at(const Json& object, const char* key) {
  const Json& value = at(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::uint64_t count_at(const Json& object, const char* key) {
  const Json& value = at(object, key);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

// The number of bytes of the well-formed UTF-8 sequence at the start of `text`; 0 where none is.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xC2   ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF.
  const unsigned second = byte(1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
  if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
  return length;
}

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// The length of the API key at the start of `text`; 0 where none is. Some servers quote the key
// that they do not accept.
std::size_t key_length(std::string_view text) {
  constexpr std::size_t kShortestKey = 16;
  if (text.substr(0, 3) != "sk-") return 0;
  std::size_t length = 3;
  while (length < text.size() && is_key_char(text[length])) ++length;
  return length < kShortestKey ? 0 : length;
}

// One line of valid UTF-8, short enough for a table, with no key in it.
std::string presentable(std::string_view text) {
  text = base::trim(text);
  std::string shown;
  while (!text.empty()) {
    std::size_t taken = sequence_length(text);
    std::string_view piece = text.substr(0, taken);
    const auto lead = static_cast<unsigned char>(text.front());
    const bool in_word = !shown.empty() && is_key_char(shown.back());
    if (taken == 0) {
      taken = 1;
      piece = "?";
    } else if (lead <= ' ' || lead == 0x7F) {
      piece = !shown.empty() && shown.back() == ' ' ? "" : " ";
    } else if (const std::size_t key = in_word ? 0 : key_length(text); key > 0) {
      taken = key;
      piece = "sk-...";
    }
    if (shown.size() + piece.size() > kMaxMessageBytes) break;
    shown += piece;
    text.remove_prefix(taken);
  }
  return shown;
}

// The title of an HTML page, which says what the rest says at length; "" where there is none.
std::string_view html_title(std::string_view body) {
  const std::string lower = base::to_lower(body);
  const std::size_t tag = lower.find("<title");
  if (tag == std::string::npos) return {};
  const std::size_t begin = lower.find('>', tag);
  const std::size_t end = lower.find("</title", tag);
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return body.substr(begin + 1, end - begin - 1);
}

// {"type":"error","error":{"type","message"},"request_id"} is the rule; the rest is what gateways
// and other servers of the same protocol send.
void read_json_error(const Json& whole, Failure& failure) {
  const Json& body = whole.is_array() && !whole.empty() ? whole.front() : whole;
  const Json& error = at(body, "error");
  const Json& source = error.is_object() ? error : body;
  failure.type = string_at(source, "type");
  failure.message = string_at(source, "message");
  if (body.is_string()) failure.message = body.get<std::string>();
  if (error.is_string()) {
    failure.message = error.get<std::string>();
    failure.type = string_at(body, "error_type");
  }
  if (failure.type == "error") failure.type.clear();
  if (failure.request_id.empty()) failure.request_id = string_at(body, "request_id");
}

std::optional<base::Duration> parse_retry_after(std::string_view text) {
  text = base::trim(text);
  double seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
  // Not a number fails both comparisons.
  if (error != std::errc() || stop != end) return {};
  if (!(seconds >= 0 && seconds <= kMaxRetryAfterSeconds) || std::signbit(seconds)) return {};
  return base::from_seconds(seconds);
}

Usage read_usage(const Json& usage) {
  Usage counts;
  counts.input_tokens = count_at(usage, "input_tokens");
  counts.output_tokens = count_at(usage, "output_tokens");
  counts.cache_read_tokens = count_at(usage, "cache_read_input_tokens");
  counts.cache_write_tokens = count_at(usage, "cache_creation_input_tokens");
  counts.cache_write_1h_tokens = count_at(at(usage, "cache_creation"), "ephemeral_1h_input_tokens");
  const Json& details = at(usage, "output_tokens_details");
  if (at(details, "thinking_tokens").is_number_unsigned()) {
    counts.thinking_tokens = count_at(details, "thinking_tokens");
  }
  counts.final = at(usage, "output_tokens").is_number_unsigned();
  return counts;
}

void read_block(const Json& block, bool keep_text, Reply& reply) {
  const std::string type = string_at(block, "type");
  if (type == "thinking" || type == "redacted_thinking") reply.thought = true;
  if (type == "text" && keep_text) reply.text += string_at(block, "text");
  if (type == "thinking" && keep_text) reply.thinking += string_at(block, "thinking");
  if (type == "tool_use") {
    ToolUse& tool = reply.tool_uses.emplace_back();
    tool.id = string_at(block, "id");
    tool.name = string_at(block, "name");
    const Json& input = at(block, "input");
    if (keep_text && !input.is_null()) tool.input_json = input.dump();
  }
}

}  // namespace

Reply parse_anthropic_message(std::string_view body, const DecoderOptions& options) {
  Reply reply;
  const Json message = parse_json(body);
  const std::string type = string_at(message, "type");
  const Json& content = at(message, "content");
  if (!content.is_array() || (!type.empty() && type != "message")) {
    reply.failure = parse_anthropic_error(options.status, body, options.request_id, "");
    reply.failure->kind = ErrorKind::kProtocol;
    return reply;
  }
  reply.complete = true;
  reply.id = string_at(message, "id");
  reply.model = string_at(message, "model");
  reply.stop_reason = string_at(message, "stop_reason");
  reply.usage = read_usage(at(message, "usage"));
  for (const Json& block : content) read_block(block, options.keep_text, reply);
  if (reply.stop_reason == "refusal") {
    const std::string why = string_at(at(message, "stop_details"), "explanation");
    reply.failure = Failure{ErrorKind::kRefused, options.status,
                            reply.stop_reason,   why.empty() ? "the model refused" : why,
                            options.request_id,  std::nullopt};
  }
  return reply;
}

Failure parse_anthropic_error(int status, std::string_view body, std::string_view request_id,
                              std::string_view retry_after) {
  Failure failure;
  failure.status = status;
  failure.request_id = request_id;
  failure.retry_after = parse_retry_after(retry_after);
  read_json_error(parse_json(body), failure);
  std::string_view text = failure.message;
  if (text.empty()) text = html_title(body);
  if (base::trim(text).empty()) text = body;
  failure.message = presentable(text);
  if (failure.message.empty())
    failure.message = fmt::format("the server answered {} and gave no reason", status);
  failure.kind = classify(status, failure.type);
  return failure;
}

}  // namespace llm
