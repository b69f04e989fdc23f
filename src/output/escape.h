// Text of any bytes, made safe to stand in a document of another format.
#pragma once

#include <string>
#include <string_view>

namespace output {

// Bytes that are not UTF-8 become U+FFFD.
std::string valid_utf8(std::string_view text);

// For the text of an XML element, and for the value of an attribute in double quotes. Characters that
// XML 1.0 cannot hold in any form, such as most control characters, become U+FFFD.
std::string xml_text(std::string_view text);
std::string xml_attribute(std::string_view text);

// For one line of GitHub's Markdown, also in a table's cell: nothing in it has a meaning. Newlines
// become spaces, other control characters "?".
std::string markdown_escaped(std::string_view text);

// The same as code.
std::string markdown_code(std::string_view text);

// A fenced block of lines, with a newline at its end; no line of the text can end it.
std::string markdown_block(std::string_view text);

// For what stands behind "::" in a workflow command of GitHub Actions, and for the value of one of
// its properties. Control characters but for newline and tab become "?".
std::string workflow_message(std::string_view text);
std::string workflow_property(std::string_view text);

}  // namespace output
