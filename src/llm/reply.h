// A provider's answer, the same for every provider, streamed or not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llm/error_kind.h"

namespace llm {

// Token counts as the provider reported them. Input excludes what the cache served or stored:
// all input is input_tokens + cache_read_tokens + cache_write_tokens.
struct Usage {
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t cache_read_tokens = 0;
  std::uint64_t cache_write_tokens = 0;          // Both lifetimes together.
  std::uint64_t cache_write_1h_tokens = 0;       // The part of them kept for an hour.
  std::optional<std::uint64_t> thinking_tokens;  // Part of output_tokens; not always reported.
  std::uint64_t web_searches = 0;                // That the server made and bills one by one.
  bool us_only = false;                          // Billed at the rate of inference in the US alone.
  bool fast = false;                             // Answered in fast mode.
  bool final = false;  // False while only the message's start has been seen.

  std::uint64_t all_input() const { return input_tokens + cache_read_tokens + cache_write_tokens; }
};

struct ToolUse {
  std::string id;
  std::string name;
  std::string input_json;  // As it came, joined; whole only where the block was finished.
};

struct Reply {
  std::string id;
  std::string model;  // As the provider resolved it.
  std::string stop_reason;
  std::string text;      // All text blocks, joined.
  std::string thinking;  // All thinking blocks, joined.
  bool thought = false;  // A thinking block came, whether its text was shown or not.
  std::vector<ToolUse> tool_uses;
  Usage usage;
  std::optional<Failure> failure;
  bool complete = false;  // The terminal event came, or the whole of a non-streaming answer.

  std::uint64_t events = 0;          // All events of the stream, pings among them.
  std::uint64_t content_events = 0;  // Those that carried text, thinking or tool input.
  // Those that are part of the message: content, and what opens and closes it. They are what a chat
  // completion sends with a choice; of Anthropic's message_start and message_delta, of OpenAI's
  // responses their counterparts.
  std::uint64_t message_events = 0;
  std::uint64_t pings = 0;
  std::uint64_t unknown_events = 0;
};

}  // namespace llm
