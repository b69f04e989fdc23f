// The text of a summary while it is put together.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/figures.h"
#include "output/paint.h"
#include "output/run_result.h"
#include "output/table.h"

namespace output {

// How much of a run a summary tells; docs/metrics.md says what the short one leaves out.
enum class Detail { kShort, kFull, kNone };

struct SummaryOptions {
  std::size_t width = 100;
  bool colours = false;
  Detail detail = Detail::kFull;
  // On a terminal no line is wider than the width. Elsewhere a word or a script error's text may be.
  bool is_terminal = false;
};

// One page has sections with an empty line between them.
class Page {
 public:
  // What add_titled and add_table were given, for who lays it out in another way than as text.
  struct Block {
    std::string title;
    std::vector<std::string> parts{};
    std::optional<Table> table{};
  };

  explicit Page(const SummaryOptions& options);

  void start_section();                  // Where nothing follows there will be none.
  void add_line(std::string_view line);  // As it is; what a terminal has no room for is wrapped.
  void add_wrapped(std::string_view text, std::size_t hanging_indent = 2);
  // "title    text": the text starts where that of other such lines does, and stays there when it
  // needs several lines. A title that is too long for that is cut.
  void add_titled(std::string_view title, std::string_view text);
  void add_titled(std::string_view title, const std::vector<std::string>& parts);
  // The parts with " · " between them; lines break only there.
  void add_parts(const std::vector<std::string>& parts, std::size_t hanging_indent = 2);
  void add_table(const Table& table);  // A section of its own; the header is its title.

  std::size_t width() const { return width_; }
  const Paint& paint() const { return paint_; }
  Legend& legend() { return legend_; }
  std::string take_text() { return std::move(text_); }
  const std::vector<Block>& blocks() const { return blocks_; }

 private:
  void open_section();
  void add_titled_lines(std::string_view head, std::string_view lines);
  std::string title_column(std::string_view title) const;
  std::string join_parts(const std::vector<std::string>& parts, std::size_t column,
                         std::size_t hanging_indent) const;

  std::size_t width_;
  LongWords long_words_;
  Paint paint_;
  Legend legend_;
  std::string text_;
  std::vector<Block> blocks_;
  bool section_begins_ = false;
};

}  // namespace output
