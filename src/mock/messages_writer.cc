#include "mock/messages_writer.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace mock {
namespace {

using nlohmann::ordered_json;

std::string json_string(const std::string& text) { return nlohmann::json(text).dump(); }

// REQUIRES: printable ASCII, which words and tools' input are.
void append_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

// The same for an answer in whatever form, and no real one: nothing could check it.
std::string signature_of(const Answer& answer) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr size_t kLength = 344;
  std::uint64_t seed = 0;
  for (const char c : answer.id) seed = base::derive_seed(seed, static_cast<unsigned char>(c));
  base::RandomStream random(seed);
  std::string signature = "Eo";
  while (signature.size() < kLength) signature += kAlphabet[random.below(kAlphabet.size())];
  return signature;
}

// What every usage begins with.
ordered_json input_usage(const Usage& usage) {
  return {
      {"input_tokens", usage.input_tokens},
      {"cache_creation_input_tokens", usage.cache.write_5m_tokens + usage.cache.write_1h_tokens},
      {"cache_read_input_tokens", usage.cache.read_tokens}};
}

void add_output(const Usage& usage, ordered_json& json) {
  json["output_tokens"] = usage.output_tokens;
  if (usage.thinking_tokens == 0) return;
  json["output_tokens_details"] = {{"thinking_tokens", usage.thinking_tokens}};
}

// As message_start and whole messages have it, with the output that is known by then.
ordered_json full_usage(const Answer& answer, const Usage& output) {
  ordered_json usage = input_usage(answer.usage);
  usage["cache_creation"] = {{"ephemeral_5m_input_tokens", answer.usage.cache.write_5m_tokens},
                             {"ephemeral_1h_input_tokens", answer.usage.cache.write_1h_tokens}};
  add_output(output, usage);
  usage["service_tier"] = answer.in_batch ? "batch" : "standard";
  usage["inference_geo"] = "not_available";
  if (answer.fast) usage["speed"] = "fast";
  return usage;
}

// stop_reason and what goes with it, as message_delta and whole messages have it.
ordered_json stop_json(const Answer& answer) {
  ordered_json stop = {{"stop_reason", to_string(answer.stop_reason)}, {"stop_sequence", nullptr}};
  if (answer.stop_reason == StopReason::kStopSequence) stop["stop_sequence"] = answer.stop_sequence;
  if (answer.stop_reason == StopReason::kRefusal) {
    stop["stop_details"] = {{"type", "refusal"}, {"category", nullptr}, {"explanation", nullptr}};
  }
  return stop;
}

ordered_json tool_use_json(const AnswerBlock& block) {
  ordered_json input = ordered_json::parse(block.tool_input, nullptr, false);
  if (input.is_discarded()) input = ordered_json::object();  // max_tokens cut it.
  return {{"type", "tool_use"},
          {"id", block.id},
          {"name", block.tool},
          {"input", std::move(input)},
          {"caller", {{"type", "direct"}}}};
}

ordered_json block_json(const Answer& answer, const AnswerBlock& block, TokenText& text) {
  switch (block.kind) {
    case AnswerBlock::Kind::kThinking:
      return {{"type", "thinking"},
              {"thinking", text.block_text(block)},
              {"signature", signature_of(answer)}};
    case AnswerBlock::Kind::kText:
      return {{"type", "text"}, {"text", text.block_text(block)}};
    case AnswerBlock::Kind::kToolUse:
      break;
  }
  return tool_use_json(block);
}

// What stands in a delta before its text: type and field.
std::string_view delta_opening(AnswerBlock::Kind kind) {
  switch (kind) {
    case AnswerBlock::Kind::kThinking:
      return R"("thinking_delta","thinking":")";
    case AnswerBlock::Kind::kText:
      return R"("text_delta","text":")";
    case AnswerBlock::Kind::kToolUse:
      break;
  }
  return R"("input_json_delta","partial_json":")";
}

}  // namespace

void MessagesWriter::write(const Step& step, std::vector<StreamEvent>& events) {
  switch (step.kind) {
    case Step::Kind::kStart:
      return write_start(step, events);
    case Step::Kind::kBlockStart:
      return write_block_start(step, events);
    case Step::Kind::kPing:
      return write_ping(step, events);
    case Step::Kind::kDelta:
      return write_delta(step, step.tokens, step.text, events);
    case Step::Kind::kBlockStop:
      return write_block_stop(step, events);
    case Step::Kind::kEnd:
      return write_end(step, events);
  }
}

void MessagesWriter::recycle(std::vector<StreamEvent>& events) {
  for (StreamEvent& event : events) spare_bytes_.push_back(std::move(event.bytes));
  events.clear();
}

StreamEvent& MessagesWriter::add(std::string_view name, const Step& step,
                                 std::vector<StreamEvent>& events) {
  StreamEvent& event = events.emplace_back();
  event.name = name;
  event.due = step.due;
  if (!spare_bytes_.empty()) {
    event.bytes = std::move(spare_bytes_.back());
    spare_bytes_.pop_back();
    event.bytes.clear();
  }
  event.bytes.append("event: ").append(name).append("\ndata: ");
  return event;
}

void MessagesWriter::write_start(const Step& step, std::vector<StreamEvent>& events) {
  Usage begun;
  begun.output_tokens = answer_.usage.output_tokens > 0 ? 1 : 0;
  StreamEvent& event = add("message_start", step, events);
  fmt::format_to(std::back_inserter(event.bytes),
                 R"({{"type":"message_start","message":{{"model":{},"id":"{}","type":"message",)"
                 R"("role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,)"
                 R"("usage":{}}})",
                 json_string(answer_.model), answer_.id, full_usage(answer_, begun).dump());
  close(event);
}

void MessagesWriter::write_block_start(const Step& step, std::vector<StreamEvent>& events) {
  const AnswerBlock& block = answer_.blocks[step.block];
  StreamEvent& event = add("content_block_start", step, events);
  auto at = std::back_inserter(event.bytes);
  fmt::format_to(at, R"({{"type":"content_block_start","index":{},"content_block":)", step.block);
  switch (block.kind) {
    case AnswerBlock::Kind::kThinking:
      event.bytes += R"({"type":"thinking","thinking":"","signature":""})";
      break;
    case AnswerBlock::Kind::kText:
      event.bytes += R"({"type":"text","text":""})";
      break;
    case AnswerBlock::Kind::kToolUse:
      fmt::format_to(at,
                     R"({{"type":"tool_use","id":"{}","name":{},"caller":{{"type":"direct"}},)"
                     R"("input":{{}}}})",
                     block.id, json_string(block.tool));
      break;
  }
  close(event);
  if (block.kind != AnswerBlock::Kind::kToolUse) return;
  // A ping always follows the first block's start at once, and nothing comes between the two.
  owes_first_input_ = step.block == 0;
  if (!owes_first_input_) write_delta(step, 0, "", events);
}

void MessagesWriter::write_ping(const Step& step, std::vector<StreamEvent>& events) {
  // The API's one line with a space after the colon, and without padding.
  add("ping", step, events).bytes += "{\"type\": \"ping\"}\n\n";
  if (std::exchange(owes_first_input_, false)) write_delta(step, 0, "", events);
}

void MessagesWriter::write_delta(const Step& step, std::uint32_t tokens, std::string_view text,
                                 std::vector<StreamEvent>& events) {
  StreamEvent& event = add("content_block_delta", step, events);
  event.tokens = tokens;
  fmt::format_to(std::back_inserter(event.bytes),
                 FMT_COMPILE(R"({{"type":"content_block_delta","index":{},"delta":{{"type":{})"),
                 step.block, delta_opening(answer_.blocks[step.block].kind));
  append_escaped(text, event.bytes);
  event.bytes += "\"}";
  close(event);
}

void MessagesWriter::write_signature(const Step& step, std::vector<StreamEvent>& events) {
  StreamEvent& event = add("content_block_delta", step, events);
  event.tokens = step.tokens;
  fmt::format_to(std::back_inserter(event.bytes),
                 R"({{"type":"content_block_delta","index":{},"delta":{{)"
                 R"("type":"signature_delta","signature":"{}"}})",
                 step.block, signature_of(answer_));
  close(event);
}

void MessagesWriter::write_block_stop(const Step& step, std::vector<StreamEvent>& events) {
  if (answer_.blocks[step.block].kind == AnswerBlock::Kind::kThinking) {
    write_signature(step, events);
  }
  StreamEvent& event = add("content_block_stop", step, events);
  fmt::format_to(std::back_inserter(event.bytes), R"({{"type":"content_block_stop","index":{})",
                 step.block);
  close(event);
}

void MessagesWriter::write_end(const Step& step, std::vector<StreamEvent>& events) {
  ordered_json usage = input_usage(answer_.usage);
  add_output(answer_.usage, usage);
  StreamEvent& last = add("message_delta", step, events);
  fmt::format_to(std::back_inserter(last.bytes),
                 R"({{"type":"message_delta","delta":{},"usage":{})", stop_json(answer_).dump(),
                 usage.dump());
  close(last);
  StreamEvent& stop = add("message_stop", step, events);
  stop.bytes += R"({"type":"message_stop")";
  close(stop);
}

void MessagesWriter::close(StreamEvent& event) {
  event.bytes.append(padding_.below(16), ' ');
  event.bytes += "}\n\n";
}

std::string message_json(const Answer& answer, TokenText text) {
  ordered_json content = ordered_json::array();
  for (const AnswerBlock& block : answer.blocks) {
    content.push_back(block_json(answer, block, text));
  }
  ordered_json message = {{"model", answer.model},
                          {"id", answer.id},
                          {"type", "message"},
                          {"role", "assistant"},
                          {"content", std::move(content)}};
  message.update(stop_json(answer));
  message["usage"] = full_usage(answer, answer.usage);
  return message.dump();
}

}  // namespace mock
