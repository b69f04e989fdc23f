// Collects the prompt of a request and its cache breakpoints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "mock/request.h"
#include "mock/request_fields.h"

namespace mock {

// Blocks are added in the order tools, system, messages, in which a prompt is read and cached.
//
// Tokens are rounded up over the whole prompt, not block by block, but no block has none; a prefix
// has the same tokens in every prompt that begins with it.
class PromptBuilder {
 public:
  // `dense_tokens`: of the model. The request outlives the builder.
  PromptBuilder(bool dense_tokens, ModelRequest& request)
      : dense_(dense_tokens), request_(request) {}

  // A content block or a tool's definition. Refuses a cache_control that is wrong, or stands where
  // none may.
  void add(PromptSection section, std::string_view role, RequestFields& block);

  // A text that is short for one block. It is told apart from none with that text.
  void add_text(PromptSection section, std::string_view role, std::string_view text);

  // The hidden prompt before the first tool. REQUIRES: a tool was added.
  void add_tool_prompt(std::int64_t tokens) { request_.prompt.front().tokens += tokens; }

  // After the last block: places the body's own cache_control, refuses more than four in all, and
  // sums the tokens up.
  void finish(RequestFields& body);

 private:
  void append(PromptSection section, std::string_view role, std::uint64_t content,
              std::int64_t units, std::optional<CacheLife> breakpoint);
  std::optional<CacheLife> read_breakpoint(RequestFields& holder);
  std::optional<CacheLife> read_inner_breakpoints(RequestFields& block);
  void place_automatic(RequestFields& body);

  bool dense_;
  ModelRequest& request_;
  std::int64_t units_ = 0;   // Of all blocks so far.
  std::int64_t tokens_ = 0;  // The same, rounded up, and one at least for each.
  std::size_t breakpoints_ = 0;
  bool has_short_life_ = false;                // A breakpoint of five minutes was there.
  std::optional<std::size_t> last_cacheable_;  // The block's place in the prompt.
};

}  // namespace mock
