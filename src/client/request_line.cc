#include "client/request_line.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace client {
namespace {

constexpr base::TimePoint kNever{};
// A server may say anything at any length.
constexpr std::size_t kLongestMessage = 500;

// Writes the fields of one object, in the order of its calls.
class Fields {
 public:
  Fields(std::string& out, base::TimePoint zero) : out_(out), zero_(zero) { out_ += '{'; }

  void add(std::string_view name, std::string_view text) {
    key(name);
    append_json_string(text, out_);
  }
  void add(std::string_view name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
  }
  void add(std::string_view name, std::uint64_t number) {
    key(name);
    fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}"), number);
  }
  void add(std::string_view name, double number) {
    key(name);
    fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}"), number);
  }
  void add(std::string_view name, std::optional<std::uint64_t> number) {
    number ? add(name, *number) : add_null(name);
  }
  void add(std::string_view name, std::optional<double> number) {
    number ? add(name, *number) : add_null(name);
  }
  // Seconds, to the nanosecond.
  void add(std::string_view name, std::optional<base::Duration> length) {
    if (!length) return add_null(name);
    key(name);
    const auto ns = length->count();
    const auto size = static_cast<std::uint64_t>(ns < 0 ? -ns : ns);
    fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}{}.{:09}"), ns < 0 ? "-" : "",
                   size / 1'000'000'000, size % 1'000'000'000);
  }
  void add(std::string_view name, base::Duration length) { add(name, std::optional(length)); }
  // Null where it never came to that.
  void add(std::string_view name, std::optional<base::TimePoint> at) {
    add(name, at && *at != kNever ? std::optional<base::Duration>(*at - zero_) : std::nullopt);
  }
  void add(std::string_view name, base::TimePoint at) { add(name, std::optional(at)); }
  void add_null(std::string_view name) {
    key(name);
    out_ += "null";
  }
  void add_name(std::string_view name, std::optional<std::string_view> word) {
    word ? add(name, *word) : add_null(name);
  }
  void open(std::string_view name) {
    key(name);
    out_ += '{';
  }
  void close() { out_ += '}'; }

 private:
  void key(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    append_json_string(name, out_);
    out_ += ':';
  }

  std::string& out_;
  base::TimePoint zero_;
};

void add_outcome(Fields& fields, const HttpRecord& record, std::string_view message) {
  fields.add("outcome", to_string(record.outcome));
  fields.add_name("error",
                  record.error ? std::optional(llm::to_string(*record.error)) : std::nullopt);
  fields.add_name("limit",
                  record.limit ? std::optional(llm::to_string(*record.limit)) : std::nullopt);
  std::size_t length = std::min(message.size(), kLongestMessage);
  // Not in the middle of a character.
  while (length > 0 && length < message.size() && (message[length] & 0xC0) == 0x80) --length;
  fields.add("message", message.substr(0, length));
  fields.add("cancelled", record.cancelled);
}

void add_begin(Fields& fields, const HttpRecord& record) {
  const net::HttpStamps& stamps = record.result.stamps;
  fields.add("due_s", record.origin.due);
  fields.add("asked_s", record.asked);
  fields.add("start_s", stamps.start);
  fields.add("sending_s", stamps.sending);
  fields.add("sent_s", stamps.sent);
  fields.add("first_byte_s", stamps.first_byte);
}

void add_end(Fields& fields, const HttpRecord& record) {
  const net::HttpStamps& stamps = record.result.stamps;
  fields.add("ended_s", stamps.done != kNever ? stamps.done : record.ended);
  fields.add("arrival_error_s", stamps.arrival_error);
}

void add_connection(Fields& fields, const HttpRecord& record) {
  const net::HttpResult& result = record.result;
  fields.add("looking_up_s", result.stamps.looking_up);
  fields.add("connecting_s", result.stamps.connecting);
  fields.add("tls_handshaking_s", result.stamps.tls_handshaking);
  fields.add("http_version", result.version);
  fields.add("remote_ip", std::string_view(result.remote_ip));
  fields.add("remote_port", static_cast<std::uint64_t>(result.remote_port));
  fields.add("bytes_sent", result.bytes_sent);
  fields.add("bytes_received", result.bytes_received);
}

void add_tags(Fields& fields, const metrics::TagSet& tags) {
  fields.open("tags");
  for (const auto& [key, value] : tags.tags()) fields.add(key, std::string_view(value));
  fields.close();
}

void add_usage(Fields& fields, const llm::Usage& usage) {
  fields.open("usage");
  fields.add("input_tokens", usage.input_tokens);
  fields.add("cache_read_tokens", usage.cache_read_tokens);
  fields.add("cache_write_tokens", usage.cache_write_tokens);
  fields.add("output_tokens", usage.output_tokens);
  fields.add("thinking_tokens", usage.thinking_tokens);
  fields.add("final", usage.final);
  fields.close();
}

std::string_view request_id_of(const net::Headers& headers) {
  const std::string_view id = net::find_header(headers, "request-id");
  return id.empty() ? net::find_header(headers, "x-request-id") : id;
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
  if (plain) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += nlohmann::json(std::string(text))
               .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

void append_http_line(const HttpRecord& record, std::string_view message,
                      const LineContext& context, std::string& out) {
  const net::HttpResult& result = record.result;
  const bool whole = record.outcome != Outcome::kCensored && !record.cancelled &&
                     result.error == net::TransferError::kNone;
  Fields fields(out, context.zero);
  fields.add("type", std::string_view("http"));
  fields.add("apart", context.apart);
  fields.add("request_id", request_id_of(result.headers));
  fields.add("status", static_cast<std::uint64_t>(result.status));
  add_outcome(fields, record, message);
  add_begin(fields, record);
  fields.add("done_s", whole ? std::optional(result.stamps.done) : std::nullopt);
  add_end(fields, record);
  add_connection(fields, record);
  add_tags(fields, record.tags);
  fields.close();
  out += '\n';
}

void append_llm_line(const LlmRecord& record, const LlmDetails& details, const LineContext& context,
                     std::string& out) {
  const HttpRecord& http = record.http;
  const llm::Reply& reply = record.reply;
  const auto token = record.times.first_token();
  const auto since = [&](std::optional<base::TimePoint> end) {
    return end ? std::optional(since_sending(http.result.stamps, *end)) : std::nullopt;
  };
  Fields fields(out, context.zero);
  fields.add("type", std::string_view("llm"));
  fields.add("apart", context.apart);
  fields.add("request_id", details.request_id);
  fields.add("status", static_cast<std::uint64_t>(http.result.status));
  add_outcome(fields, http, reply.failure ? std::string_view(reply.failure->message) : "");
  add_begin(fields, http);
  fields.add("first_token_s", token);
  fields.add("first_text_s", record.times.first_text());
  fields.add("last_token_s", record.times.last_token());
  fields.add("done_s", record.done);
  add_end(fields, http);
  fields.add("ttft_s", since(token));
  fields.add("tpot_s", record.tpot ? std::optional(record.tpot->time) : std::nullopt);
  fields.add("duration_s", since(record.done));
  add_connection(fields, http);
  fields.add("model", details.model);
  fields.add("answered_model", std::string_view(reply.model));
  fields.add("streamed", record.streamed);
  fields.add("stop_reason", std::string_view(reply.stop_reason));
  fields.add("content_events", reply.content_events);
  fields.add("attempt", static_cast<std::uint64_t>(details.attempt));
  fields.add("retry_in_s", details.retry_in);
  add_usage(fields, reply.usage);
  fields.add("cache", http.cache);
  fields.add("cost_usd", record.cost_usd);
  add_tags(fields, http.tags);
  fields.close();
  out += '\n';
}

}  // namespace client
