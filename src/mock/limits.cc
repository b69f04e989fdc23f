#include "mock/limits.h"

#include <algorithm>
#include <utility>

#include "mock/limit_answer.h"
#include "mock/token_bucket.h"

namespace mock {
namespace {

// Haiku 3 and 3.5, and OpenAI's models all.
bool counts_cache_reads(const ModelRequest& request) {
  return request.dialect != Dialect::kMessages || limit_class(request.model) == "haiku-3-5";
}

double minutes_of_burst(const LimitOptions& options) {
  return base::to_seconds(options.burst) / 60;
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

struct Limits::Buckets {
  Buckets(const LimitOptions& options, const ClassLimits& limits, base::TimePoint now)
      : requests(limits.requests, std::max(1.0, limits.requests * minutes_of_burst(options)), now),
        input(limits.input_tokens, limits.input_tokens * minutes_of_burst(options), now),
        output(limits.output_tokens, limits.output_tokens * minutes_of_burst(options), now),
        acceleration(options.acceleration_start, options.acceleration_step, now) {}

  void refill(base::TimePoint now) {
    for (TokenBucket* bucket : {&requests, &input, &output}) bucket->refill(now);
  }

  std::vector<Gauge> gauges() const { return read_gauges(requests, input, output); }

  TokenBucket requests;
  TokenBucket input;
  TokenBucket output;
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
