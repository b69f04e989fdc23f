// Which decoder or parser an answer wants, by the dialect that it was asked in.
#pragma once

#include <memory>
#include <string_view>

#include "client/llm_spec.h"
#include "llm/error_body.h"
#include "llm/stream_decoder.h"

namespace client {

// For the body of an answer with that content type. Null where it is no stream.
std::unique_ptr<llm::StreamDecoder> make_decoder(const LlmSpec& spec, std::string_view content_type,
                                                 llm::DecoderOptions options);

// The whole body of an answer that is no stream: a reply, or one that failed.
llm::Reply parse_whole_answer(const LlmSpec& spec, const llm::ErrorAnswer& answer);

}  // namespace client
