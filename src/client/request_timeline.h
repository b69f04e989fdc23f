// A request's timeline for the event log, from what is known at its end.
#pragma once

#include "client/llm_spec.h"
#include "client/record.h"
#include "llm/timeline.h"

namespace client {

// All but its events. `complete_at` is when its stream's terminal event arrived.
llm::Timeline make_timeline(const HttpRecord& http, const llm::Reply& reply, const LlmSpec& spec,
                            std::optional<base::TimePoint> complete_at);

}  // namespace client
