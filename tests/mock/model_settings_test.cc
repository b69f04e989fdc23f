#include "mock/model_settings.h"

#include "mock/messages_fixture.h"

using tests::good_body;
using tests::json;
using tests::read;
using tests::refusal;
using tests::taken;
using tests::with;

namespace {

json thinking_body(const char* model, const json& thinking) {
  return with(with(good_body(model), "max_tokens", 4'096), "thinking", thinking);
}

const json kAdaptive = {{"type", "adaptive"}};
const json kOff = {{"type", "disabled"}};

json budget(int tokens) { return {{"type", "enabled"}, {"budget_tokens", tokens}}; }

json effort_body(const char* model, const char* effort) {
  return with(good_body(model), "output_config", {{"effort", effort}});
}

constexpr const char* kFastMode = "fast-mode-2026-02-01";

}  // namespace

TEST_CASE("sampling settings keep their ranges") {
  CHECK(refusal(with(good_body(), "temperature", 1.5)) ==
        "temperature: Input should be less than or equal to 1");
  CHECK(refusal(with(good_body(), "temperature", -0.1)) ==
        "temperature: Input should be greater than or equal to 0");
  CHECK(refusal(with(good_body(), "temperature", "hot")) ==
        "temperature: Input should be a valid number");
  CHECK(refusal(with(good_body(), "top_p", 2)) == "top_p: Input should be less than or equal to 1");
  CHECK(refusal(with(good_body(), "top_k", 0.5)) == "top_k: Input should be a valid integer");
  CHECK(taken(with(good_body(), "temperature", 0)));
}

TEST_CASE("sampling settings are gone from Claude 4.7 on, but for the defaults") {
  for (const char* model : {"claude-opus-4-7", "claude-opus-5", "claude-sonnet-5"}) {
    CHECK(refusal(with(good_body(model), "temperature", 0.5)).starts_with("temperature: "));
    CHECK(refusal(with(good_body(model), "top_p", 0.5)).starts_with("top_p: "));
    CHECK(refusal(with(good_body(model), "top_k", 5)).starts_with("top_k: "));
    CHECK(taken(with(good_body(model), "temperature", 1.0)));
  }
  CHECK(taken(with(good_body("claude-sonnet-4-6"), "temperature", 0.5)));
}

TEST_CASE("a thinking budget is for models up to Claude 4.6") {
  CHECK(read(thinking_body("claude-sonnet-4-5", budget(2'000))).thinking_budget == 2'000);
  CHECK(taken(thinking_body("claude-opus-4-6", budget(2'000))));
  CHECK(refusal(thinking_body("claude-opus-4-7", budget(2'000)))
            .starts_with("thinking: \"thinking.type.enabled\" is not supported for this model."));
}

TEST_CASE("a thinking budget has room") {
  CHECK(refusal(thinking_body("claude-sonnet-4-5", budget(1'023))) ==
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
  CHECK(refusal(thinking_body("claude-sonnet-4-5", {{"type", "enabled"}})) ==
        "thinking.enabled.budget_tokens: Field required");
  const json full = thinking_body("claude-sonnet-4-5", budget(4'096));
  CHECK(refusal(full) == "`max_tokens` must be greater than `thinking.budget_tokens`.");
  const json with_tools = with(full, "tools", json::array({tests::tool("t")}));
  CHECK_FALSE(taken(with_tools));
  CHECK(taken(with_tools, "interleaved-thinking-2025-05-14"));
}

TEST_CASE("adaptive thinking is for Claude 4.6 and later") {
  CHECK(read(thinking_body("claude-opus-4-6", kAdaptive)).thinks);
  CHECK(read(thinking_body("claude-opus-5", kAdaptive)).thinking_budget == 0);
  CHECK(refusal(thinking_body("claude-haiku-4-5", kAdaptive)) ==
        "thinking: adaptive thinking is not supported on this model");
}

TEST_CASE("thinking cannot be turned off everywhere") {
  CHECK_FALSE(read(thinking_body("claude-opus-5", kOff)).thinks);
  CHECK(refusal(thinking_body("claude-fable-5", kOff)).starts_with("thinking: "));
  CHECK(refusal(thinking_body("claude-mythos-5", kOff)).starts_with("thinking: "));
  const json hard =
      with(thinking_body("claude-opus-5", kOff), "output_config", {{"effort", "max"}});
  CHECK(refusal(hard).starts_with("thinking: "));
  CHECK(taken(with(hard, "output_config", {{"effort", "high"}})));
  CHECK(taken(with(hard, "model", "claude-opus-4-8")));
}

TEST_CASE("who thinks unasked, and who shows it") {
  for (const char* model : {"claude-opus-5", "claude-sonnet-5", "claude-fable-5"}) {
    CHECK(read(good_body(model)).thinks);
    CHECK_FALSE(read(good_body(model)).shows_thinking);
  }
  CHECK_FALSE(read(good_body("claude-opus-4-8")).thinks);
  CHECK_FALSE(read(good_body("claude-haiku-4-5")).thinks);
  CHECK_FALSE(read(thinking_body("claude-opus-4-7", kAdaptive)).shows_thinking);
  CHECK(read(thinking_body("claude-opus-4-6", kAdaptive)).shows_thinking);
}

TEST_CASE("the display of thinking is chosen") {
  const auto shows = [](const char* model, const char* display) {
    return read(thinking_body(model, {{"type", "adaptive"}, {"display", display}})).shows_thinking;
  };
  CHECK(shows("claude-opus-5", "summarized"));
  CHECK_FALSE(shows("claude-opus-4-6", "omitted"));
  CHECK(refusal(thinking_body("claude-opus-5", {{"type", "adaptive"}, {"display", "full"}})) ==
        "thinking.display: Input should be 'summarized' or 'omitted'");
  CHECK(refusal(thinking_body("claude-opus-5", {{"type", "disabled"}, {"display", "omitted"}})) ==
        "thinking.disabled.display: Extra inputs are not permitted");
}

TEST_CASE("thinking with a budget does not go with forced tools or another temperature") {
  const json body = thinking_body("claude-sonnet-4-5", budget(2'000));
  CHECK(refusal(with(body, "temperature", 0.5)).starts_with("`temperature` may only be set to 1"));
  json forced = with(body, "tools", json::array({tests::tool("t")}));
  CHECK(taken(forced));
  forced["tool_choice"] = {{"type", "any"}};
  CHECK(refusal(forced) == "Thinking may not be enabled when tool_choice forces tool use.");
}

TEST_CASE("effort has levels that not every model has") {
  CHECK(taken(effort_body("claude-opus-4-5", "low")));
  CHECK(taken(effort_body("claude-opus-4-6", "max")));
  CHECK(taken(effort_body("claude-opus-4-7", "xhigh")));
  CHECK(refusal(effort_body("claude-opus-4-5", "max")).starts_with("output_config.effort: "));
  CHECK(refusal(effort_body("claude-opus-4-6", "xhigh")).starts_with("output_config.effort: "));
  CHECK(refusal(effort_body("claude-haiku-4-5", "low")) ==
        "output_config: This model does not support the effort parameter.");
  CHECK(refusal(effort_body("claude-opus-5", "huge")) ==
        "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'");
}

TEST_CASE("an output format is a JSON schema") {
  const auto with_format = [](const json& format) {
    return with(good_body(), "output_config", {{"format", format}});
  };
  CHECK(taken(with_format({{"type", "json_schema"}, {"schema", {{"type", "object"}}}})));
  CHECK(refusal(with_format({{"type", "json_schema"}})) ==
        "output_config.format.schema: Field required");
  CHECK(refusal(with_format({{"type", "yaml"}})) ==
        "output_config.format.type: Input should be 'json_schema'");
}

TEST_CASE("speed needs its beta and a model that has it") {
  const json fast = with(good_body("claude-opus-5"), "speed", "fast");
  CHECK(refusal(fast) == "speed: Extra inputs are not permitted");
  CHECK(read(fast, kFastMode).fast);
  CHECK(read(with(fast, "model", "claude-opus-4-8"), kFastMode).fast);
  CHECK_FALSE(read(with(fast, "speed", "standard"), kFastMode).fast);
  CHECK(refusal(with(fast, "model", "claude-opus-4-7"), kFastMode) ==
        "speed: 'claude-opus-4-7' does not support the `speed` parameter.");
}

TEST_CASE("the service's settings have their values") {
  CHECK(taken(with(good_body(), "service_tier", "standard_only")));
  CHECK(refusal(with(good_body(), "service_tier", "gold")) ==
        "service_tier: Input should be 'auto' or 'standard_only'");
  CHECK(taken(with(good_body("claude-opus-4-6"), "inference_geo", "us")));
  CHECK(refusal(with(good_body(), "inference_geo", "us")).starts_with("inference_geo: "));
  CHECK(taken(with(good_body(), "container", "container_1")));
  CHECK(refusal(with(good_body(), "container", 5)) == "container: Input should be a valid string");
}

TEST_CASE("metadata has a user's id and nothing else") {
  const auto with_metadata = [](const json& value) { return with(good_body(), "metadata", value); };
  CHECK(taken(with_metadata({{"user_id", "u"}})));
  CHECK(taken(with_metadata({{"user_id", nullptr}})));
  CHECK(refusal(with_metadata({{"user_id", 5}})) ==
        "metadata.user_id: Input should be a valid string");
  CHECK(refusal(with_metadata({{"name", "u"}})) == "metadata.name: Extra inputs are not permitted");
  CHECK(refusal(with_metadata("u")) == "metadata: Input should be a valid dictionary");
}
