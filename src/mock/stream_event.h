// One event of a stream, as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mock {

struct StreamEvent {
  std::string_view name;     // For the record: the SSE event's name, or what stands for it.
  base::Duration due{};      // Since the request was let in.
  std::uint32_t tokens = 0;  // That this event carries.
  std::string bytes;         // A whole frame: "event: …\ndata: …\n\n".
};

}  // namespace mock
