#include "base/timestamp.h"

#include <cctype>
#include <chrono>

namespace base {
namespace {

// Takes what it reads from the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }

  bool take(char expected) {
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(1);
    return true;
  }

  // A number of exactly so many digits.
  std::optional<int> take_digits(std::size_t count) {
    if (text_.size() < count) return {};
    int value = 0;
    for (const char c : text_.substr(0, count)) {
      if (c < '0' || c > '9') return {};
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(count);
    return value;
  }

  // Decimals of a second, as nanoseconds; digits beyond those are passed over.
  std::optional<Duration> take_decimals() {
    std::int64_t nanoseconds = 0;
    std::int64_t unit = 100'000'000;
    if (done() || std::isdigit(static_cast<unsigned char>(text_.front())) == 0) return {};
    while (const auto digit = take_digits(1)) {
      nanoseconds += *digit * unit;
      unit /= 10;
    }
    return Duration(nanoseconds);
  }

 private:
  std::string_view text_;
};

std::optional<std::chrono::sys_days> take_date(Cursor& cursor) {
  const auto year = cursor.take_digits(4);
  if (!year || !cursor.take('-')) return {};
  const auto month = cursor.take_digits(2);
  if (!month || !cursor.take('-')) return {};
  const auto day = cursor.take_digits(2);
  if (!day) return {};
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return {};
  return std::chrono::sys_days(date);
}

std::optional<Duration> take_time_of_day(Cursor& cursor) {
  const auto hour = cursor.take_digits(2);
  if (!hour || *hour > 23 || !cursor.take(':')) return {};
  const auto minute = cursor.take_digits(2);
  if (!minute || *minute > 59 || !cursor.take(':')) return {};
  const auto second = cursor.take_digits(2);
  if (!second || *second > 60) return {};  // 60 is a leap second.
  Duration time =
      std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
  if (cursor.take('.')) {
    const auto decimals = cursor.take_decimals();
    if (!decimals) return {};
    time += *decimals;
  }
  return time;
}

// How far the zone is ahead of UTC.
std::optional<Duration> take_zone(Cursor& cursor) {
  if (cursor.done() || cursor.take('Z')) return Duration::zero();
  const bool is_ahead = cursor.take('+');
  if (!is_ahead && !cursor.take('-')) return {};
  const auto hours = cursor.take_digits(2);
  if (!hours) return {};
  Duration zone = std::chrono::hours(*hours);
  if (!cursor.done()) {
    cursor.take(':');
    const auto minutes = cursor.take_digits(2);
    if (!minutes) return {};
    zone += std::chrono::minutes(*minutes);
  }
  return is_ahead ? zone : -zone;
}

}  // namespace

std::optional<Duration> parse_timestamp(std::string_view text) {
  Cursor cursor(text);
  const auto date = take_date(cursor);
  if (!date || (!cursor.take(' ') && !cursor.take('T'))) return {};
  const auto time = take_time_of_day(cursor);
  if (!time) return {};
  const auto zone = take_zone(cursor);
  if (!zone || !cursor.done()) return {};
  const auto since_1970 = std::chrono::seconds(date->time_since_epoch());
  // What nanoseconds can count: the years 1678 to 2261.
  if (since_1970 < std::chrono::hours(-2'550'000) || since_1970 > std::chrono::hours(2'550'000)) {
    return {};
  }
  return since_1970 + *time - *zone;
}

}  // namespace base
