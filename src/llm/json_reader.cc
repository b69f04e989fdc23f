#include "llm/json_reader.h"

#include <cstring>

namespace llm {

namespace ondemand = simdjson::ondemand;

namespace {

// From the object's start each time: simdjson's own search in any order goes on from where it is,
// around the end, and takes it for granted that what it passes for the second time is well-formed.
simdjson::simdjson_result<ondemand::value> field(ondemand::object& object, const char* key) {
  if (!json_reader().is_alive()) return simdjson::TAPE_ERROR;
  if (const auto error = object.reset().error()) return error;
  return object.find_field(key);
}

}  // namespace

ondemand::document* JsonReader::read(std::string_view json) {
  const std::size_t needed = json.size() + simdjson::SIMDJSON_PADDING;
  if (buffer_.size() < needed && !grow(needed)) return nullptr;
  std::memcpy(buffer_.data(), json.data(), json.size());
  // Broken JSON is looked at beyond its end, where another event's must not make sense of it.
  std::memset(buffer_.data() + json.size(), 0, simdjson::SIMDJSON_PADDING);
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

std::string_view string_at(ondemand::object& object, const char* key) {
  return text_of(field(object, key));
}

std::optional<std::uint64_t> count_at(ondemand::object& object, const char* key) {
  std::uint64_t count = 0;
  if (field(object, key).get_uint64().get(count)) return {};
  return count;
}

std::optional<ondemand::object> object_at(ondemand::object& object, const char* key) {
  ondemand::object inner;
  if (field(object, key).get_object().get(inner)) return {};
  return inner;
}

std::optional<ondemand::array> array_at(ondemand::object& object, const char* key) {
  ondemand::array inner;
  if (field(object, key).get_array().get(inner)) return {};
  return inner;
}

bool is_error(ondemand::object& event, std::string_view type) {
  if (type == "error" || string_at(event, "object") == "error") return true;
  if (!type.empty()) return false;
  ondemand::value error;
  ondemand::json_type error_type{};
  if (field(event, "error").get(error) || error.type().get(error_type)) return false;
  return error_type == ondemand::json_type::object || !string_at(event, "error").empty();
}

}  // namespace llm
