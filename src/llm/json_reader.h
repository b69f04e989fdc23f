// Reads the JSON of one streamed event.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace llm {

// One per thread, not per stream: thousands of streams are open at once, and a parser's own
// buffers are several times the size of the largest event that it has seen.
//
// Threads: one each, from json_reader().
// Cost:    one copy of the text; allocates only for a text longer than all before it.
class JsonReader {
 public:
  // Null where the text is no JSON; what lies beyond what is looked at is not checked.
  // Lifetime: the document and the strings taken from it are valid until the next call.
  simdjson::ondemand::document* read(std::string_view json);

  // Nothing also where the text is another value than an object.
  std::optional<simdjson::ondemand::object> read_object(std::string_view json);

  // False once a look-up came upon broken JSON: nothing of the document may be used from then on.
  bool is_alive() { return document_.is_alive(); }

 private:
  bool grow(std::size_t needed);

  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  std::vector<char> buffer_;
};

// The thread's own.
JsonReader& json_reader();

// The value at a JSON pointer such as "/choices/0/text". It and a text taken from it are valid
// until the next look-up.
simdjson::simdjson_result<simdjson::ondemand::value> value_at(
    simdjson::ondemand::document& document, std::string_view pointer);

// The text of a value that may hold half of a surrogate pair, as a server writes that cuts a
// character between two tokens: U+FFFD, since it was content though nobody can show it. "" where
// the value is missing or no string.
std::string_view text_of(simdjson::simdjson_result<simdjson::ondemand::value> value);

// The fields of an object of the thread's own reader, in any order; "" or nothing where one is
// missing, of another type, or beyond the place where the JSON is broken.
// Read a text only once: each reading takes its length of the document's memory.
std::string_view string_at(simdjson::ondemand::object& object, const char* key);
std::optional<std::uint64_t> count_at(simdjson::ondemand::object& object, const char* key);
std::optional<simdjson::ondemand::object> object_at(simdjson::ondemand::object& object,
                                                    const char* key);
std::optional<simdjson::ondemand::array> array_at(simdjson::ondemand::object& object,
                                                  const char* key);

// True for what servers of every dialect send in place of an event: one of type "error", vLLM's and
// SGLang's {"object":"error",…}, and {"error":…} without a type, with an object or a text that is
// not empty. `type` is the event's own, or "".
bool is_error(simdjson::ondemand::object& event, std::string_view type);

}  // namespace llm
