#include "output/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace output {
namespace {

// A cell of a text table hangs its sign beside the column with a space; here the style does.
std::string html_number(std::string_view cell) {
  cell = base::trim(cell);
  if (!cell.ends_with('~')) return html_text(cell);
  cell.remove_suffix(1);
  return html_text(cell) +
         "<span class=\"sign\" title=\"fewer samples than this percentile wants\">~</span>";
}

// A table of the summary has its title in its first header.
std::string caption_of(const Table& table) {
  constexpr std::pair<std::string_view, std::string_view> kCaptions[] = {
      {"task", "Requests by task"},
      {"scenario", "Requests by scenario"},
      {"model", "Requests by model"},
      {"latency", "Times by task"},
      {"per request", "Per request"},
      {"http", "HTTP requests"},
      {"http phases", "Phases of HTTP requests"},
      {"group duration", "Duration by group"}};
  const std::string_view title = base::trim(table.rows().front().cells.front());
  const auto* found = std::find_if(std::begin(kCaptions), std::end(kCaptions),
                                   [title](const auto& each) { return each.first == title; });
  return std::string(found != std::end(kCaptions) ? found->second : title);
}

std::string html_row(const Table::Row& row, std::size_t columns) {
  const std::string label = html_text(base::trim(row.cells.front()));
  if (row.is_heading) {
    return fmt::format("<tr><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>\n", columns, label);
  }
  const bool is_all = label == "all";
  std::string text =
      fmt::format("<tr{}><th scope=\"row\">{}</th>", is_all ? " class=\"all\"" : "", label);
  for (std::size_t i = 1; i < columns; ++i) {
    text += "<td>" + (i < row.cells.size() ? html_number(row.cells[i]) : "") + "</td>";
  }
  return text + "</tr>\n";
}

}  // namespace

std::string html_text(std::string_view plain) {
  std::string text;
  text.reserve(plain.size());
  for (const char c : base::without_controls(plain)) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&quot;";
        break;
      case '\'':
        text += "&#39;";
        break;
      default:
        text += c;
    }
  }
  return text;
}

std::string_view html_class(Headline::Tone tone) {
  switch (tone) {
    case Headline::Tone::kGood:
      return "good";
    case Headline::Tone::kBad:
      return "bad";
    case Headline::Tone::kUnsure:
      return "unsure";
  }
  return "unsure";
}

std::string_view html_mark(Headline::Tone tone) {
  if (tone == Headline::Tone::kGood) return "✓";
  return tone == Headline::Tone::kBad ? "✗" : "?";
}

std::string html_verdict(const Headline& headline, std::string_view more) {
  return fmt::format(
      "<div class=\"verdict {}\">\n<h2><span aria-hidden=\"true\">{}</span> {}</h2>\n"
      "<p>{}</p>\n{}</div>\n",
      html_class(headline.tone), html_mark(headline.tone), html_text(headline.label),
      html_text(headline.detail), more);
}

std::string fill_slots(std::string_view text,
                       const std::vector<std::pair<std::string_view, std::string>>& slots) {
  std::string filled;
  while (true) {
    const std::size_t open = text.find("{{");
    filled += text.substr(0, open);
    if (open == std::string_view::npos) return filled;
    text.remove_prefix(open + 2);
    const std::size_t close = text.find("}}");
    const std::string_view name = text.substr(0, close);
    const auto slot = std::find_if(slots.begin(), slots.end(),
                                   [name](const auto& each) { return each.first == name; });
    filled += slot->second;
    text.remove_prefix(close + 2);
  }
}

std::string html_table(const Table& table, std::string_view caption) {
  const auto& rows = table.rows();
  const std::size_t columns = rows.front().cells.size();
  std::string text = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table>\n"
      "<caption>{0}</caption>\n<thead><tr>",
      html_text(caption));
  for (std::size_t i = 0; i < columns; ++i) {
    text += fmt::format("<th scope=\"col\"{}>{}</th>", i > 0 ? " class=\"number\"" : "",
                        html_text(base::trim(rows.front().cells[i])));
  }
  text += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 1; i < rows.size(); ++i) {
    // Each heading begins a group of rows.
    if (rows[i].is_heading && i > 1) text += "</tbody>\n<tbody>\n";
    text += html_row(rows[i], columns);
  }
  return text + "</tbody></table></div>\n";
}

std::string html_facts(const std::vector<Fact>& facts) {
  if (facts.empty()) return "";
  std::string text = "<dl class=\"facts card\">\n";
  for (const auto& [name, parts] : facts) {
    // The summary indents what is a part of the line before.
    text += name.starts_with(' ') ? "<dt class=\"inner\">" : "<dt>";
    text += html_text(base::trim(name)) + "</dt><dd>";
    for (const std::string& part : parts) {
      text += parts.size() == 1 ? html_text(part) : "<span>" + html_text(part) + "</span> ";
    }
    text += "</dd>\n";
  }
  return text + "</dl>\n";
}

std::string html_blocks(const std::vector<Page::Block>& blocks) {
  std::string text;
  std::vector<Fact> facts;
  for (const Page::Block& block : blocks) {
    if (!block.table) {
      facts.push_back({block.title, block.parts});
      continue;
    }
    text += html_facts(facts);
    facts.clear();
    text += html_table(*block.table, caption_of(*block.table));
  }
  return text + html_facts(facts);
}

std::string html_list(const std::vector<std::string>& items) {
  std::string text = "<ul>\n";
  for (const std::string& item : items) text += "<li>" + html_text(item) + "</li>\n";
  return text + "</ul>\n";
}

}  // namespace output
