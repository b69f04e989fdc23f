// Makes what a server says of an error fit to be shown.
#pragma once

#include <string>
#include <string_view>

namespace llm {

// One line of valid UTF-8, at most 500 bytes long, with no key in it; "" where nothing is left.
std::string presentable(std::string_view text);

// The title of an HTML page, which says what the rest says at length; "" where there is none.
std::string_view html_title(std::string_view body);

}  // namespace llm
