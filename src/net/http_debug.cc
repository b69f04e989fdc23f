#include "net/http_debug.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>

#include "base/text.h"

namespace net {
namespace {

constexpr std::size_t kShownBody = 16 * 1024;
constexpr std::string_view kHidden = "***";

std::atomic<std::uint64_t> g_transfers{0};

// Of a header or a parameter: one of its words ends as the names of secrets do. "input_tokens" and
// "www-authenticate" are none.
bool is_secret_name(std::string_view name) {
  static constexpr auto kEndings =
      std::to_array<std::string_view>({"key", "token", "secret", "password", "passwd", "pass",
                                       "auth", "authentication", "signature", "sig", "credential"});
  std::string words = base::to_lower(name);
  const auto separates = [](char c) { return !(('a' <= c && c <= 'z') || ('0' <= c && c <= '9')); };
  std::replace_if(words.begin(), words.end(), separates, ' ');
  for (const std::string& word : base::split(words, ' ')) {
    const auto ends_word = [&](std::string_view ending) { return word.ends_with(ending); };
    if (std::any_of(kEndings.begin(), kEndings.end(), ends_word)) return true;
  }
  return false;
}

// "GET /path?key=***&page=2 HTTP/1.1"; of URLs within headers too.
std::string redacted_parameters(std::string_view line) {
  std::string shown;
  for (;;) {
    const std::size_t start = line.find_first_of("?&#");
    if (start == std::string_view::npos) return shown + std::string(line);
    shown += line.substr(0, start + 1);
    line.remove_prefix(start + 1);
    const std::size_t equals = line.find_first_of("=?&# ");
    if (equals == std::string_view::npos || line[equals] != '=') continue;
    if (!is_secret_name(line.substr(0, equals))) continue;
    shown += line.substr(0, equals + 1);
    shown += kHidden;
    line.remove_prefix(std::min(line.find_first_of("&# ", equals), line.size()));
  }
}

std::string redacted_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::string(line);
  const std::string_view name = line.substr(0, colon);
  if (!is_credential_header(name) && !is_secret_name(name)) return redacted_parameters(line);
  return fmt::format("{}: {}", name, kHidden);
}

std::string redacted_block(std::string_view block) {
  std::string shown;
  bool first = true;
  for (const std::string& line : base::split(base::trim(block), '\n')) {
    shown += first ? redacted_parameters(line) : redacted_header(line);
    shown += '\n';
    first = false;
  }
  return shown;
}

std::string shown_body(std::string_view body, std::uint64_t whole) {
  std::string shown(body.substr(0, kShownBody));
  if (whole > shown.size()) shown += fmt::format("… ({} bytes in all)", base::format_count(whole));
  return shown;
}

}  // namespace

HttpDebugLog::HttpDebugLog(const HttpRequest& request, const HttpClientOptions& options)
    : request_(request), options_(options), number_(++g_transfers) {}

void HttpDebugLog::attach(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &on_debug);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, this);
}

int HttpDebugLog::on_debug(CURL* /*easy*/, curl_infotype what, char* bytes, std::size_t size,
                           void* log) {
  auto& self = *static_cast<HttpDebugLog*>(log);
  const std::string_view text(bytes, size);
  if (what == CURLINFO_HEADER_OUT) self.note_sent_headers(text);
  if (what == CURLINFO_HEADER_IN) self.note_received_header(text);
  return 0;
}

void HttpDebugLog::note_sent_headers(std::string_view block) {
  std::string text = redacted_block(block);
  const bool to_proxy = block.starts_with("CONNECT ");
  if (options_.debug == HttpDebug::kFull && request_.body && !to_proxy) {
    text += '\n' + shown_body(*request_.body, request_.body->size());
  }
  write('>', text);
}

void HttpDebugLog::note_received_header(std::string_view line) {
  if (!base::trim(line).empty()) {
    answer_ += redacted_header(base::trim(line)) + '\n';
    return;
  }
  write('<', answer_);
  answer_.clear();
}

void HttpDebugLog::note_body(std::string_view bytes) {
  if (options_.debug != HttpDebug::kFull) return;
  body_bytes_ += bytes.size();
  if (answer_.size() < kShownBody) answer_ += bytes.substr(0, kShownBody - answer_.size());
}

void HttpDebugLog::end(std::string_view error) {
  if (!answer_.empty()) write('<', shown_body(answer_, body_bytes_));
  answer_.clear();
  if (!error.empty()) write('!', error);
}

void HttpDebugLog::write(char direction, std::string_view text) {
  std::string message;
  for (const std::string& line : base::split(base::trim(text), '\n')) {
    message += fmt::format("{} {} {}\n", direction, number_, base::without_controls(line));
  }
  if (options_.debug_sink) return options_.debug_sink(message);
  std::fwrite(message.data(), 1, message.size(), stderr);
}

}  // namespace net
