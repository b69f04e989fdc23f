#include "client/batch_clock.h"

#include "metrics/builtin.h"

namespace client {

BatchClock::BatchClock(Context& context, metrics::TagsId tags)
    : context_(context), tags_(tags), created_(context.loop.now()) {
  context.shard.add(metrics::kLlmBatches, tags, 1);
}

BatchClock::~BatchClock() {
  if (ended_) return;
  context_.shard.add_lower_bound(metrics::kLlmBatchDuration, tags_, base::to_seconds(at_least_));
}

void BatchClock::saw_it_go_on() { at_least_ = age(); }

void BatchClock::saw_it_end() {
  if (ended_) return;
  ended_ = true;
  context_.shard.add(metrics::kLlmBatchDuration, tags_, base::to_seconds(age()));
}

}  // namespace client
