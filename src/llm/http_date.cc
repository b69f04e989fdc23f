#include "llm/http_date.h"

#include <ctime>
#include <string>

namespace llm {

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  const std::string date(text);
  for (const char* form : {"%a, %d %b %Y %T GMT", "%a, %d-%b-%y %T GMT", "%a %b %e %T %Y"}) {
    std::tm fields{};
    const char* const end = strptime(date.c_str(), form, &fields);
    if (end == nullptr || end != date.c_str() + date.size()) continue;
    return std::chrono::sys_seconds(std::chrono::seconds(timegm(&fields)));
  }
  return {};
}

}  // namespace llm
