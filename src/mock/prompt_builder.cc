#include "mock/prompt_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "mock/prompt_tokens.h"

namespace mock {
namespace {

using nlohmann::json;

std::uint64_t hash_text(std::string_view text) {
  ContentHash hash;
  hash.add(std::string_view("text"));
  hash.add(text);
  return hash.value();
}

std::uint64_t hash_block(RequestFields& block) {
  if (block.string("type") == "text" && !block.has("citations")) {
    return hash_text(block.string("text"));
  }
  ContentHash hash;
  hash.add_json(block.tree(), true);
  return hash.value();
}

bool is_thinking(const std::string& type) {
  return type == "thinking" || type == "redacted_thinking";
}

}  // namespace

void PromptBuilder::add(PromptSection section, std::string_view role, RequestFields& block) {
  const std::string& type = block.string("type");
  if (is_thinking(type)) {
    if (block.has("cache_control")) block.refuse_extra("cache_control");
  } else {
    last_cacheable_ = request_.prompt.size();
  }
  auto breakpoint = type == "tool_result" ? read_inner_breakpoints(block) : std::nullopt;
  if (const auto own = read_breakpoint(block)) breakpoint = own;
  append(section, role, hash_block(block), block_units(block.tree(), dense_), breakpoint);
}

void PromptBuilder::add_text(PromptSection section, std::string_view role, std::string_view text) {
  last_cacheable_ = request_.prompt.size();
  append(section, role, hash_text(text), text_units(text.size(), dense_), std::nullopt);
}

void PromptBuilder::append(PromptSection section, std::string_view role, std::uint64_t content,
                           std::int64_t units, std::optional<CacheLife> breakpoint) {
  ContentHash hash;
  hash.add(static_cast<std::uint64_t>(section));
  hash.add(role);
  hash.add(request_.prompt.size());
  hash.add(content);
  const std::int64_t before = tokens_;
  units_ += units;
  tokens_ = std::max(before + 1, (units_ + kUnitsPerToken - 1) / kUnitsPerToken);
  request_.prompt.push_back({hash.value(), tokens_ - before, section, breakpoint});
}

std::optional<CacheLife> PromptBuilder::read_breakpoint(RequestFields& holder) {
  if (!holder.has("cache_control")) return std::nullopt;
  RequestFields control = holder.object("cache_control");
  control.required_choice("type", {"ephemeral"});
  control.check_keys({"type", "ttl"});
  ++breakpoints_;
  if (control.choice("ttl", {"5m", "1h"}) != "1h") {
    has_short_life_ = true;
    return CacheLife::k5Minutes;
  }
  if (has_short_life_) {
    control.refuse("ttl",
                   "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control "
                   "block. Note that blocks are processed in the following order: `tools`, "
                   "`system`, `messages`.");
  }
  return CacheLife::k1Hour;
}

// The parts of a tool's result are no blocks of the prompt: a breakpoint within is the result's.
std::optional<CacheLife> PromptBuilder::read_inner_breakpoints(RequestFields& block) {
  std::optional<CacheLife> last;
  const json* content = block.find("content");
  if (content == nullptr || !content->is_array()) return last;
  for (std::size_t i = 0; i < content->size(); ++i) {
    RequestFields part = block.element("content", i, (*content)[i]);
    if (const auto life = read_breakpoint(part)) last = life;
  }
  return last;
}

void PromptBuilder::finish(RequestFields& body) {
  constexpr std::size_t kMostBreakpoints = 4;
  if (body.has("cache_control")) place_automatic(body);
  if (breakpoints_ > kMostBreakpoints) {
    body.refuse(fmt::format("A maximum of {} blocks with cache_control may be provided. Found {}.",
                            kMostBreakpoints, breakpoints_));
  }
  request_.input_tokens = 0;
  for (const PromptBlock& block : request_.prompt) request_.input_tokens += block.tokens;
  request_.input_tokens = std::max<std::int64_t>(1, request_.input_tokens);
}

// https://docs.claude.com/en/build-with-claude/prompt-caching, "Automatic caching".
void PromptBuilder::place_automatic(RequestFields& body) {
  const auto life = read_breakpoint(body);
  if (!last_cacheable_) return;
  auto& breakpoint = request_.prompt[*last_cacheable_].breakpoint;
  if (!breakpoint) {
    breakpoint = life;
    return;
  }
  --breakpoints_;
  if (breakpoint != life) {
    body.refuse("cache_control", "the last block has a cache_control with another ttl");
  }
}

}  // namespace mock
