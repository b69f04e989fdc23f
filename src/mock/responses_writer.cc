#include "mock/responses_writer.h"

#include <fmt/format.h>

#include <utility>

#include "mock/openai_form.h"

namespace mock {
namespace {

using nlohmann::ordered_json;
using Kind = AnswerBlock::Kind;

// The kinds of events that tell of one kind of block.
struct BlockEvents {
  std::string_view part_added;  // "" for a block that is in one piece.
  std::string_view delta;
  std::string_view done;
  std::string_view part_done;
};

constexpr BlockEvents kTextEvents = {"response.content_part.added", "response.output_text.delta",
                                     "response.output_text.done", "response.content_part.done"};
constexpr BlockEvents kSummaryEvents = {
    "response.reasoning_summary_part.added", "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done", "response.reasoning_summary_part.done"};
constexpr BlockEvents kCallEvents = {"", "response.function_call_arguments.delta",
                                     "response.function_call_arguments.done", ""};

const BlockEvents& events_of(const AnswerBlock& block) {
  switch (block.kind) {
    case Kind::kThinking:
      return kSummaryEvents;
    case Kind::kToolUse:
      return kCallEvents;
    case Kind::kText:
      break;
  }
  return kTextEvents;
}

// Ids of items end as the response's own does.
std::string item_id(const Answer& answer, std::size_t index) {
  const AnswerBlock& block = answer.blocks[index];
  const std::string_view prefix = block.kind == Kind::kThinking  ? "rs"
                                  : block.kind == Kind::kToolUse ? "fc"
                                                                 : "msg";
  const std::string_view tail = std::string_view(answer.id).substr(answer.id.find('_') + 1);
  return fmt::format("{}_{:02x}{}", prefix, index, tail);
}

ordered_json part_json(const AnswerBlock& block, const std::string& text) {
  if (block.kind == Kind::kThinking) return {{"type", "summary_text"}, {"text", text}};
  return {{"type", "output_text"},
          {"annotations", ordered_json::array()},
          {"logprobs", ordered_json::array()},
          {"text", text}};
}

enum class ItemState : std::uint8_t { kBegun, kDone };

ordered_json item_json(const Answer& answer, std::size_t index, const std::string& text,
                       ItemState state) {
  const AnswerBlock& block = answer.blocks[index];
  const bool done = state == ItemState::kDone;
  const char* status = !done ? "in_progress" : block.cut ? "incomplete" : "completed";
  ordered_json parts = ordered_json::array();
  if (done && block.shown) parts.push_back(part_json(block, text));
  const std::string id = item_id(answer, index);
  switch (block.kind) {
    case Kind::kThinking:
      return {{"id", id}, {"type", "reasoning"}, {"summary", std::move(parts)}};
    case Kind::kToolUse:
      return {{"id", id},          {"type", "function_call"}, {"status", status},
              {"arguments", text}, {"call_id", block.id},     {"name", block.tool}};
    case Kind::kText:
      break;
  }
  return {{"id", id},
          {"type", "message"},
          {"status", status},
          {"content", std::move(parts)},
          {"role", "assistant"}};
}

ordered_json output_json(const Answer& answer, const std::vector<std::string>& texts) {
  ordered_json output = ordered_json::array();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    output.push_back(item_json(answer, i, texts[i], ItemState::kDone));
  }
  return output;
}

ordered_json usage_json(const Usage& usage) {
  return {
      {"input_tokens", usage.all_input()},
      {"input_tokens_details",
       {{"cached_tokens", usage.cache.read_tokens}, {"cache_write_tokens", cache_writes(usage)}}},
      {"output_tokens", usage.output_tokens},
      {"output_tokens_details", {{"reasoning_tokens", usage.thinking_tokens}}},
      {"total_tokens", usage.all_input() + usage.output_tokens}};
}

// Why the response is not whole; "" where it is.
std::string_view incomplete_reason(StopReason reason) {
  if (reason == StopReason::kMaxTokens) return "max_output_tokens";
  return reason == StopReason::kRefusal ? "content_filter" : "";
}

// The settings of the request are told as if it had none.
ordered_json response_of(const Answer& answer, std::string_view status) {
  return {{"id", answer.id},
          {"object", "response"},
          {"created_at", answer.created},
          {"status", status},
          {"background", false},
          {"completed_at", nullptr},
          {"error", nullptr},
          {"incomplete_details", nullptr},
          {"instructions", nullptr},
          {"max_output_tokens", nullptr},
          {"max_tool_calls", nullptr},
          {"model", answer.model},
          {"output", ordered_json::array()},
          {"parallel_tool_calls", true},
          {"previous_response_id", nullptr},
          {"prompt_cache_key", nullptr},
          {"reasoning", {{"effort", nullptr}, {"summary", nullptr}}},
          {"safety_identifier", nullptr},
          {"service_tier", "default"},
          {"store", true},
          {"temperature", 1.0},
          {"text", {{"format", {{"type", "text"}}}, {"verbosity", "medium"}}},
          {"tool_choice", "auto"},
          {"tools", ordered_json::array()},
          {"top_logprobs", 0},
          {"top_p", 1.0},
          {"truncation", "disabled"},
          {"usage", nullptr},
          {"user", nullptr},
          {"metadata", ordered_json::object()}};
}

ordered_json final_response(const Answer& answer, const std::vector<std::string>& texts) {
  const std::string_view reason = incomplete_reason(answer.stop_reason);
  ordered_json response = response_of(answer, reason.empty() ? "completed" : "incomplete");
  if (reason.empty()) response["completed_at"] = answer.created;
  if (!reason.empty()) response["incomplete_details"] = {{"reason", reason}};
  response["output"] = output_json(answer, texts);
  response["usage"] = usage_json(answer.usage);
  return response;
}

std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

void ResponsesWriter::write(const Step& step, std::vector<StreamEvent>& events) {
  switch (step.kind) {
    case Step::Kind::kStart:
      return write_start(step, events);
    case Step::Kind::kBlockStart:
      return write_block_start(step, events);
    case Step::Kind::kDelta:
      return write_delta(step, events);
    case Step::Kind::kBlockStop:
      return write_block_stop(step, events);
    case Step::Kind::kEnd:
      return write_end(step, events);
    case Step::Kind::kPing:
      return;
  }
}

void ResponsesWriter::write_start(const Step& step, std::vector<StreamEvent>& events) {
  const ordered_json response = {{"response", response_of(answer_, "in_progress")}};
  add(step, "response.created", response, events);
  add(step, "response.in_progress", response, events);
}

void ResponsesWriter::write_block_start(const Step& step, std::vector<StreamEvent>& events) {
  const AnswerBlock& block = answer_.blocks[step.block];
  add(step, "response.output_item.added",
      {{"output_index", step.block},
       {"item", item_json(answer_, step.block, "", ItemState::kBegun)}},
      events);
  if (!block.shown || events_of(block).part_added.empty()) return;
  ordered_json part = in_item(step);
  part["part"] = part_json(block, "");
  add(step, events_of(block).part_added, part, events);
}

// By far the most frequent event: written by hand.
void ResponsesWriter::write_delta(const Step& step, std::vector<StreamEvent>& events) {
  const AnswerBlock& block = answer_.blocks[step.block];
  texts_[step.block] += step.text;
  const std::string_view type = events_of(block).delta;
  const std::string_view place = block.kind == Kind::kThinking ? R"("summary_index":0,)"
                                 : block.kind == Kind::kText   ? R"("content_index":0,)"
                                                               : "";
  StreamEvent event{type, step.due, step.tokens, {}};
  event.bytes = fmt::format(
      "event: {0}\n"
      R"(data: {{"type":"{0}","sequence_number":{1},"item_id":"{2}","output_index":{3},{4})"
      R"("delta":{5},{6}"obfuscation":"{7}"}})"
      "\n\n",
      type, sequence_++, item_id(answer_, step.block), step.block, place, json_string(step.text),
      block.kind == Kind::kText ? R"("logprobs":[],)" : "", draw_obfuscation(padding_));
  events.push_back(std::move(event));
}

void ResponsesWriter::write_block_stop(const Step& step, std::vector<StreamEvent>& events) {
  const AnswerBlock& block = answer_.blocks[step.block];
  const BlockEvents& names = events_of(block);
  const std::string& text = texts_[step.block];
  if (block.shown) {
    ordered_json done = in_item(step);
    done[block.kind == Kind::kToolUse ? "arguments" : "text"] = text;
    if (block.kind == Kind::kText) done["logprobs"] = ordered_json::array();
    add(step, names.done, done, events);
  }
  if (block.shown && !names.part_done.empty()) {
    ordered_json part = in_item(step);
    part["part"] = part_json(block, text);
    add(step, names.part_done, part, events);
  }
  add(step, "response.output_item.done",
      {{"output_index", step.block},
       {"item", item_json(answer_, step.block, text, ItemState::kDone)}},
      events);
}

void ResponsesWriter::write_end(const Step& step, std::vector<StreamEvent>& events) {
  const bool whole = incomplete_reason(answer_.stop_reason).empty();
  add(step, whole ? "response.completed" : "response.incomplete",
      {{"response", final_response(answer_, texts_)}}, events);
}

void ResponsesWriter::add(const Step& step, std::string_view type, const ordered_json& fields,
                          std::vector<StreamEvent>& events) {
  ordered_json event = {{"type", type}, {"sequence_number", sequence_++}};
  event.update(fields);
  events.push_back({type, step.due, 0, fmt::format("event: {}\ndata: {}\n\n", type, dump(event))});
}

ordered_json ResponsesWriter::in_item(const Step& step) const {
  ordered_json place = {{"item_id", item_id(answer_, step.block)}, {"output_index", step.block}};
  const Kind kind = answer_.blocks[step.block].kind;
  if (kind == Kind::kThinking) place["summary_index"] = 0;
  if (kind == Kind::kText) place["content_index"] = 0;
  return place;
}

std::string response_json(const Answer& answer, TokenText text) {
  std::vector<std::string> texts;
  for (const AnswerBlock& block : answer.blocks) {
    texts.push_back(block.kind == Kind::kToolUse ? block.tool_input : text.block_text(block));
  }
  return dump(final_response(answer, texts));
}

}  // namespace mock
