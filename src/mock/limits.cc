#include "mock/limits.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "base/distribution.h"
#include "base/duration.h"
#include "base/text.h"
#include "mock/models.h"

namespace mock {
namespace {

// What is left of a token after sums of fractions is no lack of it.
constexpr double kTolerance = 1e-6;
constexpr std::string_view kOrganizationId = "5a3c1f0e-7d42-4b8a-9c61-0e2f4d6b8a90";

// ---- presets

struct PresetRow {
  std::string_view preset;
  std::string_view model_class;  // "" for all that have no row of their own.
  ClassLimits limits;
};

constexpr auto kPresets = std::to_array<PresetRow>({
    // As of 2026-08-22.
    {"start", "", {1'000, 2e6, 400e3}},
    {"start", "fable-5", {1'000, 500e3, 100e3}},
    {"start", "haiku-3-5", {1'000, 100e3, 20e3}},
    {"build", "", {5'000, 5e6, 1e6}},
    {"build", "fable-5", {2'000, 1.5e6, 300e3}},
    {"build", "haiku-3-5", {2'000, 200e3, 40e3}},
    {"scale", "", {10'000, 10e6, 2e6}},
    {"scale", "fable-5", {4'000, 4e6, 800e3}},
    {"scale", "haiku-3-5", {4'000, 400e3, 80e3}},
    // As of 2026-04-25. Models that came later get what Opus and Sonnet had.
    {"tier-1", "", {50, 30e3, 8e3}},
    {"tier-1", "haiku-4-5", {50, 50e3, 10e3}},
    {"tier-1", "haiku-3-5", {50, 50e3, 10e3}},
    {"tier-2", "", {1'000, 450e3, 90e3}},
    {"tier-2", "haiku-3-5", {1'000, 100e3, 20e3}},
    {"tier-3", "", {2'000, 800e3, 160e3}},
    {"tier-3", "haiku-4-5", {2'000, 1e6, 200e3}},
    {"tier-3", "haiku-3-5", {2'000, 200e3, 40e3}},
    {"tier-4", "", {4'000, 2e6, 400e3}},
    {"tier-4", "haiku-4-5", {4'000, 4e6, 800e3}},
    {"tier-4", "haiku-3-5", {4'000, 400e3, 80e3}},
});

// Haiku 3 and 3.5, and OpenAI's models all.
bool counts_cache_reads(const ModelRequest& request) {
  return request.dialect != Dialect::kMessages || limit_class(request.model) == "haiku-3-5";
}

double minutes_of_burst(const LimitOptions& options) {
  return base::to_seconds(options.burst) / 60;
}

ClassLimits limits_of(const LimitOptions& options, std::string_view model_class) {
  const auto own = options.classes.find(model_class);
  if (own != options.classes.end()) return own->second;
  return options.other.value_or(ClassLimits{});
}

// ---- what users write

base::Result<LimitOptions> find_preset(std::string_view name) {
  LimitOptions options;
  if (name == "none") return options;
  std::vector<std::string> known = {"none"};
  for (const PresetRow& row : kPresets) {
    if (row.model_class.empty()) known.emplace_back(row.preset);
    if (row.preset != name) continue;
    if (row.model_class.empty()) {
      options.other = row.limits;
    } else {
      options.classes.emplace(row.model_class, row.limits);
    }
  }
  if (options.other) return options;
  return base::fail("expected {}, or limits such as \"rpm=50,itpm=30000,otpm=8000\", got \"{}\"{}",
                    base::join(known, ", "), name, base::did_you_mean(name, known));
}

void limit_every_class(LimitOptions& options, double ClassLimits::*quantity, double per_minute) {
  if (!options.other) options.other.emplace();
  (*options.other).*quantity = per_minute;
  for (auto& [name, limits] : options.classes) limits.*quantity = per_minute;
}

enum class Form { kNumber, kCount, kDuration, kFlag };

struct Setting {
  std::string_view name;
  Form form;
  void (*set)(LimitOptions&, double);
};

using Options = LimitOptions;
constexpr auto kSettings = std::to_array<Setting>({
    {"rpm", Form::kNumber,
     [](Options& o, double n) { limit_every_class(o, &ClassLimits::requests, n); }},
    {"itpm", Form::kNumber,
     [](Options& o, double n) { limit_every_class(o, &ClassLimits::input_tokens, n); }},
    {"otpm", Form::kNumber,
     [](Options& o, double n) { limit_every_class(o, &ClassLimits::output_tokens, n); }},
    {"burst", Form::kDuration, [](Options& o, double n) { o.burst = base::from_seconds(n); }},
    {"acceleration", Form::kNumber, [](Options& o, double n) { o.acceleration_start = n; }},
    {"concurrency", Form::kCount,
     [](Options& o, double n) { o.concurrency = static_cast<std::uint64_t>(n); }},
    {"spend", Form::kNumber, [](Options& o, double n) { o.spend_cap_usd = n; }},
    {"estimate", Form::kNumber, [](Options& o, double n) { o.input_estimate = n; }},
    {"exact", Form::kFlag, [](Options& o, double) { o.exact_headers = true; }},
    {"otpm-by-max-tokens", Form::kFlag, [](Options& o, double) { o.output_by_max_tokens = true; }},
});

base::Result<double> read_value(Form form, std::string_view value) {
  if (form == Form::kNumber) return base::parse_number(value);
  if (form == Form::kDuration) {
    auto seconds = base::parse_seconds(value);
    if (seconds && *seconds == 0)
      return base::fail("expected a duration above zero, got \"{}\"", value);
    return seconds;
  }
  if (form == Form::kFlag) {
    if (!value.empty()) return base::fail("expected nothing behind it, got \"{}\"", value);
    return 1;
  }
  auto number = base::parse_number(value);
  if (!number || *number != std::floor(*number) || *number > 1e9) {
    return base::fail("expected a whole number, got \"{}\"", value);
  }
  return number;
}

const Setting* find_setting(std::string_view item) {
  const std::string_view name = base::trim(item.substr(0, item.find('=')));
  const auto row = std::find_if(kSettings.begin(), kSettings.end(),
                                [&](const Setting& setting) { return setting.name == name; });
  return row == kSettings.end() ? nullptr : &*row;
}

// "rpm=50" or "exact". Returns the setting's name.
base::Result<std::string_view> apply_setting(LimitOptions& options, std::string_view item) {
  const std::size_t equals = item.find('=');
  const Setting* setting = find_setting(item);
  if (setting == nullptr) {
    std::vector<std::string> known;
    known.reserve(kSettings.size());
    for (const Setting& row : kSettings) known.emplace_back(row.name);
    const std::string name(base::trim(item.substr(0, equals)));
    return base::fail("unknown limit \"{}\"{}; known are {}", name, base::did_you_mean(name, known),
                      base::join(known, ", "));
  }
  const bool has_value = equals != std::string_view::npos;
  const auto value =
      read_value(setting->form, has_value ? base::trim(item.substr(equals + 1)) : "");
  if (!value) return base::fail_at(std::string(setting->name), value.error());
  setting->set(options, *value);
  return setting->name;
}

// ---- buckets

// Refills continuously, up to its capacity. Below zero it is in debt.
class Bucket {
 public:
  // A limit of 0 does not limit.
  Bucket(double per_minute, double capacity, base::TimePoint now)
      : per_minute_(per_minute), capacity_(capacity), level_(capacity), refilled_(now) {}

  bool limits() const { return per_minute_ > 0; }
  double per_minute() const { return per_minute_; }
  double level() const { return level_; }

  void refill(base::TimePoint now) {
    if (now <= refilled_) return;
    level_ = std::min(capacity_, level_ + base::to_seconds(now - refilled_) * per_minute_ / 60);
    refilled_ = now;
  }

  // REQUIRES: refilled, unless the amount is negative: what is given back may come first.
  void take(double amount) { level_ = std::min(capacity_, level_ - amount); }

  // Until so much can be charged; zero for at once.
  double seconds_until(double amount) const {
    const double needed = amount <= per_minute_ ? std::min(amount, capacity_) : amount;
    return needed <= level_ + kTolerance ? 0 : seconds_for(needed);
  }

  double seconds_until_full() const { return seconds_for(capacity_); }

 private:
  // Half of the tolerance, so that what is told will do whichever way it is rounded.
  double seconds_for(double level) const {
    const double lack = level - level_ - kTolerance / 2;
    return limits() && lack > 0 ? lack * 60 / per_minute_ : 0;
  }

  double per_minute_;
  double capacity_;
  double level_;
  base::TimePoint refilled_;
};

// A ceiling on the tokens of a minute, which rises from minute to minute.
class Acceleration {
 public:
  // A start of 0 does not limit.
  Acceleration(double start, double step, base::TimePoint first)
      : start_(start), step_(step), first_(first) {}

  double ceiling() const { return start_ + step_ * minute_; }
  double next_ceiling() const { return ceiling() + step_; }

  double seconds_until(double tokens, base::TimePoint now) {
    const double since = base::to_seconds(now - first_);
    const double minute = std::floor(since / 60);
    if (minute > minute_) used_ = 0;
    minute_ = minute;
    if (start_ <= 0 || used_ + tokens <= ceiling()) return 0;
    const double fits_at = step_ > 0 ? std::ceil((tokens - start_) / step_) : 0;
    return std::max(minute_ + 1, fits_at) * 60 - since;
  }

  // REQUIRES: seconds_until() was asked at this time.
  void take(double tokens) { used_ += tokens; }

 private:
  double start_;
  double step_;
  base::TimePoint first_;
  double minute_ = 0;
  double used_ = 0;
};

// ---- headers

struct Gauge {
  std::string_view quantity;
  double limit = 0;
  double remaining = 0;
  double seconds_until_full = 0;
};

// Of what is limited alone.
std::vector<Gauge> read_gauges(const Bucket& requests, const Bucket& input, const Bucket& output) {
  std::vector<Gauge> gauges;
  const auto add = [&](std::string_view quantity, std::initializer_list<const Bucket*> buckets) {
    Gauge gauge{quantity};
    for (const Bucket* bucket : buckets) {
      if (!bucket->limits()) continue;
      gauge.limit += bucket->per_minute();
      gauge.remaining += std::max(0.0, bucket->level());
      gauge.seconds_until_full = std::max(gauge.seconds_until_full, bucket->seconds_until_full());
    }
    gauge.remaining = std::floor(gauge.remaining + kTolerance);
    if (gauge.limit > 0) gauges.push_back(gauge);
  };
  add("requests", {&requests});
  add("tokens", {&input, &output});
  add("input-tokens", {&input});
  add("output-tokens", {&output});
  return gauges;
}

std::string format_whole(double number) { return fmt::format("{:.0f}", number); }

Headers anthropic_headers(const std::vector<Gauge>& gauges, bool fast, bool exact,
                          std::int64_t wall) {
  Headers headers;
  for (const Gauge& gauge : gauges) {
    const bool is_requests = gauge.quantity == "requests";
    if (fast && (is_requests || gauge.quantity == "tokens")) continue;
    const std::string name =
        fmt::format("anthropic-{}-{}", fast ? "fast" : "ratelimit", gauge.quantity);
    const double unit = exact || is_requests ? 1 : 1000;
    const auto full = wall + std::llround(std::ceil(gauge.seconds_until_full));
    headers.emplace_back(name + "-limit", format_whole(gauge.limit));
    headers.emplace_back(name + "-remaining",
                         format_whole(std::floor(gauge.remaining / unit) * unit));
    headers.emplace_back(name + "-reset", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(full)));
  }
  return headers;
}

// "12ms", "1.2s", "6m0s", rounded up to milliseconds.
std::string format_reset(double seconds) {
  const auto ms = std::llround(std::ceil(seconds * 1000));
  if (ms < 1000) return fmt::format("{}ms", ms);
  const auto minutes = ms / 60'000;
  const std::string rest = fmt::format("{:g}s", static_cast<double>(ms % 60'000) / 1000);
  return minutes == 0 ? rest : fmt::format("{}m{}", minutes, rest);
}

Headers openai_headers(const std::vector<Gauge>& gauges) {
  Headers headers;
  for (const Gauge& gauge : gauges) {
    if (gauge.quantity != "requests" && gauge.quantity != "tokens") continue;
    const auto name = [&](std::string_view what) {
      return fmt::format("x-ratelimit-{}-{}", what, gauge.quantity);
    };
    headers.emplace_back(name("limit"), format_whole(gauge.limit));
    headers.emplace_back(name("remaining"), format_whole(gauge.remaining));
    headers.emplace_back(name("reset"), format_reset(gauge.seconds_until_full));
  }
  return headers;
}

Headers bucket_headers(const LimitOptions& options, const ModelRequest& request,
                       const std::vector<Gauge>& gauges, std::int64_t wall) {
  if (request.dialect != Dialect::kMessages) return openai_headers(gauges);
  return anthropic_headers(gauges, request.fast, options.exact_headers, wall);
}

// ---- refusals

std::string count(double number) {
  return base::format_count(static_cast<std::uint64_t>(std::llround(number)));
}

// What a request asks of one bucket.
struct Demand {
  const Bucket* bucket;
  double amount;
  Limits::Refusal::Kind kind;

  double seconds() const { return bucket->seconds_until(amount); }
};

Demand longest_wait(const std::array<Demand, 3>& demands) {
  return *std::max_element(demands.begin(), demands.end(), [](const Demand& a, const Demand& b) {
    return a.seconds() < b.seconds();
  });
}

std::string_view unit_of(Limits::Refusal::Kind kind) {
  if (kind == Limits::Refusal::Kind::kRequests) return "requests";
  return kind == Limits::Refusal::Kind::kInputTokens ? "input tokens" : "output tokens";
}

ApiError lack_error(const ModelRequest& request, const Demand& demand) {
  if (request.dialect == Dialect::kMessages) {
    return {429,
            fmt::format("This request would exceed your organization's rate limit of {} {} per "
                        "minute (org: {}, model: {}). For details, refer to: "
                        "https://docs.claude.com/en/api/rate-limits. You can see the response "
                        "headers for current usage. Please reduce the prompt length or the maximum "
                        "tokens requested, or try again later. You may also contact sales at "
                        "https://claude.com/contact-sales to discuss your options for a rate limit "
                        "increase.",
                        count(demand.bucket->per_minute()), unit_of(demand.kind), kOrganizationId,
                        request.model)};
  }
  const bool is_requests = demand.kind == Limits::Refusal::Kind::kRequests;
  const double limit = demand.bucket->per_minute();
  return {429,
          fmt::format("Rate limit reached for {} in organization org-{} on {}: Limit {:.0f}, Used "
                      "{:.0f}, Requested {:.0f}. Please try again in {}. Visit "
                      "https://platform.openai.com/account/rate-limits to learn more.",
                      request.model, kOrganizationId,
                      is_requests ? "requests per min (RPM)" : "tokens per min (TPM)", limit,
                      std::max(0.0, limit - demand.bucket->level()), demand.amount,
                      format_reset(demand.seconds())),
          is_requests ? "requests" : "tokens", "rate_limit_exceeded"};
}

ApiError acceleration_error(const ModelRequest& request, const Acceleration& acceleration) {
  if (request.dialect == Dialect::kMessages) {
    return {429, fmt::format(
                     "This request would exceed your organization's maximum usage increase rate "
                     "for input tokens per minute (org: {}, model: {}). Your current limit is {} "
                     "input tokens per minute, and will increase to {} at the next minute "
                     "boundary. Please scale up your input tokens usage more gradually to stay "
                     "within the acceleration limit. For details, refer to: "
                     "https://docs.claude.com/en/api/rate-limits.",
                     kOrganizationId, request.model, count(acceleration.ceiling()),
                     count(acceleration.next_ceiling()))};
  }
  return {429,
          "Your traffic grew too fast. Reduce your request rate, keep it steady for a while, and "
          "increase it gradually.",
          "rate_limit_error", "slow_down"};
}

ApiError concurrency_error(const ModelRequest& request) {
  const bool is_openai = request.dialect != Dialect::kMessages;
  return {429,
          "Number of concurrent connections has exceeded your rate limit. Please try again later "
          "or contact sales at https://www.anthropic.com/contact-sales to discuss your options for "
          "a rate limit increase.",
          "rate_limit_error", is_openai ? "rate_limit_exceeded" : ""};
}

ApiError spend_error(const ModelRequest& request, std::int64_t wall) {
  if (request.dialect != Dialect::kMessages) {
    return {429,
            "You exceeded your current quota, please check your plan and billing details. For more "
            "information on this error, read the docs: "
            "https://platform.openai.com/docs/guides/error-codes/api-errors.",
            "insufficient_quota", "insufficient_quota"};
  }
  using namespace std::chrono;
  const year_month_day today{floor<days>(sys_seconds(seconds(wall)))};
  const auto month = today.year() / today.month() + months(1);
  return {429,
          fmt::format("You have reached your API usage limits: your organization has crossed its "
                      "monthly API usage threshold, set based on your organization's API tier. You "
                      "will regain access on {:04}-{:02}-01 at 00:00 UTC.",
                      static_cast<int>(month.year()), static_cast<unsigned>(month.month())),
          "rate_limit_error", "enforced_spend_limit_reached"};
}

// `seconds` until it may be let in; 0 where waiting does not help.
Limits::Refusal refuse(Limits::Refusal::Kind kind, ApiError error, double seconds,
                       Headers bucket_headers) {
  Headers headers;
  if (seconds > 0) {
    headers.emplace_back("retry-after", format_whole(std::ceil(seconds)));
    headers.emplace_back("x-should-retry", "true");
  }
  headers.insert(headers.end(), std::make_move_iterator(bucket_headers.begin()),
                 std::make_move_iterator(bucket_headers.end()));
  return {kind, std::move(error), std::move(headers)};
}

// ---- the limits as the Admin API lists them

// Class -> ids and aliases.
nlohmann::ordered_json models_by_class() {
  nlohmann::ordered_json classes = nlohmann::ordered_json::object();
  const auto list = nlohmann::json::parse(list_models("limit=1000").value());
  for (const auto& entry : list["data"]) {
    const Model* model = find_model(entry["id"].get_ref<const std::string&>());
    auto& names = classes[std::string(model->limit_class)];
    names.push_back(model->id);
    if (!model->alias.empty()) names.push_back(model->alias);
  }
  return classes;
}

nlohmann::ordered_json limits_json(const ClassLimits& limits) {
  auto list = nlohmann::ordered_json::array();
  const auto add = [&](std::string_view type, double value) {
    if (value > 0) list.push_back({{"type", type}, {"value", std::llround(value)}});
  };
  add("requests_per_minute", limits.requests);
  add("input_tokens_per_minute", limits.input_tokens);
  add("output_tokens_per_minute", limits.output_tokens);
  return list;
}

}  // namespace

std::string_view to_string(Limits::Refusal::Kind kind) {
  using Kind = Limits::Refusal::Kind;
  switch (kind) {
    case Kind::kRequests:
      return "requests";
    case Kind::kInputTokens:
      return "input_tokens";
    case Kind::kOutputTokens:
      return "output_tokens";
    case Kind::kAcceleration:
      return "acceleration";
    case Kind::kConcurrency:
      return "concurrency";
    case Kind::kSpend:
      break;
  }
  return "spend";
}

base::Result<LimitOptions> parse_limits(std::string_view text) {
  const std::vector<std::string> items = base::split(text, ',');
  LimitOptions options;
  auto item = items.begin();
  if (item->find('=') == std::string::npos && find_setting(*item) == nullptr) {
    auto preset = find_preset(*item++);
    if (!preset) return preset;
    options = *std::move(preset);
  }
  std::set<std::string_view> given;
  for (; item != items.end(); ++item) {
    const auto name = apply_setting(options, *item);
    if (!name) return tl::unexpected(name.error());
    if (!given.insert(*name).second) {
      return base::fail("{} is given twice in \"{}\"", *name, text);
    }
  }
  return options;
}

std::string_view limit_class(std::string_view model) {
  const Model* known = find_model(model);
  return known == nullptr ? model : known->limit_class;
}

std::string rate_limits_json(const LimitOptions& options) {
  using nlohmann::ordered_json;
  auto groups = ordered_json::array();
  const ordered_json classes = models_by_class();
  for (const auto& [name, models] : classes.items()) {
    ordered_json limits = limits_json(limits_of(options, name));
    if (limits.empty()) continue;
    groups.push_back({{"type", "rate_limit"},
                      {"group_type", "model_group"},
                      {"models", models},
                      {"limits", std::move(limits)}});
  }
  return ordered_json{{"data", std::move(groups)}, {"next_page", nullptr}}.dump();
}

struct Limits::Buckets {
  Buckets(const LimitOptions& options, const ClassLimits& limits, base::TimePoint now)
      : requests(limits.requests, std::max(1.0, limits.requests * minutes_of_burst(options)), now),
        input(limits.input_tokens, limits.input_tokens * minutes_of_burst(options), now),
        output(limits.output_tokens, limits.output_tokens * minutes_of_burst(options), now),
        acceleration(options.acceleration_start, options.acceleration_step, now) {}

  void refill(base::TimePoint now) {
    for (Bucket* bucket : {&requests, &input, &output}) bucket->refill(now);
  }

  std::vector<Gauge> gauges() const { return read_gauges(requests, input, output); }

  Bucket requests;
  Bucket input;
  Bucket output;
  Acceleration acceleration;
};

struct Limits::Organization {
  std::uint64_t under_way = 0;
  double spent_usd = 0;
  std::map<std::pair<std::string, bool>, Buckets> buckets{};  // Of a class, fast or not.
};

Limits::Limits(LimitOptions options) : options_(std::move(options)) {}

Limits::~Limits() = default;

std::shared_ptr<Limits::Organization> Limits::find_organization(const std::string& name) {
  auto& organization = organizations_[name];
  if (organization == nullptr) organization = std::make_shared<Organization>();
  return organization;
}

Limits::Buckets& Limits::find_buckets(Organization& organization, const ModelRequest& request,
                                      base::TimePoint now) const {
  const std::string_view model_class = limit_class(request.model);
  const auto [entry, is_new] = organization.buckets.try_emplace(
      {std::string(model_class), request.fast}, options_, limits_of(options_, model_class), now);
  if (!is_new) entry->second.refill(now);
  return entry->second;
}

tl::expected<std::unique_ptr<Limits::Admission>, Limits::Refusal> Limits::admit(
    const ModelRequest& request, base::TimePoint now, std::int64_t wall) {
  const auto organization = find_organization(request.organization);
  Buckets& buckets = find_buckets(*organization, request, now);
  const auto headers = [&] { return bucket_headers(options_, request, buckets.gauges(), wall); };
  using Kind = Refusal::Kind;
  const auto refused = [&](Kind kind, ApiError error, double seconds) {
    return tl::unexpected(refuse(kind, std::move(error), seconds, headers()));
  };
  if (options_.spend_cap_usd > 0 && organization->spent_usd >= options_.spend_cap_usd) {
    return refused(Kind::kSpend, spend_error(request, wall), 0);
  }
  if (options_.concurrency > 0 && organization->under_way >= options_.concurrency) {
    return refused(Kind::kConcurrency, concurrency_error(request), 1);
  }
  const double input = static_cast<double>(request.input_tokens) * options_.input_estimate;
  const double output = options_.output_by_max_tokens ? static_cast<double>(request.max_tokens) : 0;
  if (const double seconds = buckets.acceleration.seconds_until(input, now); seconds > 0) {
    return refused(Kind::kAcceleration, acceleration_error(request, buckets.acceleration), seconds);
  }
  const Demand demand =
      longest_wait({{{&buckets.requests, 1, Kind::kRequests},
                     {&buckets.input, input, Kind::kInputTokens},
                     {&buckets.output, std::max(1.0, output), Kind::kOutputTokens}}});
  if (demand.seconds() > 0) {
    return refused(demand.kind, lack_error(request, demand), demand.seconds());
  }

  auto admission = std::unique_ptr<Admission>(
      new Admission(organization, buckets, counts_cache_reads(request), input, output));
  admission->headers_ = headers();
  return admission;
}

Limits::Admission::Admission(std::shared_ptr<Organization> organization, Buckets& buckets,
                             bool counts_cache_reads, double input, double output)
    : organization_(std::move(organization)),
      buckets_(buckets),
      counts_cache_reads_(counts_cache_reads),
      charged_input_(input),
      charged_output_(output) {
  ++organization_->under_way;
  buckets_.acceleration.take(input);
  buckets_.requests.take(1);
  buckets_.input.take(input);
  buckets_.output.take(output);
}

Limits::Admission::~Admission() {
  --organization_->under_way;
  buckets_.output.take(produced_ - charged_output_);
}

void Limits::Admission::begin(const Usage& usage, base::TimePoint now) {
  const std::int64_t free = counts_cache_reads_ ? 0 : usage.cache.read_tokens;
  const auto counted = static_cast<double>(usage.all_input() - free);
  buckets_.input.refill(now);
  buckets_.input.take(counted - charged_input_);
  charged_input_ = counted;
}

void Limits::Admission::produce(std::int64_t output_tokens, base::TimePoint now) {
  produced_ += static_cast<double>(output_tokens);
  if (produced_ <= charged_output_) return;
  buckets_.output.refill(now);
  buckets_.output.take(produced_ - charged_output_);
  charged_output_ = produced_;
}

void Limits::Admission::spend(double usd) { organization_->spent_usd += usd; }

}  // namespace mock
