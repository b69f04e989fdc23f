#include "client/dialect.h"

#include <string>
#include <utility>

#include "llm/anthropic.h"
#include "llm/custom_decoder.h"
#include "llm/openai.h"

namespace client {
namespace {

bool is_success(int status) { return status >= 200 && status <= 299; }

}  // namespace

std::unique_ptr<llm::StreamDecoder> make_decoder(const LlmSpec& spec, std::string_view content_type,
                                                 llm::DecoderOptions options) {
  if (!is_success(options.status)) return nullptr;
  if (spec.dialect == Dialect::kCustom) {
    return llm::make_custom_decoder(spec.rules, std::move(options));
  }
  if (!content_type.starts_with("text/event-stream")) return nullptr;
  switch (spec.dialect) {
    case Dialect::kOpenAiChat:
      return llm::make_openai_chat_decoder(std::move(options));
    case Dialect::kOpenAiResponses:
      return llm::make_openai_responses_decoder(std::move(options));
    default:
      return llm::make_anthropic_decoder(std::move(options));
  }
}

llm::Reply parse_whole_answer(const LlmSpec& spec, const llm::ErrorAnswer& answer) {
  const llm::DecoderOptions options{
      .status = answer.status, .keep_text = true, .request_id = std::string(answer.request_id)};
  if (is_success(answer.status)) {
    switch (spec.dialect) {
      case Dialect::kAnthropic:
        return llm::parse_anthropic_message(answer.body, options);
      case Dialect::kOpenAiChat:
        return llm::parse_openai_chat(answer.body, options);
      case Dialect::kOpenAiResponses:
        return llm::parse_openai_response(answer.body, options);
      case Dialect::kCustom:
        break;
    }
  }
  llm::Reply reply;
  reply.failure = llm::parse_error(answer);
  return reply;
}

}  // namespace client
