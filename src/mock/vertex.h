// Claude on Vertex AI: the Messages API at other addresses, with the model in the path and the
// version in the body. https://docs.claude.com/en/api/claude-on-vertex-ai
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "mock/api_error.h"
#include "mock/api_headers.h"

namespace mock {

struct VertexCall {
  enum class Kind : std::uint8_t { kMessage, kStream, kCount };
  Kind kind = Kind::kMessage;
  std::string_view model{};  // "" of kCount, which has it in the body.
};

// Nothing where the path is not one of /v1/projects/P/locations/R/publishers/anthropic/models/
//
//   M:rawPredict, M:streamRawPredict, count-tokens:rawPredict
//
// Lifetime: the model is a view into the path.
std::optional<VertexCall> find_vertex_call(std::string_view path);

// What the Messages API would be sent in the call's place: kStream streams whatever the body says,
// and "claude-haiku-4-5@20251001" is told as "claude-haiku-4-5-20251001".
//
// Errors: 401 without a bearer token; 400 for a body that is no object, that lacks
// "anthropic_version":"vertex-2023-10-16", or that names a model though the path does. In the
// Messages API's words.
// Cost:   parses the body and writes it again.
tl::expected<std::string, ApiError> messages_body(const VertexCall& call, std::string_view body,
                                                  const ApiHeaders& headers);

}  // namespace mock
