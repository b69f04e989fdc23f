#include "cli/events_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>

#include "llm/timeline_file.h"
#include "output/verdict.h"

namespace cli {
namespace {

using llm::TimedEvent;
using llm::Timeline;

std::int64_t ns(base::TimePoint at) { return at.time_since_epoch().count(); }

// It comes from the server or a script: what would need escaping in JSON is replaced.
std::string plain(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char c) { return c < 0x20 || c > 0x7e || c == '"' || c == '\\'; }, '_');
  return text;
}

// `"due_ns":12,` or `"due_ns":null,`
void put_moment(fmt::memory_buffer& line, const char* name,
                const std::optional<base::TimePoint>& at) {
  fmt::format_to(std::back_inserter(line), R"("{}":{},)", name,
                 at ? std::to_string(ns(*at)) : "null");
}

void put_events(fmt::memory_buffer& line, const std::vector<TimedEvent>& events) {
  std::string_view comma;
  for (const TimedEvent& event : events) {
    if (event.content == llm::Content::kNone) continue;
    fmt::format_to(std::back_inserter(line), "{}[{},{}]", comma, ns(event.arrived),
                   ns(event.handled));
    comma = ",";
  }
}

void put_all_events(fmt::memory_buffer& line, const std::vector<TimedEvent>& events) {
  std::string_view comma;
  for (const TimedEvent& event : events) {
    fmt::format_to(std::back_inserter(line),
                   R"({}{{"arrived_ns":{},"handled_ns":{},"content":"{}","of_message":{},)"
                   R"("blurred":{},"text_bytes":{}}})",
                   comma, ns(event.arrived), ns(event.handled), llm::to_string(event.content),
                   event.of_message, event.blurred, event.text_bytes);
    comma = ",";
  }
}

int print_events(const std::string& path, bool all) {
  const auto refuse = [](const base::Error& error) {
    std::fflush(stdout);
    fmt::print(stderr, "perigee: {}\n", error.message);
    return static_cast<int>(output::kExitBadOptions);
  };
  auto reader = llm::TimelineReader::open(path);
  if (!reader) return refuse(reader.error());
  while (true) {
    const auto timeline = reader->next();
    if (!timeline) return refuse(timeline.error());
    if (!*timeline) break;
    const std::string line = timeline_json(**timeline, all) + "\n";
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return output::kExitPassed;
  fmt::print(stderr, "perigee: events: stdout could not be written\n");
  return output::kExitInternalError;
}

}  // namespace

std::string timeline_json(const Timeline& timeline, bool all) {
  fmt::memory_buffer line;
  const auto out = std::back_inserter(line);
  fmt::format_to(out, R"({{"request_id":"{}","model":"{}",)", plain(timeline.request_id),
                 plain(timeline.model));
  put_moment(line, "due_ns", timeline.due);
  put_moment(line, "asked_ns", timeline.asked);
  put_moment(line, "start_ns", timeline.start);
  put_moment(line, "sending_ns", timeline.sending);
  put_moment(line, "sent_ns", timeline.sent);
  put_moment(line, "first_byte_ns", timeline.first_byte);
  put_moment(line, "done_ns", timeline.done);
  put_moment(line, "ended_ns", timeline.ended);
  fmt::format_to(out, R"("outcome":"{}","error":{},"cancelled":{},"streamed":{},"retry":{},)",
                 llm::to_string(timeline.outcome),
                 timeline.error ? fmt::format("\"{}\"", llm::to_string(*timeline.error)) : "null",
                 timeline.cancelled, timeline.streamed, timeline.retry);
  fmt::format_to(
      out, R"("usage":{{"input_tokens":{},"output_tokens":{},"thinking_tokens":{},"final":{}}},)",
      timeline.input_tokens, timeline.output_tokens,
      timeline.thinking_tokens ? std::to_string(*timeline.thinking_tokens) : "null",
      timeline.usage_final);
  line.append(std::string_view(R"("events":[)"));
  put_events(line, timeline.events);
  line.push_back(']');
  if (all) {
    line.append(std::string_view(R"(,"all_events":[)"));
    put_all_events(line, timeline.events);
    line.push_back(']');
  }
  line.push_back('}');
  return fmt::to_string(line);
}

void add_events_command(CLI::App& app, int& exit_code) {
  const auto path = std::make_shared<std::string>();
  const auto all = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("events", "Print a file of run --events as JSON lines");
  command->add_option("file", *path, "What run --events wrote")->required();
  command->add_flag("--all", *all, "Every event, those without content too, in all_events");
  command->callback([path, all, &exit_code] { exit_code = print_events(*path, *all); });
}

}  // namespace cli
