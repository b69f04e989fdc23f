#include "mock/model_settings.h"

#include <fmt/format.h>

#include <string>

namespace mock {
namespace {

bool is_budgeted(RequestFields& body) {
  return body.object("thinking").string("type") == "enabled";
}

void refuse_setting(RequestFields& body, std::string_view key) {
  body.refuse(key, fmt::format("`{}` is deprecated for this model; leave it out", key));
}

void read_budget(RequestFields& config, ModelRequest& request) {
  constexpr std::int64_t kLeast = 1'024;
  request.thinking_budget = config.as("enabled").required_integer("budget_tokens", kLeast);
}

void read_display(RequestFields& config, const Capabilities& can, ModelRequest& request) {
  const std::string& display = config.choice("display", {"summarized", "omitted"});
  request.shows_thinking = display.empty() ? can.shows_thinking : display == "summarized";
}

void refuse_thinking_type(RequestFields& config, std::string_view type, std::string_view mend) {
  config.refuse(fmt::format("\"thinking.type.{}\" is not supported for this model.{}", type, mend));
}

void read_thinking_off(RequestFields& body, RequestFields& config, const Capabilities& can) {
  config.as("disabled").check_keys({"type"});
  if (!can.thinking_off) refuse_thinking_type(config, "disabled", "");
  const std::string& effort = body.object("output_config").string("effort");
  if (!can.thinking_off_at_xhigh && (effort == "xhigh" || effort == "max")) {
    config.refuse(
        fmt::format("thinking cannot be disabled with effort '{}' on this model", effort));
  }
}

void check_effort(RequestFields& config, const Capabilities& can) {
  const std::string& effort = config.choice("effort", {"low", "medium", "high", "xhigh", "max"});
  if (effort.empty()) return;
  if (!can.effort) return config.refuse("This model does not support the effort parameter.");
  if ((effort == "max" && !can.max_effort) || (effort == "xhigh" && !can.xhigh_effort)) {
    config.refuse("effort",
                  fmt::format("effort level '{}' is not supported by this model", effort));
  }
}

void check_metadata(RequestFields& body) {
  constexpr std::size_t kLongestUser = 512;
  RequestFields metadata = body.object("metadata");
  if (metadata.string("user_id").size() > kLongestUser) {
    metadata.refuse("user_id",
                    fmt::format("String should have at most {} characters", kLongestUser));
  }
  metadata.check_keys({"user_id"});
}

}  // namespace

void read_sampling(RequestFields& body, const Capabilities& can) {
  constexpr double kUsual = 1;
  const double temperature = body.number("temperature", 0, 1).value_or(kUsual);
  const double top_p = body.number("top_p", 0, 1).value_or(kUsual);
  const auto top_k = body.integer("top_k", 0);
  if (!can.sampling) {
    if (temperature != kUsual) refuse_setting(body, "temperature");
    if (top_p != kUsual) refuse_setting(body, "top_p");
    if (top_k) refuse_setting(body, "top_k");
  }
  if (temperature != kUsual && is_budgeted(body)) {
    body.refuse("`temperature` may only be set to 1 when thinking is enabled.");
  }
}

void read_thinking(RequestFields& body, const Capabilities& can, ModelRequest& request) {
  request.thinks = can.thinks_by_default;
  request.shows_thinking = can.shows_thinking;
  if (!body.has("thinking")) return;
  RequestFields config = body.object("thinking");
  const std::string& type = config.required_choice("type", {"enabled", "adaptive", "disabled"});
  if (!body.ok()) return;
  request.thinks = type != "disabled";
  if (type == "disabled") return read_thinking_off(body, config, can);
  read_display(config, can, request);
  if (type == "adaptive") {
    if (!can.adaptive_thinking) config.refuse("adaptive thinking is not supported on this model");
    return config.as(type).check_keys({"type", "display"});
  }
  if (!can.budgeted_thinking) {
    refuse_thinking_type(config, type,
                         " Use \"thinking.type.adaptive\" and \"output_config.effort\" to control "
                         "thinking behavior.");
  }
  read_budget(config, request);
  config.as(type).check_keys({"type", "budget_tokens", "display"});
  if (request.tool_choice == ToolChoice::kAny || request.tool_choice == ToolChoice::kNamed) {
    body.refuse("Thinking may not be enabled when tool_choice forces tool use.");
  }
}

void read_output_config(RequestFields& body, const Capabilities& can) {
  RequestFields config = body.object("output_config");
  check_effort(config, can);
  if (config.has("format")) {
    RequestFields format = config.object("format");
    format.required_choice("type", {"json_schema"});
    format.required_object("schema");
  }
  config.check_keys({"effort", "format", "task_budget"});
}

void read_service(RequestFields& body, const Model& model, ModelRequest& request) {
  check_metadata(body);
  body.choice("service_tier", {"auto", "standard_only"});
  if (!body.string("inference_geo").empty() && !model.can.inference_geo) {
    body.refuse("inference_geo", "inference_geo is not supported for this model");
  }
  if (const auto* container = body.find("container");
      container != nullptr && !container->is_object()) {
    body.string("container");
  }
  request.fast = body.choice("speed", {"standard", "fast"}) == "fast";
  if (request.fast && !model.can.fast_mode) {
    body.refuse("speed",
                fmt::format("'{}' does not support the `speed` parameter.", request.model));
  }
}

}  // namespace mock
