#include "load/trace.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/duration.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace load {
namespace {

namespace ondemand = simdjson::ondemand;
using base::Duration;
using base::Result;

enum class Form { kMilliseconds, kSeconds, kDate };

struct TimeField {
  std::string_view name;
  Form form;
};

constexpr std::array<TimeField, 4> kTimeFields = {{{"timestamp", Form::kMilliseconds},
                                                   {"time", Form::kSeconds},
                                                   {"at", Form::kSeconds},
                                                   {"TIMESTAMP", Form::kDate}}};

constexpr std::string_view kNoTime =
    "no time: expected timestamp (in milliseconds, or a date with a time of day), time or at (in "
    "seconds, or a duration such as \"250ms\") or TIMESTAMP (a date with a time of day)";

std::string_view expected_of(Form form) {
  switch (form) {
    case Form::kMilliseconds:
      return "milliseconds or a date such as \"2023-11-16 18:15:46.68\"";
    case Form::kSeconds:
      return "seconds or a duration such as \"250ms\"";
    case Form::kDate:
      break;
  }
  return "a date such as \"2023-11-16 18:15:46.68\"";
}

tl::unexpected<base::Error> mismatch(const TimeField& field, std::string_view got) {
  return base::fail("{}: expected {}, got {}", field.name, expected_of(field.form),
                    base::without_controls(got.substr(0, 60)));
}

// Half of what nanoseconds can count, so that the distance of two times can be counted too.
constexpr double kMostSeconds = 4.6e9;

Result<Duration> time_of_number(const TimeField& field, double value, std::string_view text) {
  const Duration unit =
      field.form == Form::kMilliseconds ? std::chrono::milliseconds(1) : std::chrono::seconds(1);
  const bool is_in_range = std::abs(value) <= kMostSeconds / base::to_seconds(unit);  // Not NaN.
  if (field.form == Form::kDate || !is_in_range) return mismatch(field, text);
  // A time since 1970 in nanoseconds is more than a double can hold exactly.
  const double whole = std::trunc(value);
  const double rest = (value - whole) * static_cast<double>(unit.count());
  return static_cast<std::int64_t>(whole) * unit + Duration(std::llround(rest));
}

Result<Duration> time_of_text(const TimeField& field, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) {
    return time_of_number(field, value, text);
  }
  if (field.form != Form::kSeconds) {
    if (const auto time = base::parse_timestamp(text)) return *time;
  } else if (const auto duration = base::parse_duration(text)) {
    return *duration;
  }
  return mismatch(field, fmt::format("\"{}\"", text));
}

class JsonTimes {
 public:
  Result<Duration> read(std::string_view row) {
    buffer_.resize(std::max(buffer_.size(), row.size() + simdjson::SIMDJSON_PADDING));
    std::memcpy(buffer_.data(), row.data(), row.size());
    ondemand::object object;
    if (parser_.iterate(buffer_.data(), row.size(), buffer_.size()).get(document_) ||
        document_.get_object().get(object)) {
      return base::fail("expected a JSON object");
    }
    for (const TimeField& field : kTimeFields) {
      ondemand::value value;
      const simdjson::error_code error = object[field.name].get(value);
      if (error == simdjson::NO_SUCH_FIELD) continue;
      if (error) return base::fail("expected a JSON object");
      return time_of(field, value);
    }
    return base::fail("{}", kNoTime);
  }

 private:
  static Result<Duration> time_of(const TimeField& field, ondemand::value value) {
    double number = 0;
    std::string_view text;
    if (!value.get_double().get(number)) {
      return time_of_number(field, number, fmt::format("{}", number));
    }
    if (!value.get_string().get(text)) return time_of_text(field, text);
    return mismatch(field, "neither a number nor a text");
  }

  ondemand::parser parser_;
  ondemand::document document_;
  std::vector<char> buffer_;
};

// The first of the time fields that is a column.
std::optional<std::pair<TimeField, std::size_t>> time_column(
    const std::vector<std::string>& columns) {
  for (const TimeField& field : kTimeFields) {
    const auto found = std::find(columns.begin(), columns.end(), field.name);
    if (found != columns.end()) {
      return std::pair(field, static_cast<std::size_t>(found - columns.begin()));
    }
  }
  return {};
}

template <typename ReadTime>
Result<std::vector<TracedArrival>> read_arrivals(const base::RowFile& rows, ReadTime read_time) {
  std::vector<TracedArrival> arrivals;
  arrivals.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const Result<Duration> time = read_time(row);
    if (!time) {
      return base::fail_at(fmt::format("{}:{}", rows.path(), rows.line_number(row)), time.error());
    }
    arrivals.push_back({*time, row});
  }
  return arrivals;
}

Result<std::vector<TracedArrival>> read_json_arrivals(const base::RowFile& rows) {
  JsonTimes times;
  return read_arrivals(rows, [&](std::size_t row) { return times.read(rows.row(row)); });
}

Result<std::vector<TracedArrival>> read_csv_arrivals(const base::RowFile& rows) {
  const auto column = time_column(rows.columns());
  if (!column) {
    return base::fail("{}: {}; the columns are {}", rows.path(), kNoTime,
                      base::join(rows.columns(), ", "));
  }
  const auto& [field, position] = *column;
  return read_arrivals(rows, [&, field = field, position = position](std::size_t row) {
    auto fields = rows.fields(row);
    if (!fields) return Result<Duration>(tl::unexpected(fields.error()));
    return time_of_text(field, (*fields)[position]);
  });
}

}  // namespace

Result<std::shared_ptr<const Trace>> read_trace(const std::string& path) {
  base::RowFile::Format format = base::row_format_of(path);
  if (format == base::RowFile::Format::kLines) format = base::RowFile::Format::kJsonLines;
  auto rows = base::RowFile::open(path, format);
  if (!rows) return tl::unexpected(rows.error());
  auto arrivals = format == base::RowFile::Format::kCsv ? read_csv_arrivals(**rows)
                                                        : read_json_arrivals(**rows);
  if (!arrivals) return tl::unexpected(arrivals.error());
  // Arrivals of the same time stay in the file's order.
  std::stable_sort(arrivals->begin(), arrivals->end(),
                   [](const auto& a, const auto& b) { return a.due < b.due; });
  const Duration first = arrivals->front().due;
  for (TracedArrival& arrival : *arrivals) arrival.due -= first;
  auto trace = std::make_shared<Trace>();
  trace->arrivals = std::move(*arrivals);
  trace->rows = std::move(*rows);
  return trace;
}

}  // namespace load
