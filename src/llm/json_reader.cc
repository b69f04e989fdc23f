#include "llm/json_reader.h"

#include <cstring>

namespace llm {

namespace ondemand = simdjson::ondemand;

ondemand::document* JsonReader::read(std::string_view json) {
  const std::size_t needed = json.size() + simdjson::SIMDJSON_PADDING;
  if (buffer_.size() < needed && !grow(needed)) return nullptr;
  std::memcpy(buffer_.data(), json.data(), json.size());
  if (parser_.iterate(buffer_.data(), json.size(), buffer_.size()).get(document_)) return nullptr;
  // Nothing has been looked at yet, not even whether this can be JSON.
  ondemand::json_type type{};
  return document_.type().get(type) ? nullptr : &document_;
}

std::optional<ondemand::object> JsonReader::read_object(std::string_view json) {
  ondemand::object object;
  if (read(json) == nullptr || document_.get_object().get(object)) return {};
  return object;
}

// In powers of two, so that slowly growing events do not allocate each time.
bool JsonReader::grow(std::size_t needed) {
  std::size_t size = 4096;
  while (size < needed) size *= 2;
  buffer_.resize(size);
  return parser_.allocate(size) == simdjson::SUCCESS;
}

JsonReader& json_reader() {
  thread_local JsonReader reader;
  return reader;
}

simdjson::simdjson_result<ondemand::value> value_at(ondemand::document& document,
                                                    std::string_view pointer) {
  // A look-up that came upon broken JSON leaves a document that must not be used again.
  if (!document.is_alive()) return simdjson::TAPE_ERROR;
  return document.at_pointer(pointer);
}

std::string_view text_of(simdjson::simdjson_result<ondemand::value> value) {
  std::string_view text;
  const simdjson::error_code error = value.get_string().get(text);
  if (error == simdjson::SUCCESS) return text;
  return error == simdjson::STRING_ERROR ? "\uFFFD" : "";
}

}  // namespace llm
