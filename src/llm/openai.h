// OpenAI's two dialects, and the many servers that speak the first of them.
//
// Chat completions: https://platform.openai.com/docs/api-reference/chat
// Responses: https://platform.openai.com/docs/api-reference/responses
#pragma once

#include <memory>
#include <string_view>

#include "llm/reply.h"
#include "llm/stream_decoder.h"

namespace llm {

// Both fill a Reply as the Messages API's decoder does. Usage is brought to its meaning:
// input_tokens excludes the cached ones, which OpenAI includes in prompt_tokens; reasoning tokens
// are thinking tokens. stop_reason is the provider's own finish_reason ("stop", "length",
// "tool_calls", "content_filter"; for responses "completed" or the reason it is incomplete for).
//
// Thinking is `reasoning_content` and `reasoning` (vLLM, DeepSeek, OpenRouter, llama.cpp), and the
// responses' reasoning deltas. Tool calls are joined by their index. Answers of choices other than
// the first are counted as events and left out.

// Complete with [DONE], or, from servers that leave it out, with the body's end after a
// finish_reason. Usage counts on whatever chunk it comes. Accepted: comments, empty data, data-only
// keep-alives (": ping"), null content, an error chunk ({"error":…}, {"object":"error",…}, an event
// or field named error) which makes a failure, [DONE] after it.
std::unique_ptr<StreamDecoder> make_openai_chat_decoder(DecoderOptions options);

// Complete with response.completed or response.incomplete; response.failed and error are failures.
// A refusal (response.refusal.*, or a content part of that type) is one of kind refused.
std::unique_ptr<StreamDecoder> make_openai_responses_decoder(DecoderOptions options);

// Whole answers with status 200. A body that is none is a failure of kind protocol.
Reply parse_openai_chat(std::string_view body, const DecoderOptions& options);
Reply parse_openai_response(std::string_view body, const DecoderOptions& options);

}  // namespace llm
