#include "client/request_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <utility>

namespace client {
namespace {

std::string wall_clock(base::Duration since_1970) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                     fmt::gmtime(static_cast<std::time_t>(us / 1'000'000)), us % 1'000'000);
}

std::string first_line(const RequestLog::Run& run) {
  std::string line = R"({"type":"run","schema":"perigee-requests","schema_version":1,"perigee":)";
  append_json_string(run.version, line);
  line += R"(,"script":)";
  append_json_string(run.script, line);
  line += fmt::format(R"(,"started_at":"{}","started_unix_s":{:.6f}}})", wall_clock(run.zero_unix),
                      base::to_seconds(run.zero_unix));
  return line + "\n";
}

// Of this thread: a line's memory is there for the next one.
std::string& scratch() {
  thread_local std::string line;
  line.clear();
  return line;
}

}  // namespace

base::Result<std::unique_ptr<RequestLog>> RequestLog::open(const std::string& path, const Run& run,
                                                           std::size_t most_waiting) {
  auto file = base::BackgroundFile::open(path, most_waiting);
  if (!file) return tl::unexpected(file.error());
  (*file)->write(first_line(run));
  return std::unique_ptr<RequestLog>(new RequestLog(std::move(*file), run.zero));
}

RequestLog::RequestLog(std::unique_ptr<base::BackgroundFile> file, base::TimePoint zero)
    : file_(std::move(file)), zero_(zero) {}

void RequestLog::begin_load(base::TimePoint start, base::Duration warmup) {
  file_->write(fmt::format("{{\"type\":\"load\",\"start_s\":{:.9f},\"warmup_s\":{}}}\n",
                           base::to_seconds(start - zero_), base::to_seconds(warmup)));
}

void RequestLog::add(const HttpRecord& record, std::string_view message, bool apart) {
  std::string& line = scratch();
  append_http_line(record, message, {zero_, apart}, line);
  write(line, http_);
}

void RequestLog::add(const LlmRecord& record, const LlmDetails& details, bool apart) {
  std::string& line = scratch();
  append_llm_line(record, details, {zero_, apart}, line);
  write(line, llm_);
}

void RequestLog::write(const std::string& line, std::atomic<std::uint64_t>& written) {
  (file_->write(line) ? written : dropped_).fetch_add(1, std::memory_order_relaxed);
}

base::Result<void> RequestLog::finish() {
  // What waits goes first, so that there is room for the line that says what is missing.
  if (auto flushed = file_->flush(); !flushed) return flushed;
  file_->write(fmt::format("{{\"type\":\"end\",\"llm\":{},\"http\":{},\"dropped\":{}}}\n",
                           llm_.load(), http_.load(), dropped_.load()));
  return file_->close();
}

}  // namespace client
