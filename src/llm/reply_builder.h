// What all that reads an answer does with what it finds, streamed or whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/error_body.h"
#include "llm/reply.h"
#include "llm/stream_decoder.h"

namespace llm {

// Cost: allocates only where it keeps a text.
class ReplyBuilder {
 public:
  explicit ReplyBuilder(DecoderOptions options) : options_(std::move(options)) {}

  Reply& reply() { return reply_; }
  const Reply& reply() const { return reply_; }

  // The terminal event came: nothing after it counts.
  bool ended() const { return ended_; }

  // What was added; kNone for an empty piece.
  Content add_text(std::string_view piece);
  Content add_thinking(std::string_view piece);

  // `input` may be whole, or stand for one that comes in pieces under this index.
  Content begin_tool(std::optional<std::uint64_t> index, std::string_view id, std::string_view name,
                     std::string_view input);
  // Input of a tool that was not begun, since the server runs it itself, is content too, but no
  // tool use of the caller's.
  Content add_tool_input(std::optional<std::uint64_t> index, std::string_view piece);
  // The last one begun under this index; null where there is none.
  const ToolUse* find_tool(std::optional<std::uint64_t> index) const;

  // The first failure stands.
  void fail(ErrorKind kind, std::string_view type, std::string message);
  void refuse(std::string_view explanation);  // Which may be "".

  // Ends of the reply: as the dialect says, by an error that came in place of an event, or because
  // a whole body is no answer of this dialect.
  void complete();
  void fail_with_error(std::string_view json);
  void fail_with_body(std::string_view body);

 private:
  // Beside each element of reply_.tool_uses.
  struct ToolInput {
    std::optional<std::uint64_t> index;
    bool in_pieces = false;
  };

  std::size_t last_tool(std::optional<std::uint64_t> index) const;  // The size where there is none.
  ErrorAnswer answer_of(std::string_view body) const;

  DecoderOptions options_;
  Reply reply_;
  std::vector<ToolInput> tool_inputs_;
  bool ended_ = false;
};

}  // namespace llm
