// What a request to a model is to be, and what became of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "client/pacing.h"
#include "client/record.h"
#include "client/retry_policy.h"
#include "llm/custom_decoder.h"
#include "llm/rate_limits.h"
#include "llm/reply.h"
#include "metrics/tags.h"
#include "net/http_client.h"

namespace client {

// What the server speaks.
enum class Dialect {
  kAnthropic,        // The Messages API.
  kOpenAiChat,       // Chat completions.
  kOpenAiResponses,  // Responses.
  kCustom,           // A stream read by the spec's own rules.
};

struct LlmSpec {
  net::HttpRequest request;
  std::string model;     // As the script named it: the tag `model`, and what is priced. May be "".
  metrics::TagSet tags;  // name and what the script gave.
  Dialect dialect = Dialect::kAnthropic;
  llm::CustomRules rules;  // Of kCustom.
  bool stream = true;
  bool keep_events = false;
  std::uint64_t stop_after = 0;  // Cancel at so many content events; 0 for never.
  base::Duration first_event_timeout = std::chrono::seconds(120);
  base::Duration silence_timeout = std::chrono::seconds(60);
  base::Duration stall_after = std::chrono::seconds(1);

  std::uint64_t max_output_tokens = 0;  // As asked of the server; 0 where it was not.
  RetryPolicy retries;
  std::shared_ptr<Pacing> pacing;  // Null for none.

  // The script says what each event carries, so every event is kept for it.
  bool told() const {
    return dialect == Dialect::kCustom && rules.content == llm::CustomRules::ContentRule::kTold;
  }
};

struct LlmAnswer {
  llm::Reply reply;
  Outcome outcome = Outcome::kCompleted;
  bool cancelled = false;  // Its user had seen enough: a completed request without an end.
  int status = 0;
  std::string request_id;
  // From sending; nothing where it did not come to that.
  std::optional<base::Duration> ttft;
  std::optional<base::Duration> ttft_text;
  std::optional<base::Duration> tpot;
  std::optional<base::Duration> thinking_duration;
  std::optional<base::Duration> text_duration;
  std::optional<base::Duration> tool_input_duration;
  base::Duration duration{};
  std::optional<double> cost_usd;
  // The prompt cache served some of the input ("hit"), stored some only ("miss"), or did neither
  // though the request marked some of it for caching ("unused"); else "".
  std::string_view cache;
  std::vector<llm::RateLimit> limits;  // As the answer's headers say.

  // Of the whole call.
  int retries = 0;
  base::Duration queue_time{};  // Of all its requests together.
};

// An event kept for a script that asked to see them.
struct KeptEvent {
  std::string name;
  std::string data;
  base::Duration at{};  // From sending to its arrival.
};

}  // namespace client
