#include "mock/openai_form.h"

#include <nlohmann/json.hpp>

namespace mock {

std::string json_string(std::string_view text) {
  using nlohmann::json;
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string draw_obfuscation(base::RandomStream& random) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::uint64_t kLengths = 16;
  std::string letters(random.below(kLengths), ' ');
  for (char& letter : letters) letter = kLetters[random.below(kLetters.size())];
  return letters;
}

}  // namespace mock
