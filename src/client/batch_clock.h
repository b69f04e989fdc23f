// How long a message batch takes.
#pragma once

#include "client/context.h"

namespace client {

// Counts a batch in llm_batches when it is made, which is when the batch was; and its
// llm_batch_duration when it is told of the end. Destroyed before, it leaves a lower bound: until
// when the batch was last seen to go on.
//
// Lifetime: the context outlives the clock.
class BatchClock {
 public:
  BatchClock(Context& context, metrics::TagsId tags);
  ~BatchClock();
  BatchClock(const BatchClock&) = delete;
  BatchClock& operator=(const BatchClock&) = delete;

  void saw_it_go_on();
  void saw_it_end();  // Only the first time counts.

 private:
  base::Duration age() const { return context_.loop.now() - created_; }

  Context& context_;
  metrics::TagsId tags_;
  base::TimePoint created_;
  base::Duration at_least_{};
  bool ended_ = false;
};

}  // namespace client
