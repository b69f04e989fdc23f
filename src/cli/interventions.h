// What a user changed of a run by hand while it ran, for its result.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metrics/threshold.h"

namespace cli {

// Times count from the load's start.
class Interventions {
 public:
  void pause(base::Duration at) { pauses_.push_back({at, base::Duration::max()}); }
  void resume(base::Duration at) { pauses_.back().end = at; }  // REQUIRES: paused().
  bool paused() const { return !pauses_.empty() && pauses_.back().end == base::Duration::max(); }

  void change_users(const std::string& scenario, std::uint64_t from, std::uint64_t to,
                    base::Duration at);

  // One for the pauses and one for each scenario whose users were changed: such a run is not the
  // planned one. A pause that was not over ends with the run.
  std::vector<std::string> warnings(base::Duration elapsed) const;

 private:
  struct Change {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t count = 0;
    base::Duration first{};
    base::Duration last{};
  };

  std::vector<metrics::Span> pauses_;
  std::map<std::string, Change> changes_;  // By scenario.
};

}  // namespace cli
