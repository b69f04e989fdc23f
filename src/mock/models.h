// The models that the mock knows by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mock {

struct Model {
  std::string_view id;
  std::string_view alias;  // "" where the id is its own alias.
  std::string_view display_name;
  std::string_view created_at;  // RFC 3339; the epoch where the date is not known.
  std::int64_t max_input_tokens = 0;
  std::int64_t max_output_tokens = 0;
  bool system_turns = false;  // Takes the role "system" after the first turn.
};

// By id or alias; null for a model that is not in the table.
const Model* find_model(std::string_view name);

// The name that an answer bears: an alias becomes the dated id, anything else stays as it is.
std::string_view resolve_model(std::string_view name);

// The body of GET /v1/models.
std::string list_models_json();

// The body of GET /v1/models/{id}.
std::optional<std::string> model_json(std::string_view name);

}  // namespace mock
