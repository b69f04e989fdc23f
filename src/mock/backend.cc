#include "mock/backend.h"

#include <utility>

namespace mock {

Backend::Backend(net::EventLoop& loop_to_use, Options options_to_use, Recorder* recorder_to_use)
    : loop(loop_to_use),
      options(std::move(options_to_use)),
      recorder(recorder_to_use),
      pacer(loop, options.freeze),
      limits(options.limits),
      capacity(options.profile.slots, options.profile.queue),
      started_(loop.now()),
      started_wall_(std::chrono::system_clock::now()) {}

std::int64_t Backend::wall(base::TimePoint now) const {
  const auto wall = started_wall_ + (now - started_);
  return std::chrono::floor<std::chrono::seconds>(wall).time_since_epoch().count();
}

void Backend::reset() {
  if (options.limits) limits.emplace(*options.limits);
  cache = {};
  ledger = std::make_shared<Ledger>();
}

}  // namespace mock
