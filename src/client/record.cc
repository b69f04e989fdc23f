#include "client/record.h"

#include <algorithm>

#include "llm/input_size.h"
#include "metrics/builtin.h"
#include "metrics/client_health.h"

namespace client {
namespace {

using base::to_seconds;
using metrics::Builtin;

constexpr base::TimePoint kNever{};

// Tags of what is known only at the end, apart from those of the request itself.
metrics::TagSet end_tag_set(const HttpRecord& record) {
  metrics::TagSet tags = record.tags;
  if (record.result.status != 0) tags.set("status", std::to_string(record.result.status));
  if (record.error) tags.set("error", llm::to_string(*record.error));
  if (record.limit) tags.set("limit", llm::to_string(*record.limit));
  if (!record.cache.empty()) tags.set("cache", record.cache);
  return tags;
}

metrics::TagsId end_tags(Context& context, const HttpRecord& record, bool with_outcome) {
  metrics::TagSet tags = end_tag_set(record);
  if (with_outcome) tags.set("outcome", to_string(record.outcome));
  return context.shard.intern(tags);
}

void record_phases(Context& context, const HttpRecord& record, metrics::TagsId tags) {
  const net::HttpStamps& stamps = record.result.stamps;
  const auto add = [&](Builtin metric, base::Duration duration, base::Duration error = {}) {
    context.shard.add_with_error(
        metric, tags, to_seconds(std::max(base::Duration::zero(), duration)), to_seconds(error));
  };
  if (stamps.sending == kNever) return;
  add(metrics::kHttpReqBlocked, stamps.sending - stamps.start);
  add(metrics::kHttpReqLookingUp, stamps.looking_up);
  add(metrics::kHttpReqConnecting, stamps.connecting);
  add(metrics::kHttpReqTlsHandshaking, stamps.tls_handshaking);
  if (stamps.first_byte == kNever) return;
  add(metrics::kHttpReqSending, stamps.sent - stamps.sending);
  add(metrics::kHttpReqWaiting, stamps.first_byte - stamps.sent, stamps.arrival_error);
  if (record.cancelled) return;
  add(metrics::kHttpReqReceiving, stamps.done - stamps.first_byte, stamps.arrival_error);
}

// A duration that ended, or, where it was still running when the request was given up (the test's
// end, a time-out, its user's wish), how long it had run: a lower bound.
class DurationSamples {
 public:
  DurationSamples(Context& context, const LlmRecord& record, metrics::TagsId tags)
      : shard_(context.shard),
        http_(record.http),
        tags_(tags),
        sized_(with_input_size(context, record)),
        address_(address_tags(context, record)) {}

  // `error`: by how much earlier the end may have come.
  void add(Builtin from_sending, std::optional<Builtin> from_due, base::TimePoint end,
           base::Duration error) {
    const base::Duration length = since_sending(http_.result.stamps, end);
    shard_.add_with_error(from_sending, tags_of(from_sending), to_seconds(length),
                          to_seconds(error));
    if (from_due && http_.origin.due) {
      shard_.add_with_error(*from_due, tags_, to_seconds(end - *http_.origin.due),
                            to_seconds(error + http_.origin.start_lag));
    }
  }

  void add_lower_bound(Builtin from_sending, std::optional<Builtin> from_due,
                       base::TimePoint until) {
    shard_.add_lower_bound(from_sending, tags_of(from_sending),
                           to_seconds(since_sending(http_.result.stamps, until)));
    if (from_due && http_.origin.due) {
      shard_.add_lower_bound(*from_due, tags_, to_seconds(until - *http_.origin.due));
    }
  }

 private:
  static metrics::TagsId with_input_size(Context& context, const LlmRecord& record) {
    metrics::TagSet tags = end_tag_set(record.http);
    tags.set("input_size", llm::input_size(record.reply.usage.all_input()));
    return context.shard.intern(tags);
  }

  static metrics::TagsId address_tags(Context& context, const LlmRecord& record) {
    metrics::TagSet tags;
    tags.set("model", record.http.tags.get("model"));
    tags.set("remote_ip", record.http.result.remote_ip);
    return context.shard.intern(tags);
  }

  // Two metrics alone are kept apart by input size: each class is a series more.
  metrics::TagsId tags_of(Builtin metric) const {
    if (metric == metrics::kLlmAddressTtft) return address_;
    const bool sized = metric == metrics::kLlmTtft || metric == metrics::kLlmRequestDuration;
    return sized ? sized_ : tags_;
  }

  metrics::Shard& shard_;
  const HttpRecord& http_;
  metrics::TagsId tags_;
  metrics::TagsId sized_;
  metrics::TagsId address_;
};

void record_phase_durations(Context& context, const LlmRecord& record, metrics::TagsId tags) {
  const auto add = [&](Builtin metric, std::optional<base::Duration> duration,
                       base::Duration error) {
    if (!duration) return;
    context.shard.add_with_error(metric, tags, to_seconds(*duration), to_seconds(error));
  };
  add(metrics::kLlmThinkingDuration, record.times.thinking_duration(),
      record.times.thinking_error());
  add(metrics::kLlmTextDuration, record.times.text_duration(), record.times.text_error());
  add(metrics::kLlmToolInputDuration, record.times.tool_input_duration(),
      record.times.tool_input_error());
}

void record_durations(Context& context, const LlmRecord& record, metrics::TagsId tags) {
  const HttpRecord& http = record.http;
  const bool cut_off = http.outcome == Outcome::kCensored || http.error == llm::ErrorKind::kTimeout;
  const auto token = record.times.first_token();
  const auto text = record.times.first_text();
  DurationSamples samples(context, record, tags);
  const llm::StreamTimes& times = record.times;
  if (token) {
    samples.add(metrics::kLlmTtft, metrics::kLlmTtftFromDue, *token, times.first_token_error());
    samples.add(metrics::kLlmAddressTtft, {}, *token, times.first_token_error());
  }
  if (text) samples.add(metrics::kLlmTtftText, {}, *text, times.first_text_error());
  if (record.streamed && !token && (cut_off || http.cancelled)) {
    samples.add_lower_bound(metrics::kLlmTtft, metrics::kLlmTtftFromDue, record.seen_until);
    samples.add_lower_bound(metrics::kLlmAddressTtft, {}, record.seen_until);
    samples.add_lower_bound(metrics::kLlmTtftText, {}, record.seen_until);
  }
  record_phase_durations(context, record, tags);
  if (record.done) {
    samples.add(metrics::kLlmRequestDuration, metrics::kLlmRequestDurationFromDue, *record.done,
                http.result.stamps.arrival_error);
  } else if (cut_off) {
    samples.add_lower_bound(metrics::kLlmRequestDuration, metrics::kLlmRequestDurationFromDue,
                            http.ended);
  }
}

void record_usage(Context& context, const LlmRecord& record, metrics::TagsId tags) {
  const llm::Usage& usage = record.reply.usage;
  const auto add = [&](Builtin metric, double value) {
    if (value > 0) context.shard.add(metric, tags, value);
  };
  add(metrics::kLlmInputTokens, static_cast<double>(usage.input_tokens));
  add(metrics::kLlmOutputTokens, static_cast<double>(usage.output_tokens));
  add(metrics::kLlmCacheReadTokens, static_cast<double>(usage.cache_read_tokens));
  add(metrics::kLlmCacheWriteTokens, static_cast<double>(usage.cache_write_tokens));
  if (record.cost_usd) add(metrics::kLlmCost, *record.cost_usd);
  if (!usage.final) return;
  context.shard.add(metrics::kLlmTokensIn, tags, static_cast<double>(usage.all_input()));
  context.shard.add(metrics::kLlmTokensOut, tags, static_cast<double>(usage.output_tokens));
}

// A failure for want of something that this machine lacks is not the server's.
void add_failed(Context& context, Builtin metric, const HttpRecord& http, metrics::TagsId tags) {
  if (http.outcome == Outcome::kFailed && http.result.lacked != net::Lacked::kNothing) {
    context.shard.add_own_true(metric, tags);
  } else {
    context.shard.add(metric, tags, http.outcome == Outcome::kFailed ? 1 : 0);
  }
}

void note_lacked(Context& context, net::Lacked lacked) {
  if (lacked == net::Lacked::kNothing) return;
  const auto cause = lacked == net::Lacked::kPorts ? metrics::ClientCause::kPorts
                                                   : metrics::ClientCause::kDescriptors;
  metrics::TagSet tags;
  tags.set("cause", metrics::to_string(cause));
  context.shard.add(metrics::kClientErrors, context.shard.intern(tags), 1);
}

void record_rates(Context& context, const HttpRecord& http, metrics::TagsId tags) {
  const auto is = [&](llm::ErrorKind kind) { return http.error == kind ? 1.0 : 0.0; };
  add_failed(context, metrics::kLlmRequestFailed, http, tags);
  context.shard.add(metrics::kLlmRateLimited, tags, is(llm::ErrorKind::kRateLimited));
  context.shard.add(metrics::kLlmOverloaded, tags, is(llm::ErrorKind::kOverloaded));
  context.shard.add(metrics::kLlmTruncated, tags, is(llm::ErrorKind::kTruncated));
  context.shard.add(metrics::kLlmRefused, tags, is(llm::ErrorKind::kRefused));
}

std::optional<double> output_tokens_per_second(const LlmRecord& record) {
  if (!record.done || record.reply.usage.output_tokens == 0) return {};
  const double seconds = to_seconds(since_sending(record.http.result.stamps, *record.done));
  if (seconds <= 0) return {};
  return static_cast<double>(record.reply.usage.output_tokens) / seconds;
}

void record_speed(Context& context, const LlmRecord& record, metrics::TagsId tags) {
  if (record.tpot) {
    context.shard.add_with_error(metrics::kLlmTpot, tags, to_seconds(record.tpot->time),
                                 to_seconds(record.tpot->error));
  }
  if (const auto speed = output_tokens_per_second(record)) {
    const net::HttpStamps& stamps = record.http.result.stamps;
    const double duration = to_seconds(since_sending(stamps, *record.done));
    context.shard.add_with_error(metrics::kLlmOutputTokensPerSecond, tags, *speed,
                                 *speed * to_seconds(stamps.arrival_error) / duration);
  }
}

Builtin used_metric(llm::LimitedQuantity quantity) {
  switch (quantity) {
    case llm::LimitedQuantity::kRequests:
      return metrics::kLlmRatelimitRequestsUsed;
    case llm::LimitedQuantity::kTokens:
      return metrics::kLlmRatelimitTokensUsed;
    case llm::LimitedQuantity::kInputTokens:
      return metrics::kLlmRatelimitInputTokensUsed;
    case llm::LimitedQuantity::kOutputTokens:
      break;
  }
  return metrics::kLlmRatelimitOutputTokensUsed;
}

void record_limits(Context& context, const LlmRecord& record) {
  for (const llm::RateLimit& limit : record.limits) {
    const bool standard = limit.tier == llm::LimitTier::kStandard;
    record_used(context, limit.quantity, record.http.tags.get("model"),
                standard ? "" : llm::to_string(limit.tier), limit.used());
  }
}

// The request's value of an objective's metric; nothing where it has none.
std::optional<double> objective_value(metrics::MetricId metric, const LlmRecord& record) {
  const HttpRecord& http = record.http;
  std::optional<base::TimePoint> token = record.times.first_token();
  std::optional<base::TimePoint> text = record.times.first_text();
  // Its user left before the first token, having waited at least so long.
  if (http.cancelled && record.streamed && !token) token = text = record.seen_until;
  const auto from_sending = [&](std::optional<base::TimePoint> end) -> std::optional<double> {
    if (!end) return {};
    return to_seconds(since_sending(http.result.stamps, *end));
  };
  const auto from_due = [&](std::optional<base::TimePoint> end) -> std::optional<double> {
    if (!end || !http.origin.due) return {};
    return to_seconds(*end - *http.origin.due);
  };
  const auto seconds = [](std::optional<base::Duration> length) {
    return length ? std::optional(to_seconds(*length)) : std::nullopt;
  };
  switch (metric) {
    case metrics::kLlmTtft:
      return from_sending(token);
    case metrics::kLlmTtftFromDue:
      return from_due(token);
    case metrics::kLlmTtftText:
      return from_sending(text);
    case metrics::kLlmItl:
      return seconds(record.times.longest_gap());
    case metrics::kLlmTpot:
      return seconds(record.tpot ? std::optional(record.tpot->time) : std::nullopt);
    case metrics::kLlmRequestDuration:
      return from_sending(record.done);
    case metrics::kLlmRequestDurationFromDue:
      return from_due(record.done);
    case metrics::kLlmOutputTokensPerSecond:
      return output_tokens_per_second(record);
    case metrics::kLlmTokensOut:
      if (!record.reply.usage.final) return {};
      return static_cast<double>(record.reply.usage.output_tokens);
    default:
      return {};
  }
}

void record_objectives(Context& context, const LlmRecord& record, metrics::TagsId tags) {
  if (context.objectives.empty()) return;
  const auto holds = [&](const metrics::Objective& objective) {
    const std::optional<double> value = objective_value(objective.metric, record);
    return !value || objective.holds(*value);
  };
  const bool good =
      record.http.outcome == Outcome::kCompleted && std::ranges::all_of(context.objectives, holds);
  context.shard.add(metrics::kLlmGood, tags, good ? 1 : 0);
  if (!good) return;
  context.shard.add(metrics::kLlmGoodRequests, tags, 1);
  context.shard.add(metrics::kLlmGoodOutputTokens, tags,
                    static_cast<double>(record.reply.usage.output_tokens));
}

}  // namespace

void note_read(Context& context, const net::BodyPart& part) {
  context.shard.add(metrics::kClientLag, 0, to_seconds(part.handled - part.arrived));
  ++(part.by_kernel ? context.kernel_stamped_reads : context.other_reads);
}

void record_used(Context& context, llm::LimitedQuantity quantity, std::string_view model,
                 std::string_view tier, double share) {
  metrics::TagSet tags;
  tags.set("model", model);
  tags.set("tier", tier);
  context.shard.add(used_metric(quantity), context.shard.intern(tags), share);
}

base::Duration since_sending(const net::HttpStamps& stamps, base::TimePoint end) {
  return end - (stamps.sending != kNever ? stamps.sending : stamps.start);
}

void record_http(Context& context, const HttpRecord& record) {
  context.hidden_retries += static_cast<std::uint64_t>(record.result.hidden_retries);
  const metrics::TagsId tags = end_tags(context, record, false);
  context.shard.add(metrics::kHttpReqs, end_tags(context, record, true), 1);
  context.shard.add(metrics::kDataSent, tags, static_cast<double>(record.result.bytes_sent));
  context.shard.add(metrics::kDataReceived, tags,
                    static_cast<double>(record.result.bytes_received));
  const bool timed_out = record.error == llm::ErrorKind::kTimeout;
  const double age = to_seconds(since_sending(record.result.stamps, record.ended));
  if (record.outcome == Outcome::kCensored) {
    context.shard.add_lower_bound(metrics::kHttpReqDuration, tags, age);
    return;
  }
  add_failed(context, metrics::kHttpReqFailed, record, tags);
  note_lacked(context, record.result.lacked);
  record_phases(context, record, tags);
  if (record.cancelled) return;
  if (timed_out) {
    context.shard.add_lower_bound(metrics::kHttpReqDuration, tags, age);
  } else if (record.result.status != 0) {
    const net::HttpStamps& stamps = record.result.stamps;
    context.shard.add_with_error(metrics::kHttpReqDuration, tags,
                                 to_seconds(since_sending(stamps, stamps.done)),
                                 to_seconds(stamps.arrival_error));
  }
}

void record_llm(Context& context, const LlmRecord& record) {
  const HttpRecord& http = record.http;
  const metrics::TagsId tags = end_tags(context, http, false);
  context.shard.add(metrics::kLlmRequests, end_tags(context, http, true), 1);
  record_rates(context, http, tags);
  record_usage(context, record, tags);
  record_limits(context, record);

  if (record.retry) context.shard.add(metrics::kLlmRetries, tags, 1);
  if (http.cancelled) context.shard.add(metrics::kLlmCancelled, tags, 1);
  record_durations(context, record, tags);
  record_speed(context, record, tags);
  record_objectives(context, record, tags);
}

}  // namespace client
