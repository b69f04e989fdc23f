#include "mock/models.h"

#include <array>
#include <nlohmann/json.hpp>

namespace mock {
namespace {

constexpr std::string_view kUnknownDate = "1970-01-01T00:00:00Z";
constexpr std::int64_t kMillion = 1'000'000;

// After the models overview of 2026-08-21, newest first as the API lists them.
constexpr std::array<Model, 11> kModels = {{
    {"claude-opus-5", "", "Claude Opus 5", kUnknownDate, kMillion, 128'000, true},
    {"claude-sonnet-5", "", "Claude Sonnet 5", kUnknownDate, kMillion, 128'000, false},
    {"claude-fable-5", "", "Claude Fable 5", kUnknownDate, kMillion, 128'000, true},
    {"claude-mythos-5", "", "Claude Mythos 5", kUnknownDate, kMillion, 128'000, true},
    {"claude-opus-4-8", "", "Claude Opus 4.8", kUnknownDate, kMillion, 128'000, true},
    {"claude-opus-4-7", "", "Claude Opus 4.7", kUnknownDate, kMillion, 128'000, false},
    {"claude-opus-4-6", "", "Claude Opus 4.6", kUnknownDate, kMillion, 128'000, false},
    {"claude-sonnet-4-6", "", "Claude Sonnet 4.6", kUnknownDate, kMillion, 128'000, false},
    {"claude-opus-4-5-20251101", "claude-opus-4-5", "Claude Opus 4.5", "2025-11-01T00:00:00Z",
     200'000, 64'000, false},
    {"claude-haiku-4-5-20251001", "claude-haiku-4-5", "Claude Haiku 4.5", "2025-10-01T00:00:00Z",
     200'000, 64'000, false},
    {"claude-sonnet-4-5-20250929", "claude-sonnet-4-5", "Claude Sonnet 4.5", "2025-09-29T00:00:00Z",
     200'000, 64'000, false},
}};

nlohmann::ordered_json to_json(const Model& model) {
  return {{"type", "model"},
          {"id", model.id},
          {"display_name", model.display_name},
          {"created_at", model.created_at},
          {"max_input_tokens", model.max_input_tokens},
          {"max_tokens", model.max_output_tokens}};
}

}  // namespace

const Model* find_model(std::string_view name) {
  for (const Model& model : kModels) {
    if (model.id == name || (!model.alias.empty() && model.alias == name)) return &model;
  }
  return nullptr;
}

std::string_view resolve_model(std::string_view name) {
  const Model* model = find_model(name);
  return model == nullptr ? name : model->id;
}

std::string list_models_json() {
  nlohmann::ordered_json data = nlohmann::ordered_json::array();
  for (const Model& model : kModels) data.push_back(to_json(model));
  const nlohmann::ordered_json list = {{"data", std::move(data)},
                                       {"first_id", kModels.front().id},
                                       {"last_id", kModels.back().id},
                                       {"has_more", false}};
  return list.dump();
}

std::optional<std::string> model_json(std::string_view name) {
  const Model* model = find_model(name);
  if (model == nullptr) return std::nullopt;
  return to_json(*model).dump();
}

}  // namespace mock
