// Pieces of an HTML page. All take plain text, whatever is in it, and give markup.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "output/page.h"
#include "output/table.h"
#include "output/verdict.h"

namespace output {

// With what HTML has a meaning for escaped, for text and for quoted attributes.
std::string html_text(std::string_view plain);

// "good", "bad", "unsure": the classes of style.css.
std::string_view html_class(Headline::Tone tone);

std::string_view html_mark(Headline::Tone tone);  // ✓ ✗ ?

// The box that says at a page's top what came out; `more` is markup.
std::string html_verdict(const Headline& headline, std::string_view more = "");

// The template with each {{name}} replaced by the slot's text; those are not looked at again.
// REQUIRES: a slot for every name.
std::string fill_slots(std::string_view text,
                       const std::vector<std::pair<std::string_view, std::string>>& slots);

// A table that scrolls by itself where it is too wide. The first column and the headings are
// headers; the others are numbers.
std::string html_table(const Table& table, std::string_view caption);

// Names with what is to be said of them.
struct Fact {
  std::string name;
  std::vector<std::string> parts;
};
std::string html_facts(const std::vector<Fact>& facts);  // "" without any.

// What a page was given: its titled lines as facts, its tables with their first header as caption.
std::string html_blocks(const std::vector<Page::Block>& blocks);

std::string html_list(const std::vector<std::string>& items);

}  // namespace output
