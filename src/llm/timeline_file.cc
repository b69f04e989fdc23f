#include "llm/timeline_file.h"

#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace llm {
namespace {

using base::Duration;
using base::TimePoint;

constexpr std::string_view kName = "PRGEVNT";
constexpr char kVersion = 1;
constexpr std::uint64_t kLongestRecord = 256U << 20;
constexpr Duration kEventUnit = std::chrono::microseconds(1);

enum Kind : unsigned char { kTimeline = 1, kMeasured = 2 };

// Which moments and facts a request has, as bits.
enum Flag : std::uint64_t {
  kStreamed = 1U << 0,
  kCancelled = 1U << 1,
  kRetry = 1U << 2,
  kUsageFinal = 1U << 3,
  kHasDue = 1U << 4,
  kHasSending = 1U << 5,
  kHasSent = 1U << 6,
  kHasFirstByte = 1U << 7,
  kHasDone = 1U << 8,
  kHasThinking = 1U << 9,
  kHasError = 1U << 10,
};

std::int64_t ns(TimePoint at) { return at.time_since_epoch().count(); }

// ---- writing

void put(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_signed(std::int64_t value, std::string& out) {
  put((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63), out);
}

void put_text(std::string_view text, std::string& out) {
  put(text.size(), out);
  out += text;
}

std::uint64_t flags_of(const Timeline& timeline) {
  std::uint64_t flags = 0;
  const auto set = [&flags](bool is_so, Flag flag) {
    if (is_so) flags |= flag;
  };
  set(timeline.streamed, kStreamed);
  set(timeline.cancelled, kCancelled);
  set(timeline.retry, kRetry);
  set(timeline.usage_final, kUsageFinal);
  set(timeline.due.has_value(), kHasDue);
  set(timeline.sending.has_value(), kHasSending);
  set(timeline.sent.has_value(), kHasSent);
  set(timeline.first_byte.has_value(), kHasFirstByte);
  set(timeline.done.has_value(), kHasDone);
  set(timeline.thinking_tokens.has_value(), kHasThinking);
  set(timeline.error.has_value(), kHasError);
  return flags;
}

// In units since the request's start, rounded to the nearest.
std::int64_t units(Duration since) {
  const std::int64_t half =
      since < Duration::zero() ? -kEventUnit.count() / 2 : kEventUnit.count() / 2;
  return (since.count() + half) / kEventUnit.count();
}

void put_events(const Timeline& timeline, std::string& out) {
  put(timeline.events.size(), out);
  std::int64_t before = 0;
  for (const TimedEvent& event : timeline.events) {
    const std::int64_t arrived = units(event.arrived - timeline.start);
    const std::int64_t lag = units(event.handled - timeline.start) - arrived;
    put_signed(arrived - before, out);
    before = arrived;
    // Four bits of facts below the lag, which is small.
    const auto sign = static_cast<std::uint64_t>(lag >> 63);
    const std::uint64_t folded = (static_cast<std::uint64_t>(lag) << 1) ^ sign;
    put((folded << 4) | (static_cast<std::uint64_t>(event.content) << 2) |
            (event.of_message ? 2U : 0U) | (event.blurred ? 1U : 0U),
        out);
    if (event.content != Content::kNone) put(event.text_bytes, out);
  }
}

void put_record(Kind kind, std::string_view payload, std::string& out) {
  out.push_back(static_cast<char>(kind));
  put_text(payload, out);
}

// ---- reading

// Damaged numbers may be of any size: they overflow without harm.
TimePoint plus(TimePoint base, std::int64_t nanoseconds) {
  return TimePoint(Duration(static_cast<std::int64_t>(static_cast<std::uint64_t>(ns(base)) +
                                                      static_cast<std::uint64_t>(nanoseconds))));
}

// Takes fields off the front of a payload. Once one is missing, all that follow are 0.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) break;
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }

  std::int64_t signed_number() { return unfold(number()); }

  static std::int64_t unfold(std::uint64_t value) {
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }

  std::string text() {
    const std::uint64_t size = number();
    if (size > bytes_.size()) {
      fail();
      return {};
    }
    const std::string_view text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return std::string(text);
  }

  TimePoint moment(TimePoint base) { return plus(base, signed_number()); }

  std::optional<TimePoint> moment_if(bool has, TimePoint base) {
    return has ? std::optional(moment(base)) : std::nullopt;
  }

  std::size_t left() const { return bytes_.size(); }
  bool ok() const { return ok_; }
  std::uint64_t fail() {
    ok_ = false;
    bytes_ = {};
    return 0;
  }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

template <typename Enum>
Enum read_enum(Fields& fields, Enum last) {
  const std::uint64_t value = fields.number();
  if (value > static_cast<std::uint64_t>(last)) fields.fail();
  return fields.ok() ? static_cast<Enum>(value) : Enum{};
}

void read_events(Fields& fields, Timeline& timeline) {
  const std::uint64_t count = fields.number();
  if (count > fields.left() / 2) {  // Each has two bytes or more.
    fields.fail();
    return;
  }
  timeline.events.reserve(count);
  std::int64_t arrived = 0;
  for (std::uint64_t i = 0; i < count && fields.ok(); ++i) {
    TimedEvent& event = timeline.events.emplace_back();
    arrived = static_cast<std::int64_t>(static_cast<std::uint64_t>(arrived) +
                                        static_cast<std::uint64_t>(fields.signed_number()));
    const std::uint64_t facts = fields.number();
    const std::int64_t lag = Fields::unfold(facts >> 4);
    const std::int64_t farthest = std::numeric_limits<std::int64_t>::max() / kEventUnit.count() / 4;
    if (arrived > farthest || arrived < -farthest || lag > farthest || lag < -farthest) {
      fields.fail();
      return;
    }
    event.arrived = plus(timeline.start, arrived * kEventUnit.count());
    event.handled = plus(event.arrived, lag * kEventUnit.count());
    event.content = static_cast<Content>((facts >> 2) & 3U);
    event.of_message = (facts & 2U) != 0;
    event.blurred = (facts & 1U) != 0;
    if (event.content != Content::kNone) {
      event.text_bytes = static_cast<std::uint32_t>(fields.number());
    }
  }
}

// What later versions of perigee may add stands at the end and is passed over.
std::optional<Timeline> read_timeline(std::string_view payload) {
  Fields fields(payload);
  Timeline timeline;
  const std::uint64_t flags = fields.number();
  timeline.streamed = (flags & kStreamed) != 0;
  timeline.cancelled = (flags & kCancelled) != 0;
  timeline.retry = (flags & kRetry) != 0;
  timeline.usage_final = (flags & kUsageFinal) != 0;
  timeline.outcome = read_enum(fields, Outcome::kCensored);
  if ((flags & kHasError) != 0) timeline.error = read_enum(fields, ErrorKind::kOther);
  timeline.request_id = fields.text();
  timeline.model = fields.text();
  timeline.start = fields.moment({});
  const TimePoint start = timeline.start;
  timeline.due = fields.moment_if((flags & kHasDue) != 0, start);
  timeline.asked = fields.moment(start);
  timeline.sending = fields.moment_if((flags & kHasSending) != 0, start);
  timeline.sent = fields.moment_if((flags & kHasSent) != 0, start);
  timeline.first_byte = fields.moment_if((flags & kHasFirstByte) != 0, start);
  timeline.done = fields.moment_if((flags & kHasDone) != 0, start);
  timeline.ended = fields.moment(start);
  timeline.input_tokens = fields.number();
  timeline.output_tokens = fields.number();
  if ((flags & kHasThinking) != 0) timeline.thinking_tokens = fields.number();
  read_events(fields, timeline);
  return fields.ok() ? std::optional(std::move(timeline)) : std::nullopt;
}

std::optional<MeasuredSpan> read_span(std::string_view payload) {
  Fields fields(payload);
  MeasuredSpan span;
  span.begin = fields.moment({});
  span.end = fields.moment(span.begin);
  return fields.ok() ? std::optional(span) : std::nullopt;
}

}  // namespace

std::string_view timeline_file_head() {
  static const std::string head = std::string(kName) + kVersion;
  return head;
}

void append_record(const Timeline& timeline, std::string& out) {
  std::string payload;
  payload.reserve(160 + 7 * timeline.events.size());
  put(flags_of(timeline), payload);
  put(static_cast<std::uint64_t>(timeline.outcome), payload);
  if (timeline.error) put(static_cast<std::uint64_t>(*timeline.error), payload);
  put_text(timeline.request_id, payload);
  put_text(timeline.model, payload);
  put_signed(ns(timeline.start), payload);
  const auto put_moment = [&](const std::optional<TimePoint>& at) {
    if (at) put_signed((*at - timeline.start).count(), payload);
  };
  put_moment(timeline.due);
  put_moment(timeline.asked);
  put_moment(timeline.sending);
  put_moment(timeline.sent);
  put_moment(timeline.first_byte);
  put_moment(timeline.done);
  put_moment(timeline.ended);
  put(timeline.input_tokens, payload);
  put(timeline.output_tokens, payload);
  if (timeline.thinking_tokens) put(*timeline.thinking_tokens, payload);
  put_events(timeline, payload);
  put_record(kTimeline, payload, out);
}

void append_record(const MeasuredSpan& span, std::string& out) {
  std::string payload;
  put_signed(ns(span.begin), payload);
  put_signed((span.end - span.begin).count(), payload);
  put_record(kMeasured, payload, out);
}

base::Result<TimelineReader> TimelineReader::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return base::fail("cannot read {}: {}", path, std::strerror(errno));
  TimelineReader reader(file, path);
  std::string head(timeline_file_head().size(), '\0');
  const std::size_t got = std::fread(head.data(), 1, head.size(), file);
  if (std::ferror(file) != 0) return base::fail("cannot read {}: {}", path, std::strerror(errno));
  head.resize(got);
  if (got == timeline_file_head().size() && head.starts_with(kName) && head.back() != kVersion) {
    return base::fail("{}: is of version {} of the format, and this perigee knows version {}", path,
                      static_cast<int>(head.back()), static_cast<int>(kVersion));
  }
  if (head != timeline_file_head()) {
    return base::fail("{}: is no file that perigee run --events wrote", path);
  }
  reader.offset_ = got;
  return reader;
}

base::Result<TimelineReader::Record> TimelineReader::read_record() {
  record_begin_ = offset_;
  const auto cut = [this] {
    return base::fail(
        "{}: cut short in the record that begins at byte {}; what is before it is whole", path_,
        record_begin_);
  };
  Record record;
  const int kind = std::fgetc(file_.get());
  if (kind == EOF) {
    if (std::ferror(file_.get()) != 0) {
      return base::fail("{}: cannot be read on at byte {}: {}", path_, offset_,
                        std::strerror(errno));
    }
    record.end = true;
    return record;
  }
  record.kind = static_cast<unsigned char>(kind);
  std::string digits;
  int byte = 0x80;
  while (byte >= 0x80 && digits.size() < 10) {
    byte = std::fgetc(file_.get());
    if (byte == EOF) return cut();
    digits.push_back(static_cast<char>(byte));
  }
  Fields fields(digits);
  const std::uint64_t size = fields.number();
  if (!fields.ok() || size > kLongestRecord) {
    return base::fail("{}: damaged: the record that begins at byte {} has no sensible length",
                      path_, record_begin_);
  }
  payload_.resize(size);
  if (std::fread(payload_.data(), 1, size, file_.get()) != size) return cut();
  offset_ += 1 + digits.size() + size;
  return record;
}

base::Result<std::optional<Timeline>> TimelineReader::next() {
  while (true) {
    const auto record = read_record();
    if (!record) return tl::unexpected(record.error());
    if (record->end) return std::optional<Timeline>();
    if (record->kind == kTimeline) {
      if (auto timeline = read_timeline(payload_)) return timeline;
    } else if (record->kind == kMeasured) {
      measured_ = read_span(payload_);
      if (measured_) continue;
    } else {
      continue;  // A kind that a later perigee writes.
    }
    return base::fail("{}: damaged: the record that begins at byte {} makes no sense", path_,
                      record_begin_);
  }
}

base::Result<std::optional<MeasuredSpan>> read_measured_span(const std::string& path) {
  auto reader = TimelineReader::open(path);
  if (!reader) return tl::unexpected(reader.error());
  while (true) {
    const auto timeline = reader->next();
    if (!timeline || !*timeline) return reader->measured();
  }
}

}  // namespace llm
