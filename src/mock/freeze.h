// A server that answers nothing for a while, again and again: what a pause of its machine looks
// like.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace mock {

// The last `length` of each `period` is frozen; periods are counted from the mock's start. With 1 s
// of 5 s the first freeze lasts from 4 s to 5 s. What is due within goes out at its end, in the
// order in which it was due; requests are taken in all the while.
struct Freeze {
  base::Duration length{};
  base::Duration period{};

  // How long a freeze that is on at that time still lasts; zero where none is.
  base::Duration left(base::Duration since_start) const;
};

// "1s/5s". Errors: what is not two durations, the first shorter than the second and not zero.
base::Result<Freeze> parse_freeze(std::string_view text);

}  // namespace mock
