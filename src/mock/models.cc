#include "mock/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "mock/page.h"

namespace mock {
namespace {

constexpr std::string_view kUnknownDate = "1970-01-01T00:00:00Z";
constexpr std::int64_t k200Thousand = 200'000;
constexpr std::int64_t kMillion = 1'000'000;

// Numbers of versions without their point: what a model takes follows from its version, but for a
// few exceptions.
constexpr Capabilities of_version(int version) {
  Capabilities can;
  can.budgeted_thinking = version >= 37 && version <= 46;
  can.adaptive_thinking = version >= 46;
  can.thinks_by_default = version >= 50;
  can.shows_thinking = version < 47;
  can.effort = can.max_effort = version >= 46;
  can.xhigh_effort = version >= 47;
  can.sampling = version < 47;
  can.prefill = version < 46;
  can.system_turns = false;
  can.fast_mode = false;
  can.inference_geo = version >= 46;
  return can;
}

constexpr Capabilities opus_4_5() {
  Capabilities can = of_version(45);
  can.effort = true;
  return can;
}

constexpr Capabilities opus_4_8() {
  Capabilities can = of_version(48);
  can.system_turns = can.fast_mode = true;
  return can;
}

constexpr Capabilities opus_5() {
  Capabilities can = of_version(50);
  can.system_turns = can.fast_mode = true;
  can.thinking_off_at_xhigh = false;
  return can;
}

constexpr Capabilities fable_5() {
  Capabilities can = of_version(50);
  can.system_turns = true;
  can.thinking_off = false;
  return can;
}

// After the provider's pages of 2026-08-22 on models, prices (hidden prompts of tools) and prompt
// caching, newest first as the API lists them. Fable's and Mythos' hidden prompts are taken to be
// Opus 5's.
constexpr auto kModels = std::to_array<Model>({
    {"claude-opus-5", "", "Claude Opus 5", "2026-07-24T00:00:00Z", "", "opus-5", kMillion, 128'000,
     512, 286, 406, true, opus_5()},
    {"claude-sonnet-5", "", "Claude Sonnet 5", kUnknownDate, "", "sonnet-5", kMillion, 128'000,
     1'024, 354, 474, true, of_version(50)},
    {"claude-fable-5", "", "Claude Fable 5", kUnknownDate, "", "fable-5", kMillion, 128'000, 512,
     286, 406, true, fable_5()},
    {"claude-mythos-5", "", "Claude Mythos 5", kUnknownDate, "", "fable-5", kMillion, 128'000, 512,
     286, 406, true, fable_5()},
    {"claude-opus-4-8", "", "Claude Opus 4.8", kUnknownDate, "", "opus-4", kMillion, 128'000, 1'024,
     290, 410, true, opus_4_8()},
    {"claude-opus-4-7", "", "Claude Opus 4.7", "2026-04-16T00:00:00Z", "", "opus-4", kMillion,
     128'000, 2'048, 675, 804, true, of_version(47)},
    {"claude-sonnet-4-6", "", "Claude Sonnet 4.6", kUnknownDate, "", "sonnet-4", kMillion, 128'000,
     1'024, 497, 589, false, of_version(46)},
    {"claude-opus-4-6", "", "Claude Opus 4.6", kUnknownDate, "", "opus-4", kMillion, 128'000, 4'096,
     497, 589, false, of_version(46)},
    {"claude-opus-4-5-20251101", "claude-opus-4-5", "Claude Opus 4.5", "2025-11-01T00:00:00Z", "",
     "opus-4", k200Thousand, 64'000, 4'096, 496, 588, false, opus_4_5()},
    {"claude-haiku-4-5-20251001", "claude-haiku-4-5", "Claude Haiku 4.5", "2025-10-01T00:00:00Z",
     "", "haiku-4-5", k200Thousand, 64'000, 4'096, 496, 588, false, of_version(45)},
    {"claude-sonnet-4-5-20250929", "claude-sonnet-4-5", "Claude Sonnet 4.5", "2025-09-29T00:00:00Z",
     "", "sonnet-4", k200Thousand, 64'000, 1'024, 496, 588, false, of_version(45)},
    {"claude-opus-4-1-20250805", "claude-opus-4-1", "Claude Opus 4.1", "2025-08-05T00:00:00Z",
     "2026-08-05", "opus-4", k200Thousand, 32'000, 1'024, 313, 315, false, of_version(41)},
    {"claude-opus-4-20250514", "claude-opus-4-0", "Claude Opus 4", "2025-05-14T00:00:00Z",
     "2026-06-15", "opus-4", k200Thousand, 32'000, 1'024, 313, 315, false, of_version(40)},
    {"claude-sonnet-4-20250514", "claude-sonnet-4-0", "Claude Sonnet 4", "2025-05-14T00:00:00Z",
     "2026-06-15", "sonnet-4", k200Thousand, 64'000, 1'024, 313, 315, false, of_version(40)},
    {"claude-3-7-sonnet-20250219", "claude-3-7-sonnet-latest", "Claude Sonnet 3.7",
     "2025-02-19T00:00:00Z", "2026-02-19", "sonnet-3-7", k200Thousand, 64'000, 1'024, 346, 313,
     false, of_version(37)},
    {"claude-3-5-haiku-20241022", "claude-3-5-haiku-latest", "Claude Haiku 3.5",
     "2024-10-22T00:00:00Z", "2026-02-19", "haiku-3-5", k200Thousand, 8'192, 2'048, 264, 340, false,
     of_version(35)},
    {"claude-3-opus-20240229", "claude-3-opus-latest", "Claude Opus 3", "2024-02-29T00:00:00Z",
     "2026-01-05", "opus-3", k200Thousand, 4'096, 1'024, 530, 281, false, of_version(30)},
    {"claude-3-haiku-20240307", "", "Claude Haiku 3", "2024-03-07T00:00:00Z", "2026-04-20",
     "haiku-3-5", k200Thousand, 4'096, 2'048, 264, 340, false, of_version(30)},
});

nlohmann::ordered_json supported(bool is) { return {{"supported", is}}; }

nlohmann::ordered_json capabilities_json(const Capabilities& can) {
  return {{"batch", supported(true)},
          {"citations", supported(true)},
          {"code_execution", supported(true)},
          {"effort",
           {{"supported", can.effort},
            {"low", supported(can.effort)},
            {"medium", supported(can.effort)},
            {"high", supported(can.effort)},
            {"xhigh", supported(can.xhigh_effort)},
            {"max", supported(can.max_effort)}}},
          {"image_input", supported(true)},
          {"pdf_input", supported(true)},
          {"structured_outputs", supported(true)},
          {"thinking",
           {{"supported", can.budgeted_thinking || can.adaptive_thinking},
            {"types",
             {{"adaptive", supported(can.adaptive_thinking)},
              {"enabled", supported(can.budgeted_thinking)}}}}}};
}

std::string to_json(const Model& model) {
  const nlohmann::ordered_json json = {{"type", "model"},
                                       {"id", model.id},
                                       {"display_name", model.display_name},
                                       {"created_at", model.created_at},
                                       {"max_input_tokens", model.max_input_tokens},
                                       {"max_tokens", model.max_output_tokens},
                                       {"capabilities", capabilities_json(model.can)}};
  return json.dump();
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

tl::expected<std::string, ApiError> list_models(std::string_view query) {
  std::vector<std::string_view> ids;
  for (const Model& model : kModels) {
    if (!model.is_retired()) ids.push_back(model.id);
  }
  const auto page = cut_page(query, ids);
  if (!page) return tl::unexpected(page.error());
  std::vector<std::string> items;
  for (std::size_t i = page->begin; i < page->end; ++i)
    items.push_back(to_json(*find_model(ids[i])));
  return page_json(*page, items, ids);
}

tl::expected<std::string, ApiError> describe_model(std::string_view name) {
  const Model* model = find_model(name);
  if (model == nullptr || model->is_retired()) {
    return tl::unexpected(ApiError{404, fmt::format("model: {}", name)});
  }
  return to_json(*model);
}

}  // namespace mock
