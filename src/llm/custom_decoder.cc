#include "llm/custom_decoder.h"

#include <utility>

#include "llm/error_body.h"
#include "llm/json_reader.h"

namespace llm {
namespace {

namespace ondemand = simdjson::ondemand;

// Null, false, 0 and "" stand for "not yet": servers send them in every event but the last.
bool says_yes(ondemand::value value) {
  ondemand::json_type type{};
  if (value.type().get(type)) return false;
  bool flag = false;
  double number = 0;
  std::string_view text;
  switch (type) {
    case ondemand::json_type::boolean:
      return !value.get_bool().get(flag) && flag;
    case ondemand::json_type::number:
      return !value.get_double().get(number) && number != 0;
    case ondemand::json_type::string:
      return !value.get_string().get(text) && !text.empty();
    case ondemand::json_type::null:
      return false;
    case ondemand::json_type::object:
    case ondemand::json_type::array:
      break;
  }
  return true;
}

class CustomDecoder final : public StreamDecoder {
 public:
  CustomDecoder(CustomRules rules, DecoderOptions options)
      : rules_(std::move(rules)), options_(std::move(options)) {}

  Content on_event(const net::SseEvent& event) override;
  void on_end(BodyEnd end) override;
  const Reply& reply() const override { return reply_; }
  Reply take_reply() override { return std::move(reply_); }

 private:
  Content on_json(ondemand::document& json, std::string_view data);
  Content add_text(std::string_view text);
  void read_done(ondemand::document& json);
  void read_usage(ondemand::document& json);
  void read_error(ondemand::document& json, std::string_view data);
  void fail_with(std::string_view data);

  CustomRules rules_;
  DecoderOptions options_;
  Reply reply_;
};

Content CustomDecoder::on_event(const net::SseEvent& event) {
  ++reply_.events;
  if (reply_.failure) return Content::kNone;
  if (event.name == "error") {
    fail_with(event.data);
    return Content::kNone;
  }
  if (!rules_.done_text.empty() && event.data == rules_.done_text) {
    reply_.complete = true;
    return Content::kNone;
  }
  Content content = Content::kNone;
  if (rules_.content == CustomRules::ContentRule::kAllData) content = add_text(event.data);
  if (!rules_.reads_json()) return content;
  ondemand::document* json = json_reader().read(event.data);
  if (json == nullptr) {
    ++reply_.unknown_events;
    return content;
  }
  const Content found = on_json(*json, event.data);
  return found == Content::kNone ? content : found;
}

void CustomDecoder::on_end(BodyEnd end) {
  if (reply_.complete || reply_.failure) return;
  reply_.complete = reply_.events > 0 && end == BodyEnd::kWhole && !rules_.has_done();
  if (reply_.complete) return;
  Failure& failure = reply_.failure.emplace();
  failure.kind = ErrorKind::kTruncated;
  failure.status = options_.status;
  failure.request_id = options_.request_id;
  const std::string& done = rules_.done_text.empty() ? rules_.done_pointer : rules_.done_text;
  failure.message = reply_.events == 0 ? "the stream ended without an event"
                    : done.empty()
                        ? "the connection was closed before the body's end"
                        : "the stream ended before the event that says it is done: " + done;
}

Content CustomDecoder::on_json(ondemand::document& json, std::string_view data) {
  Content content = Content::kNone;
  if (rules_.content == CustomRules::ContentRule::kPointer) {
    content = add_text(text_of(value_at(json, rules_.content_pointer)));
    if (content == Content::kNone) read_error(json, data);
  }
  // Some servers send the counts after the event that ends the text.
  read_usage(json);
  const bool ended = reply_.complete || reply_.failure;
  if (!rules_.done_pointer.empty() && !ended) read_done(json);
  return content;
}

Content CustomDecoder::add_text(std::string_view text) {
  if (text.empty() || reply_.complete) return Content::kNone;
  if (options_.keep_text) reply_.text += text;
  ++reply_.content_events;
  ++reply_.message_events;
  return Content::kText;
}

void CustomDecoder::read_done(ondemand::document& json) {
  ondemand::value value;
  if (value_at(json, rules_.done_pointer).get(value) || !says_yes(value)) return;
  reply_.complete = true;
  // It is often the reason, as "/choices/0/finish_reason" is. Reading a string again needs a new
  // look-up.
  reply_.stop_reason = text_of(value_at(json, rules_.done_pointer));
}

void CustomDecoder::read_usage(ondemand::document& json) {
  const auto read = [&](const std::string& pointer, std::uint64_t& count) {
    std::uint64_t found = 0;
    if (pointer.empty() || value_at(json, pointer).get_uint64().get(found)) return false;
    count = found;
    return true;
  };
  read(rules_.input_tokens_pointer, reply_.usage.input_tokens);
  if (read(rules_.output_tokens_pointer, reply_.usage.output_tokens)) reply_.usage.final = true;
}

void CustomDecoder::read_error(ondemand::document& json, std::string_view data) {
  ondemand::value error;
  ondemand::json_type type{};
  if (value_at(json, "/error").get(error) || error.type().get(type)) return;
  const bool is_object = type == ondemand::json_type::object;
  if (is_object || (type == ondemand::json_type::string && says_yes(error))) fail_with(data);
}

void CustomDecoder::fail_with(std::string_view data) {
  if (reply_.complete) return;
  reply_.failure = parse_stream_error(
      {.status = options_.status, .body = data, .request_id = options_.request_id});
}

}  // namespace

std::unique_ptr<StreamDecoder> make_custom_decoder(CustomRules rules, DecoderOptions options) {
  return std::make_unique<CustomDecoder>(std::move(rules), std::move(options));
}

}  // namespace llm
