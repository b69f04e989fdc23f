// OpenAI's chat completions and responses: what they take, and the form of their answers.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "mock/answer.h"
#include "mock/answer_steps.h"
#include "mock/api_error.h"
#include "mock/request.h"
#include "mock/stream_event.h"

namespace mock {

// POST /v1/chat/completions and /v1/responses. Errors: as OpenAI words and shapes them, the first
// thing wrong with the body; 404 model_not_found for an empty name and for "missing-…".
tl::expected<ModelRequest, ApiError> read_chat_request(std::string_view body);
tl::expected<ModelRequest, ApiError> read_responses_request(std::string_view body);

// {"error":{"message","type","param","code"}} with x-request-id, and retry-after for 429.
Reply openai_error_reply(const ApiError& error, std::string_view request_id);

// GET /v1/models for keys of OpenAI's form.
std::string openai_models_json();

// Chat: data-only frames, a chunk with the role first, one with the finish_reason last, then, where
// asked for, one with the usage and no choices, then [DONE]. `obfuscation` of random length.
class ChatWriter {
 public:
  ChatWriter(const Answer& answer, base::RandomStream padding)
      : answer_(answer), padding_(padding) {}
  void write(const Step& step, std::vector<StreamEvent>& events);

 private:
  const Answer& answer_;
  base::RandomStream padding_;
};

// Responses: response.created … response.completed, each with its sequence_number; no [DONE].
class ResponsesWriter {
 public:
  ResponsesWriter(const Answer& answer, base::RandomStream padding)
      : answer_(answer), padding_(padding) {}
  void write(const Step& step, std::vector<StreamEvent>& events);

 private:
  const Answer& answer_;
  base::RandomStream padding_;
};

std::string chat_json(const Answer& answer, TokenText text);
std::string response_json(const Answer& answer, TokenText text);

}  // namespace mock
