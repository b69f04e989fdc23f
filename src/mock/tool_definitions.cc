#include "mock/tool_definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

namespace mock {
namespace {

using nlohmann::json;

bool is_custom(const json& tool) {
  const auto type = tool.find("type");
  return type == tool.end() || type->is_null() || *type == "custom";
}

// "web_search_20250305"; toolsets of MCP servers bear no date.
bool is_of_the_api(const std::string& type) {
  constexpr std::size_t kDate = 8;
  if (type == "mcp_toolset") return true;
  return type.size() > kDate + 1 && type[type.size() - kDate - 1] == '_' &&
         std::all_of(type.end() - kDate, type.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_tool_name(const std::string& name) {
  constexpr std::size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

// Returns the name.
const std::string& read_custom_tool(RequestFields tool, ModelRequest& request) {
  const std::string& name = tool.required_string("name");
  if (!is_tool_name(name)) {
    tool.refuse("name", "String should match pattern '^[a-zA-Z0-9_-]{1,64}$'");
  }
  tool.string("description");
  tool.boolean("strict", false);
  tool.boolean("defer_loading", false);
  tool.required_object("input_schema").required_choice("type", {"object"});
  request.eager_tool_input |= tool.boolean("eager_input_streaming", false);
  request.tools.push_back({name, {}});
  return name;
}

const std::string& read_tool(RequestFields& tool, ModelRequest& request) {
  if (is_custom(tool.tree())) return read_custom_tool(tool.as("custom"), request);
  const std::string& type = tool.string("type");
  if (!is_of_the_api(type)) {
    tool.refuse(fmt::format(
        "Input tag '{}' found using 'type' does not match any of the expected tags", type));
  }
  return tool.string("name");
}

using Names = std::set<std::string_view>;

Names read_definitions(RequestFields& body, PromptBuilder& prompt, ModelRequest& request) {
  Names names;
  const auto tools = body.array("tools");
  for (std::size_t i = 0; i < tools.size(); ++i) {
    RequestFields tool = body.element("tools", i, tools[i]);
    const std::string& name = read_tool(tool, request);
    if (!name.empty() && !names.insert(name).second) {
      body.refuse("tools", "Tool names must be unique.");
    }
    prompt.add(PromptSection::kTools, "", tool);
  }
  return names;
}

void read_choice(RequestFields& body, const Names& names, ModelRequest& request) {
  RequestFields choice = body.object("tool_choice");
  const std::string& type = choice.required_choice("type", {"auto", "any", "tool", "none"});
  if (type == "none") {
    request.tool_choice = ToolChoice::kNone;
    return choice.check_keys({"type"});
  }
  if (body.array("tools").empty()) {
    body.refuse("tool_choice", "tool_choice may only be specified while providing tools");
  }
  request.parallel_tools = !choice.boolean("disable_parallel_tool_use", false);
  if (type == "any") request.tool_choice = ToolChoice::kAny;
  if (type != "tool") return choice.check_keys({"type", "disable_parallel_tool_use"});
  request.tool_choice = ToolChoice::kNamed;
  request.named_tool = choice.required_string("name");
  if (!names.contains(request.named_tool)) {
    choice.refuse(fmt::format("Tool '{}' not found in provided tools", request.named_tool));
  }
  choice.check_keys({"type", "name", "disable_parallel_tool_use"});
}

// Being forced to call a tool of the API's own is to be free.
void ignore_choice_of_api_tools(ModelRequest& request) {
  const bool callable =
      std::any_of(request.tools.begin(), request.tools.end(), [&request](const Tool& tool) {
        return request.tool_choice != ToolChoice::kNamed || tool.name == request.named_tool;
      });
  if (callable || request.tool_choice == ToolChoice::kNone) return;
  request.tool_choice = ToolChoice::kAuto;
  request.named_tool.clear();
}

}  // namespace

void read_tools(RequestFields& body, const Model& model, PromptBuilder& prompt,
                ModelRequest& request) {
  const Names names = read_definitions(body, prompt, request);
  if (body.has("tool_choice")) read_choice(body, names, request);
  if (!body.ok()) return;
  if (!request.prompt.empty()) {
    const bool forced =
        request.tool_choice == ToolChoice::kAny || request.tool_choice == ToolChoice::kNamed;
    prompt.add_tool_prompt(forced ? model.forced_tool_prompt_tokens : model.tool_prompt_tokens);
  }
  ignore_choice_of_api_tools(request);
}

void take_tool_schemas(json& body, ModelRequest& request) {
  auto into = request.tools.begin();
  for (json& tool : body["tools"]) {
    if (is_custom(tool)) (into++)->input_schema = std::move(tool["input_schema"]);
  }
}

}  // namespace mock
