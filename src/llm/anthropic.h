// The Claude Messages API: https://docs.claude.com/en/api/messages-streaming
#pragma once

#include <memory>
#include <string_view>

#include "llm/reply.h"
#include "llm/stream_decoder.h"

namespace llm {

// Decodes message_start … message_stop. Unknown events and fields are counted and ignored, as the
// API's versioning rule asks; usage overwrites, never adds; an `error` event makes a failure of
// kind stream_error that keeps the provider's type (overloaded_error and rate_limit_error keep
// their own kinds); `[DONE]` and data-only events, which relays and vLLM send, are accepted.
//
// Cost: no allocation and no JSON tree per event in the usual case; the JSON parser's memory is one
// per thread, not per stream.
std::unique_ptr<StreamDecoder> make_anthropic_decoder(DecoderOptions options);

// A whole (non-streaming) answer with status 200. A body that is not a message is a failure of
// kind protocol.
Reply parse_anthropic_message(std::string_view body, const DecoderOptions& options);

}  // namespace llm
