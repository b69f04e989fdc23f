// All requests to models.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "base/clock.h"
#include "mock/backend.h"
#include "mock/exchange.h"
#include "mock/model_call.h"
#include "mock/request.h"

namespace mock {

// Reads requests as they come, refuses those that must be, and keeps the others until they end.
//
// Lifetime: the backend outlives it.
class ModelCalls {
 public:
  explicit ModelCalls(Backend& backend) : backend_(backend) {}

  void start(Dialect dialect, std::unique_ptr<Exchange> exchange, base::TimePoint received);

 private:
  // Both answer the request where they are true.
  bool meets_fault(Arrival& arrival);
  bool meets_limit(Arrival& arrival);

  Backend& backend_;
  std::list<ModelCall> calls_;
  std::uint64_t number_ = 0;  // Of the last request.
};

}  // namespace mock
