// Streams of any server, by rules that say which event is what.
#pragma once

#include <memory>
#include <string>

#include "llm/stream_decoder.h"

namespace llm {

// Pointers are JSON pointers (RFC 6901) such as "/choices/0/delta/content", looked up in an event's
// data; "" for none.
struct CustomRules {
  enum class Format {
    kSse,    // text/event-stream.
    kLines,  // Each line is an event, as in NDJSON.
  };
  enum class ContentRule {
    kAllData,  // Every event with data that is not empty: the data is the text.
    kPointer,  // The string at content_pointer, where it is not empty.
    kTold,     // The owner says so later: the decoder finds no content.
  };

  Format format = Format::kSse;
  ContentRule content = ContentRule::kAllData;
  std::string content_pointer;
  // An event that ends the stream: the one whose data is done_text, or the one that has something
  // else than null, false, 0 or "" at done_pointer. With neither, the body's end ends it.
  std::string done_text;
  std::string done_pointer;
  std::string input_tokens_pointer;  // The last number seen counts.
  std::string output_tokens_pointer;

  bool has_done() const { return !done_text.empty() || !done_pointer.empty(); }
  bool reads_json() const {
    return !content_pointer.empty() || !done_pointer.empty() || !input_tokens_pointer.empty() ||
           !output_tokens_pointer.empty();
  }
};

// An event named "error", and JSON with an "error" but no content, make a failure of kind
// stream_error (rate_limited and overloaded where the error's type says so). A body without any
// event is no stream, and truncated. Events that should be JSON and are not are counted as unknown.
//
// Cost: each pointer is looked up in each event. Neither allocates nor builds a tree.
std::unique_ptr<StreamDecoder> make_custom_decoder(CustomRules rules, DecoderOptions options);

}  // namespace llm
