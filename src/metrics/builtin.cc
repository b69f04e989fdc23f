#include "metrics/builtin.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace metrics {
namespace {

struct Row {
  Builtin id;
  std::string_view name;
  Type type;
  Unit unit;
  std::string_view of;
  std::string_view meaning;
};

constexpr std::string_view kRequests = "finished and censored requests";

// clang-format off
constexpr std::array kRows = {
  // load
  Row{kIterations, "iterations", Type::kCounter, Unit::kNone, "",
      "Iterations that ran to their end, whatever became of their requests."},
  Row{kDroppedIterations, "dropped_iterations", Type::kCounter, Unit::kNone, "",
      "Due starts that never began: no VU was free, and overflow says \"drop\" or the test ended."},
  Row{kIterationDuration, "iteration_duration", Type::kTrend, Unit::kTime, "",
      "Time from an iteration's begin to its end, without the think time after it."},
  Row{kIterationDurationFromDue, "iteration_duration_from_due", Type::kTrend, Unit::kTime, "",
      "Time from when an iteration was due to its end, so that a late start counts, without the "
      "think time after it."},
  Row{kStartLag, "start_lag", Type::kTrend, Unit::kTime, "",
      "How late an iteration began though a VU was free: begun minus due minus vu_wait, the "
      "client's own delay."},
  Row{kVuWait, "vu_wait", Type::kTrend, Unit::kTime, "",
      "How long a due start had no free VU; open executors only."},
  Row{kGroupDuration, "group_duration", Type::kTrend, Unit::kTime, "",
      "Time that a perigee.group took, with all that happened in it."},
  Row{kInterruptedIterations, "interrupted_iterations", Type::kCounter, Unit::kNone, "",
      "Iterations that were stopped before their end because their time was up."},
  Row{kScriptErrors, "script_errors", Type::kCounter, Unit::kNone, "",
      "Errors that a script raised and did not catch; each ended an iteration or a hook."},
  Row{kChecks, "checks", Type::kRate, Unit::kShare, "checks",
      "Share of checks that held."},
  Row{kVus, "vus", Type::kGauge, Unit::kNone, "",
      "Virtual users that are running."},
  Row{kVusMax, "vus_max", Type::kGauge, Unit::kNone, "",
      "Most virtual users that the load plan asks for at once."},
  Row{kDataSent, "data_sent", Type::kCounter, Unit::kBytes, "",
      "Bytes of requests, headers and bodies, as sent over HTTP before encryption."},
  Row{kDataReceived, "data_received", Type::kCounter, Unit::kBytes, "",
      "Bytes of answers, headers and bodies, as received over HTTP after decryption."},
  // http
  Row{kHttpReqs, "http_reqs", Type::kCounter, Unit::kNone, "",
      "HTTP requests that finished, well or not, and those that were censored."},
  Row{kHttpReqFailed, "http_req_failed", Type::kRate, Unit::kShare, "finished requests",
      "Share of requests that got no answer, a broken one, or one whose status was not expected."},
  Row{kHttpReqDuration, "http_req_duration", Type::kTrend, Unit::kTime, "",
      "Time from sending (the first byte handed to an open connection) to the answer's last byte."},
  Row{kHttpReqBlocked, "http_req_blocked", Type::kTrend, Unit::kTime, "",
      "Time from when a request was started to sending: name look-up, connecting and TLS included."},
  Row{kHttpReqLookingUp, "http_req_looking_up", Type::kTrend, Unit::kTime, "",
      "Time to look up the host's name; 0 on a reused connection."},
  Row{kHttpReqConnecting, "http_req_connecting", Type::kTrend, Unit::kTime, "",
      "Time to open the TCP connection; 0 on a reused one."},
  Row{kHttpReqTlsHandshaking, "http_req_tls_handshaking", Type::kTrend, Unit::kTime, "",
      "Time for the TLS handshake; 0 on a reused connection and without TLS."},
  Row{kHttpReqSending, "http_req_sending", Type::kTrend, Unit::kTime, "",
      "Time from the request's first byte handed to the connection to its last."},
  Row{kHttpReqWaiting, "http_req_waiting", Type::kTrend, Unit::kTime, "",
      "Time from the request's last byte to the answer's first."},
  Row{kHttpReqReceiving, "http_req_receiving", Type::kTrend, Unit::kTime, "",
      "Time from the answer's first byte to its last."},
  // llm
  Row{kLlmRequests, "llm_requests", Type::kCounter, Unit::kNone, "",
      "Requests to a model: completed, failed and censored ones."},
  Row{kLlmRequestFailed, "llm_request_failed", Type::kRate, Unit::kShare, kRequests,
      "Share of requests that failed, of whatever kind."},
  Row{kLlmRateLimited, "llm_rate_limited", Type::kRate, Unit::kShare, kRequests,
      "Share of requests refused because a rate limit was reached (status 429)."},
  Row{kLlmOverloaded, "llm_overloaded", Type::kRate, Unit::kShare, kRequests,
      "Share of requests refused because the provider was overloaded (status 529)."},
  Row{kLlmTruncated, "llm_truncated", Type::kRate, Unit::kShare, kRequests,
      "Share of requests whose stream ended without its terminal event."},
  Row{kLlmRefused, "llm_refused", Type::kRate, Unit::kShare, kRequests,
      "Share of requests that the model refused (stop reason \"refusal\")."},
  Row{kLlmTtft, "llm_ttft", Type::kTrend, Unit::kTime, "",
      "Time to first token: from sending to the first text, thinking or tool input that is not "
      "empty; a lower bound where none had come when the request timed out or was censored."},
  Row{kLlmTtftFromDue, "llm_ttft_from_due", Type::kTrend, Unit::kTime, "",
      "Time to first token from when the iteration was due, for its first request: what a user "
      "waits, with connecting, queueing and our own lateness in it."},
  Row{kLlmTtftText, "llm_ttft_text", Type::kTrend, Unit::kTime, "",
      "Time from sending to the first visible text, which comes after any thinking."},
  Row{kLlmAddressTtft, "llm_address_ttft", Type::kTrend, Unit::kTime, "",
      "The samples of llm_ttft once more, with two tags alone, model and remote_ip: which of a "
      "service's addresses answered."},
  Row{kLlmItl, "llm_itl", Type::kTrend, Unit::kTime, "",
      "Inter-token latency: the gap between two content events of a stream, by their arrival; "
      "gaps that the client blurred are left to llm_itl_coalesced."},
  Row{kLlmItlCoalesced, "llm_itl_coalesced", Type::kCounter, Unit::kNone, "",
      "Gaps between content events whose arrival our own delay blurred; no part of llm_itl, which "
      "is not judged where they are more than 1 % of the gaps."},
  Row{kLlmTpot, "llm_tpot", Type::kTrend, Unit::kTime, "",
      "Time per output token of a request: (last - first token) / (visible output tokens - 1), "
      "visible being output less thinking; no sample where that is unknown."},
  Row{kLlmThinkingDuration, "llm_thinking_duration", Type::kTrend, Unit::kTime, "",
      "Time from a stream's first shown thinking to its first text or tool input."},
  Row{kLlmTextDuration, "llm_text_duration", Type::kTrend, Unit::kTime, "",
      "Time from a stream's first text to its last."},
  Row{kLlmToolInputDuration, "llm_tool_input_duration", Type::kTrend, Unit::kTime, "",
      "Time from a stream's first tool input to its last."},
  Row{kLlmRequestDuration, "llm_request_duration", Type::kTrend, Unit::kTime, "",
      "Time from sending to the last event of a completed request; time-outs and censored requests "
      "count as lower bounds."},
  Row{kLlmRequestDurationFromDue, "llm_request_duration_from_due", Type::kTrend, Unit::kTime, "",
      "Time from when the iteration was due to the last event of its first request, if completed; "
      "time-outs and censored requests count as lower bounds."},
  Row{kLlmQueueTime, "llm_queue_time", Type::kTrend, Unit::kTime, "",
      "Time from when a request was asked for to when it was started: waiting for client-side rate "
      "limits and for the budget; no part of any latency that counts from sending."},
  Row{kLlmCalls, "llm_calls", Type::kCounter, Unit::kNone, "",
      "What scripts asked a model for: each is a request and its retries."},
  Row{kLlmCallFailed, "llm_call_failed", Type::kRate, Unit::kShare, "finished and censored calls",
      "Share of calls whose last request failed."},
  Row{kLlmCallDuration, "llm_call_duration", Type::kTrend, Unit::kTime, "",
      "Time from when a call was asked for to the end of its last request, completed: queueing, "
      "retries and the waits between them included; time-outs and censored calls count as lower "
      "bounds."},
  Row{kLlmRetries, "llm_retries", Type::kCounter, Unit::kNone, "",
      "Requests that were sent because the one before them failed."},
  Row{kLlmOutputTokensPerSecond, "llm_output_tokens_per_second", Type::kTrend,
      Unit::kTokensPerSecond, "",
      "Output tokens of a completed request over its duration."},
  Row{kLlmTokensIn, "llm_tokens_in", Type::kTrend, Unit::kTokens, "",
      "Input tokens of a request as the provider reported them, cached ones included."},
  Row{kLlmTokensOut, "llm_tokens_out", Type::kTrend, Unit::kTokens, "",
      "Output tokens of a request as the provider reported them, thinking included."},
  Row{kLlmInputTokens, "llm_input_tokens", Type::kCounter, Unit::kTokens, "",
      "Input tokens in all, without those read from or written to the prompt cache."},
  Row{kLlmOutputTokens, "llm_output_tokens", Type::kCounter, Unit::kTokens, "",
      "Output tokens in all, thinking included."},
  Row{kLlmCacheReadTokens, "llm_cache_read_tokens", Type::kCounter, Unit::kTokens, "",
      "Input tokens in all that the prompt cache served."},
  Row{kLlmCacheWriteTokens, "llm_cache_write_tokens", Type::kCounter, Unit::kTokens, "",
      "Input tokens in all that were stored in the prompt cache."},
  Row{kLlmCost, "llm_cost", Type::kCounter, Unit::kUsd, "",
      "What the requests cost by the price table and the reported usage."},
  Row{kLlmStalls, "llm_stalls", Type::kCounter, Unit::kNone, "",
      "Gaps between content events that were longer than 1 s, or than the stall_after option."},
  Row{kLlmCancelled, "llm_cancelled", Type::kCounter, Unit::kNone, "",
      "Requests that the script itself broke off, as a user who leaves does; they are completed."},
  Row{kLlmGood, "llm_good", Type::kRate, Unit::kShare, kRequests,
      "Share of requests that completed and met every objective (options.slo)."},
  Row{kLlmGoodRequests, "llm_good_requests", Type::kCounter, Unit::kNone, "",
      "Requests that completed and met every objective; its rate is the goodput."},
  Row{kLlmGoodOutputTokens, "llm_good_output_tokens", Type::kCounter, Unit::kTokens, "",
      "Output tokens of the requests that met every objective."},
  Row{kLlmRatelimitRequestsUsed, "llm_ratelimit_requests_used", Type::kGauge, Unit::kShare, "",
      "Share of the bucket of requests that is used up, as the provider's headers say."},
  Row{kLlmRatelimitTokensUsed, "llm_ratelimit_tokens_used", Type::kGauge, Unit::kShare, "",
      "Share of the bucket of input and output tokens together that is used up, by the headers."},
  Row{kLlmRatelimitInputTokensUsed, "llm_ratelimit_input_tokens_used", Type::kGauge, Unit::kShare,
      "",
      "Share of the bucket of input tokens that is used up, by the headers."},
  Row{kLlmRatelimitOutputTokensUsed, "llm_ratelimit_output_tokens_used", Type::kGauge,
      Unit::kShare, "",
      "Share of the bucket of output tokens that is used up, by the headers."},
  Row{kLlmBatches, "llm_batches", Type::kCounter, Unit::kNone, "",
      "Message batches that were created."},
  Row{kLlmBatchDuration, "llm_batch_duration", Type::kTrend, Unit::kTime, "",
      "Time from when a message batch was created to when it was seen to have ended; those not "
      "waited for to their end count as lower bounds."},
  Row{kLlmBatchRequests, "llm_batch_requests", Type::kCounter, Unit::kNone, "",
      "Requests of message batches that came to a result: succeeded, errored, canceled or expired, "
      "by the tag result."},
  // client
  Row{kClientLag, "client_lag", Type::kTrend, Unit::kTime, "",
      "How late the client handled a read: handled minus arrived, for each read."},
  Row{kLoopTime, "loop_time", Type::kTrend, Unit::kTime, "",
      "Time of each turn of a worker's loop, from its wake to the end of the turn."},
  Row{kEventsPerRead, "events_per_read", Type::kTrend, Unit::kEvents, "",
      "Events of a stream that one read brought; above 1 they arrived together or waited for us."},
  Row{kScriptTime, "script_time", Type::kTrend, Unit::kTime, "",
      "Time that scripts ran at a stretch within a turn of a worker's loop, the collection of "
      "their garbage included."},
  Row{kClientCpu, "client_cpu", Type::kGauge, Unit::kShare, "",
      "Share of one core that a worker used over the last second."},
  Row{kClientScript, "client_script", Type::kGauge, Unit::kShare, "",
      "Share of the last second in which a worker ran scripts."},
  Row{kClientRunQueue, "client_run_queue", Type::kGauge, Unit::kShare, "",
      "Share of the last second in which a worker was ready to run and had no core."},
  Row{kClientErrors, "client_errors", Type::kCounter, Unit::kNone, "",
      "Requests that failed because the client had no free descriptor or no free port (tag cause)."},
  Row{kClientMemory, "client_memory", Type::kGauge, Unit::kBytes, "",
      "Resident memory of the process."},
};
// clang-format on

constexpr bool rows_follow_the_enum() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].id != i) return false;
  }
  return kRows.size() == kBuiltinCount;
}
static_assert(rows_follow_the_enum(), "the table has one row per Builtin, in its order");

}  // namespace

std::span<const Metric> builtin_metrics() {
  static const std::vector<Metric> metrics = [] {
    std::vector<Metric> made;
    made.reserve(kRows.size());
    for (const Row& row : kRows) {
      made.push_back({std::string(row.name), row.type, row.unit, std::string(row.of),
                      std::string(row.meaning)});
    }
    return made;
  }();
  return metrics;
}

}  // namespace metrics
