// Whatever a server sends, a reply comes of it, and the same one wherever reads cut the bytes.
//
// clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -Isrc tests/fuzz/decoder_fuzz.cc \
//   src/net/sse_parser.cc src/llm/{anthropic,custom_decoder,error_body,error_kind,error_text}.cc \
//   src/llm/{http_date,json_body,json_reader,openai_chat,openai_responses}.cc \
//   src/llm/{reply_builder,usage_json}.cc src/base/{clock,text}.cc -lsimdjson -lfmt -o decoder_fuzz
// ./decoder_fuzz -max_total_time=60 tests/fixtures/anthropic tests/fixtures/openai_chat
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "llm/anthropic.h"
#include "llm/custom_decoder.h"
#include "llm/error_body.h"
#include "llm/openai.h"
#include "net/sse_parser.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::unique_ptr<llm::StreamDecoder> make_chat_by_pointers(llm::DecoderOptions options) {
  llm::CustomRules rules;
  rules.content = llm::CustomRules::ContentRule::kPointer;
  rules.content_pointer = "/choices/0/delta/content";
  rules.done_text = "[DONE]";
  rules.done_pointer = "/choices/0/finish_reason";
  rules.output_tokens_pointer = "/usage/completion_tokens";
  return llm::make_custom_decoder(rules, std::move(options));
}

using MakeDecoder = std::unique_ptr<llm::StreamDecoder> (*)(llm::DecoderOptions);

constexpr MakeDecoder kDecoders[] = {llm::make_anthropic_decoder, llm::make_openai_chat_decoder,
                                     llm::make_openai_responses_decoder, make_chat_by_pointers};

struct Decoded {
  llm::Reply reply;
  std::vector<llm::Content> contents;  // Of every event.
};

// Each read is next_size() bytes long, in memory of its own that is gone after the call.
Decoded decode(MakeDecoder make, std::string_view bytes,
               const std::function<std::size_t()>& next_size) {
  Decoded decoded;
  const auto decoder = make({});
  net::SseParser parser(
      [&](const net::SseEvent& event) { decoded.contents.push_back(decoder->on_event(event)); });
  while (!bytes.empty()) {
    const std::string_view read = bytes.substr(0, next_size());
    const std::vector<char> block(read.begin(), read.end());
    parser.feed({block.data(), block.size()});
    bytes.remove_prefix(read.size());
  }
  decoder->on_end(llm::BodyEnd::kWhole);
  decoded.reply = decoder->take_reply();
  return decoded;
}

void require_same(const Decoded& a, const Decoded& b) {
  require(a.contents == b.contents);
  require(a.reply.id == b.reply.id && a.reply.stop_reason == b.reply.stop_reason);
  require(a.reply.text == b.reply.text && a.reply.thinking == b.reply.thinking);
  require(a.reply.tool_uses.size() == b.reply.tool_uses.size());
  require(a.reply.complete == b.reply.complete);
  require(a.reply.failure.has_value() == b.reply.failure.has_value());
  require(a.reply.usage.output_tokens == b.reply.usage.output_tokens);
}

void check_failure(const llm::Failure& failure) {
  require(!failure.message.empty() && failure.message.size() <= 500);
  const bool limited = failure.kind == llm::ErrorKind::kRateLimited;
  require(limited || failure.limit == llm::LimitKind::kUnknown);
}

void check_reply(const Decoded& decoded) {
  const llm::Reply& reply = decoded.reply;
  require(reply.complete || reply.failure);
  require(reply.events == decoded.contents.size());
  require(reply.content_events + reply.pings + reply.unknown_events <= reply.events);
  if (!reply.failure) return;
  check_failure(*reply.failure);
  require(!reply.complete || reply.failure->kind == llm::ErrorKind::kRefused);
}

void check_stream(MakeDecoder make, std::string_view bytes) {
  const Decoded whole = decode(make, bytes, [&] { return bytes.size(); });
  check_reply(whole);
  require_same(whole, decode(make, bytes, [] { return std::size_t{1}; }));
  // The input itself says how long the reads are.
  std::size_t at = 0;
  require_same(whole, decode(make, bytes, [&] {
                 return 1 +
                        static_cast<unsigned char>(bytes[at++ % bytes.size()]) % std::size_t{32};
               }));
}

// The body, and a header that says how long to wait, are the same bytes.
void check_error(std::string_view bytes) {
  llm::ErrorAnswer answer;
  answer.status = 429;
  answer.body = bytes;
  answer.retry_after = bytes;
  answer.date = "Wed, 21 Oct 2026 07:28:00 GMT";
  const llm::Failure failure = llm::parse_error(answer);
  check_failure(failure);
  require(!failure.retry_after || *failure.retry_after >= base::Duration::zero());
  check_failure(llm::parse_stream_error(answer));
}

}  // namespace

// The first byte chooses what the others are given to.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t choice = data[0] % (std::size(kDecoders) + 1);
  if (choice == std::size(kDecoders)) {
    check_error(bytes);
  } else {
    check_stream(kDecoders[choice], bytes);
  }
  return 0;
}
