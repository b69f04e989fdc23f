#include "mock/openai_tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mock/names.h"
#include "mock/openai_prompt.h"

namespace mock {
namespace {

using nlohmann::json;

OpenAiFields inner(OpenAiFields& outer, ToolForm form, std::string_view key) {
  return form == ToolForm::kNested ? outer.object(key) : outer;
}

void check_name(OpenAiFields& function, const std::string& name) {
  if (is_plain_name(name)) return;
  function.refuse(fmt::format("Invalid '{}': string does not match pattern. Expected a string that "
                              "matches the pattern '^[a-zA-Z0-9_-]{{1,64}}$'.",
                              function.path_of("name")),
                  function.path_of("name"), "invalid_value");
}

void read_function(OpenAiFields function, ModelRequest& request) {
  Tool tool;
  tool.name = function.required_string("name");
  check_name(function, tool.name);
  function.string("description");
  function.boolean("strict", false);
  const OpenAiFields parameters = function.object("parameters");
  tool.input_schema = parameters.value();
  request.tools.push_back(std::move(tool));
}

void read_tool(OpenAiFields tool, ToolForm form, ModelRequest& request) {
  const std::string type = tool.required_string("type");
  if (type == "function") {
    if (form == ToolForm::kNested && !tool.has("function")) tool.refuse_missing("function");
    read_function(inner(tool, form, "function"), request);
  } else if (form == ToolForm::kNested && type != "custom") {
    tool.refuse_value("type", type, {"function", "custom"});
  }
  add_prompt_block(request, PromptSection::kTools, tool.value());
}

void choose(OpenAiFields& fields, std::string_view key, ModelRequest& request) {
  const std::string mode = fields.choice(key, {"none", "auto", "required"});
  if (mode == "none") request.tool_choice = ToolChoice::kNone;
  if (mode == "required") request.tool_choice = ToolChoice::kAny;
}

void choose_named(OpenAiFields function, ModelRequest& request) {
  request.tool_choice = ToolChoice::kNamed;
  request.named_tool = function.required_string("name");
  const bool known =
      std::any_of(request.tools.begin(), request.tools.end(),
                  [&request](const Tool& tool) { return tool.name == request.named_tool; });
  if (known) return;
  function.refuse(
      fmt::format("Tool choice '{}' not found in 'tools' parameter.", request.named_tool),
      "tool_choice", "");
}

void read_choice(OpenAiFields& body, ToolForm form, ModelRequest& request) {
  const json* choice = body.find("tool_choice");
  if (choice == nullptr) return;
  if (!choice->is_object()) return choose(body, "tool_choice", request);
  OpenAiFields fields = body.object("tool_choice");
  const std::string type = fields.required_string("type");
  if (type == "function") return choose_named(inner(fields, form, "function"), request);
  if (type != "allowed_tools") return;
  OpenAiFields allowed = inner(fields, form, "allowed_tools");
  choose(allowed, "mode", request);
}

// Chat refuses settings of tools that are not there; the responses do not mind.
void check_tools_given(OpenAiFields& body) {
  for (const std::string_view key : {"tool_choice", "parallel_tool_calls"}) {
    if (!body.has(key)) continue;
    body.refuse(
        fmt::format("Invalid value for '{0}': '{0}' is only allowed when 'tools' are specified.",
                    key),
        std::string(key), "");
  }
}

}  // namespace

void read_openai_tools(OpenAiFields& body, ToolForm form, ModelRequest& request) {
  const auto tools = body.array("tools");
  for (std::size_t i = 0; i < tools.size(); ++i) {
    read_tool(body.element("tools", i, tools[i]), form, request);
  }
  if (tools.empty() && form == ToolForm::kNested) check_tools_given(body);
  read_choice(body, form, request);
  request.parallel_tools = body.boolean("parallel_tool_calls", true);
}

}  // namespace mock
