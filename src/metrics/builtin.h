// The one table of built-in metrics. docs/metrics.md is checked against it.
#pragma once

#include <span>

#include "metrics/metric.h"

namespace metrics {

// A built-in metric's id; the order is that of builtin_metrics().
enum Builtin : MetricId {
  // load
  kIterations,
  kDroppedIterations,
  kIterationDuration,
  kIterationDurationFromDue,
  kStartLag,
  kVuWait,
  kGroupDuration,
  kInterruptedIterations,
  kScriptErrors,
  kChecks,
  kVus,
  kVusMax,
  kDataSent,
  kDataReceived,
  // http
  kHttpReqs,
  kHttpReqFailed,
  kHttpReqDuration,
  kHttpReqBlocked,
  kHttpReqLookingUp,
  kHttpReqConnecting,
  kHttpReqTlsHandshaking,
  kHttpReqSending,
  kHttpReqWaiting,
  kHttpReqReceiving,
  // llm
  kLlmRequests,
  kLlmRequestFailed,
  kLlmRateLimited,
  kLlmOverloaded,
  kLlmTruncated,
  kLlmRefused,
  kLlmTtft,
  kLlmTtftFromDue,
  kLlmTtftText,
  kLlmAddressTtft,
  kLlmItl,
  kLlmItlCoalesced,  // Counter of gaps whose arrival our own delay blurred; not part of llm_itl.
  kLlmTpot,
  kLlmThinkingDuration,
  kLlmTextDuration,
  kLlmToolInputDuration,
  kLlmRequestDuration,
  kLlmRequestDurationFromDue,
  kLlmQueueTime,
  kLlmCalls,
  kLlmCallFailed,
  kLlmCallDuration,
  kLlmRetries,
  kLlmOutputTokensPerSecond,
  kLlmTokensIn,
  kLlmTokensOut,
  kLlmInputTokens,
  kLlmOutputTokens,
  kLlmCacheReadTokens,
  kLlmCacheWriteTokens,
  kLlmCost,
  kLlmStalls,
  kLlmCancelled,
  kLlmGood,
  kLlmGoodRequests,
  kLlmGoodOutputTokens,
  kLlmRatelimitRequestsUsed,
  kLlmRatelimitTokensUsed,
  kLlmRatelimitInputTokensUsed,
  kLlmRatelimitOutputTokensUsed,
  kLlmBatches,
  kLlmBatchDuration,
  kLlmBatchRequests,
  // client
  kClientLag,
  kLoopTime,
  kEventsPerRead,
  kScriptTime,
  kClientCpu,
  kClientScript,
  kClientRunQueue,
  kClientErrors,
  kClientMemory,
  kBuiltinCount,
};

// Entry i describes the metric with id i.
std::span<const Metric> builtin_metrics();

}  // namespace metrics
