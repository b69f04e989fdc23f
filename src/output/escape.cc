#include "output/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace output {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Replaces every character for which `substitute` has something but "".
template <typename Substitute>
std::string replaced(std::string_view text, Substitute substitute) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const std::string_view instead = substitute(c);
    if (instead.empty()) {
      out += c;
    } else {
      out += instead;
    }
  }
  return out;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::string_view for_xml(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\r':  // As itself it would become a newline.
      return "&#13;";
    case '\n':
    case '\t':
      return {};
    default:
      return static_cast<unsigned char>(c) < 0x20 ? kReplacement : std::string_view();
  }
}

std::string_view for_xml_attribute(char c) {
  switch (c) {
    case '"':
      return "&quot;";
    // As themselves they would become spaces.
    case '\t':
      return "&#9;";
    case '\n':
      return "&#10;";
    default:
      return {};
  }
}

// References rather than backslashes: a table is cut into cells before backslashes are looked at.
std::string_view for_markdown(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '|':
      return "&#124;";
    case '\\':
      return "&#92;";
    case '`':
      return "&#96;";
    case '$':  // Between two of them stands a formula.
      return "&#36;";
    case '*':
      return "\\*";
    case '_':
      return "\\_";
    case '[':
      return "\\[";
    case ']':
      return "\\]";
    case '~':
      return "\\~";
    default:
      return {};
  }
}

std::string one_line(std::string_view text) {
  std::string line = base::without_controls(valid_utf8(text));
  for (char& c : line) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return line;
}

std::size_t longest_run(std::string_view text, char of) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  using nlohmann::json;
  const std::string written = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(written).get<std::string>();
}

std::string xml_text(std::string_view text) {
  std::string escaped = replaced(valid_utf8(text), &for_xml);
  // U+FFFE and U+FFFF, which are UTF-8 but no characters of XML.
  replace_all(escaped, "\xEF\xBF\xBE", kReplacement);
  replace_all(escaped, "\xEF\xBF\xBF", kReplacement);
  return escaped;
}

std::string xml_attribute(std::string_view text) {
  return replaced(xml_text(text), &for_xml_attribute);
}

std::string markdown_escaped(std::string_view text) {
  return replaced(one_line(text), &for_markdown);
}

std::string markdown_code(std::string_view text) {
  const std::string line = one_line(text);
  if (line.empty()) return "";
  if (line.find_first_of("`|\\") == std::string::npos) return "`" + line + "`";
  return "<code>" + markdown_escaped(line) + "</code>";
}

std::string markdown_block(std::string_view text) {
  const std::string lines = base::without_controls(valid_utf8(text));
  const std::string fence(std::max<std::size_t>(3, longest_run(lines, '`') + 1), '`');
  const char* end = lines.empty() || lines.back() == '\n' ? "" : "\n";
  return fmt::format("{}\n{}{}{}\n", fence, lines, end, fence);
}

std::string workflow_message(std::string_view text) {
  return replaced(base::without_controls(valid_utf8(text)), [](char c) -> std::string_view {
    if (c == '%') return "%25";
    return c == '\n' ? "%0A" : "";
  });
}

std::string workflow_property(std::string_view text) {
  return replaced(workflow_message(text), [](char c) -> std::string_view {
    if (c == ':') return "%3A";
    return c == ',' ? "%2C" : "";
  });
}

}  // namespace output
