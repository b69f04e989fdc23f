#include "cli/calibration_truth.h"

#include <simdjson.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "llm/timeline_file.h"

namespace cli {
namespace {

using simdjson::dom::element;

// The one kind of event that carries content in the dialect that is measured with.
constexpr std::string_view kContent = "content_block_delta";

struct ClientStream {
  std::int64_t sending_ns = 0;
  std::size_t events = 0;
};

// Throws what simdjson does.
using ReadLine = std::function<void(const element& line)>;

base::Result<void> read_lines(const std::string& path, const ReadLine& read) {
  std::ifstream file(path);
  if (!file) return base::fail("cannot read {}", path);
  simdjson::dom::parser parser;
  std::string line;
  try {
    while (std::getline(file, line)) read(parser.parse(line));
  } catch (const simdjson::simdjson_error& error) {
    return base::fail("{}: {}", path, error.what());
  }
  return {};
}

using ClientStreams = std::unordered_map<std::string, ClientStream>;

base::Result<ClientStreams> read_client_streams(const std::string& path) {
  ClientStreams streams;
  auto reader = llm::TimelineReader::open(path);
  if (!reader) return tl::unexpected(reader.error());
  while (true) {
    const auto timeline = reader->next();
    if (!timeline) return tl::unexpected(timeline.error());
    if (!*timeline) return streams;
    const auto has_content = [](const llm::TimedEvent& event) {
      return event.content != llm::Content::kNone;
    };
    streams[(*timeline)->request_id] = {
        (*timeline)->sending.value_or(base::TimePoint{}).time_since_epoch().count(),
        static_cast<std::size_t>(std::ranges::count_if((*timeline)->events, has_content))};
  }
}

// Takes one record after the other.
class Join {
 public:
  explicit Join(ClientStreams client) : client_(std::move(client)) {}

  void add(const element& record) {
    sent_.clear();
    for (const element& event : record["events"].get_array()) {
      if (std::string_view(event["name"]) == kContent) sent_.push_back(event["sent_ns"]);
    }
    const std::string_view id = record["request_id"];
    const auto ours = client_.find(std::string(id));
    if (ours == client_.end() || ours->second.events != sent_.size() || sent_.empty()) {
      ++truth_.unmatched;
    } else {
      add_times(ours->second);
    }
    if (ours != client_.end()) client_.erase(ours);
  }

  CalibrationTruth finish() {
    truth_.unmatched += client_.size();
    truth_.events_per_second = middle_rate();
    return std::move(truth_);
  }

 private:
  void add_times(const ClientStream& ours) {
    ++truth_.streams;
    truth_.ttfts.push_back(static_cast<double>(sent_.front() - ours.sending_ns) * 1e-9);
    for (std::size_t i = 1; i < sent_.size(); ++i) {
      truth_.gaps.push_back(static_cast<double>(sent_[i] - sent_[i - 1]) * 1e-9);
    }
    all_sent_.insert(all_sent_.end(), sent_.begin(), sent_.end());
  }

  double middle_rate() const {
    if (all_sent_.size() < 2) return 0;
    const auto [first, last] = std::minmax_element(all_sent_.begin(), all_sent_.end());
    const std::int64_t quarter = (*last - *first) / 4;
    const std::int64_t from = *first + quarter;
    const std::int64_t to = *last - quarter;
    if (to <= from) return 0;
    const auto within = [from, to](std::int64_t at) { return at >= from && at < to; };
    const auto count = std::count_if(all_sent_.begin(), all_sent_.end(), within);
    return static_cast<double>(count) / (static_cast<double>(to - from) * 1e-9);
  }

  ClientStreams client_;
  CalibrationTruth truth_;
  std::vector<std::int64_t> sent_;  // Of the stream at hand.
  std::vector<std::int64_t> all_sent_;
};

}  // namespace

base::Result<CalibrationTruth> read_truth(const std::vector<std::string>& record_files,
                                          const std::string& events_file) {
  auto client = read_client_streams(events_file);
  if (!client) return tl::unexpected(client.error());
  Join join(std::move(*client));
  for (const std::string& path : record_files) {
    const auto read = read_lines(path, [&join](const element& record) { join.add(record); });
    if (!read) return tl::unexpected(read.error());
  }
  return join.finish();
}

}  // namespace cli
