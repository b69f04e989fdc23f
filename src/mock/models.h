// The models that the mock knows by name, and what each of them takes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "mock/api_error.h"

namespace mock {

// What a request may ask of a model. As it stands, that of a model which nobody knows: anything.
struct Capabilities {
  bool budgeted_thinking = true;  // thinking.type "enabled".
  bool adaptive_thinking = true;
  bool thinking_off = true;           // thinking.type "disabled".
  bool thinking_off_at_xhigh = true;  // The same with effort "xhigh" or "max".
  bool thinks_by_default = false;     // Without a field `thinking`.
  bool shows_thinking = true;         // Without a field `thinking.display`.
  bool effort = true;                 // output_config.effort "low", "medium" and "high".
  bool max_effort = true;
  bool xhigh_effort = true;
  bool sampling = true;      // temperature, top_p and top_k other than the defaults.
  bool prefill = true;       // A last turn of the assistant, which the answer continues.
  bool system_turns = true;  // The role "system" after a user's turn.
  bool fast_mode = true;
  bool inference_geo = true;
};

struct Model {
  std::string_view id;
  std::string_view alias;  // "" where the id is its own alias.
  std::string_view display_name;
  std::string_view created_at;   // RFC 3339; the epoch where the date is not known.
  std::string_view retired_on;   // "2026-08-05"; "" for a model in service.
  std::string_view limit_class;  // Models of a class share their rate limits: "opus-4", "sonnet-5".
  std::int64_t max_input_tokens = 0;
  std::int64_t max_output_tokens = 0;
  std::int64_t least_cached_tokens = 0;  // The shortest prefix that is cached.
  // The hidden prompt that comes with tools: with tool_choice auto and none, and with any and tool.
  std::int64_t tool_prompt_tokens = 0;
  std::int64_t forced_tool_prompt_tokens = 0;
  bool dense_tokens = false;  // The tokenizer of Claude 4.7 and later: 30 % more tokens.
  Capabilities can{};

  bool is_retired() const { return !retired_on.empty(); }
};

// By id or alias, retired ones too; null for a model that is not in the table.
const Model* find_model(std::string_view name);

// The name that an answer bears: an alias becomes the dated id, anything else stays as it is.
std::string_view resolve_model(std::string_view name);

// The body of GET /v1/models, newest first, retired ones left out. `query` is the URL's: limit,
// after_id, before_id. Errors: 400 for a limit that is not from 1 to 1000 and an id that is no
// model's.
tl::expected<std::string, ApiError> list_models(std::string_view query);

// The body of GET /v1/models/{id}. Errors: 404 for a model that is unknown or retired.
tl::expected<std::string, ApiError> describe_model(std::string_view name);

}  // namespace mock
