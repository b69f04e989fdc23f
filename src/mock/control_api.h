// What the mock says of itself, beside the APIs that it serves.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mock/backend.h"
#include "mock/reply.h"

namespace mock {

//   GET  /__mock/stats   what was counted, billed and is under way, as JSON
//   GET  /__mock/truth   the last records of --record, as JSON lines: 16 MB at most, and without
//   the
//                        last 0.1 s; "x-mock-truncated: true" says that there were earlier ones
//   POST /__mock/reset   forgets stats, bill, cache and limits
//
// Nothing for any other path. `batches` is how many there are.
std::optional<Reply> answer_control(std::string_view method, std::string_view path,
                                    Backend& backend, std::uint64_t batches);

}  // namespace mock
