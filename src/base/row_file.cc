#include "base/row_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/csv_reader.h"
#include "base/row_index.h"
#include "base/text.h"

namespace base {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

std::string reason() { return std::generic_category().message(errno); }

std::string_view without_trailing(std::string_view text, std::string_view characters) {
  const std::size_t last = text.find_last_not_of(characters);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::size_t line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::count(
                 text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

}  // namespace

Result<std::shared_ptr<const RowFile>> RowFile::open(const std::string& path, Format format) {
  std::shared_ptr<RowFile> file(new RowFile(path, format));
  if (auto done = file->map(); !done) return fail_at(path, done.error());
  if (auto done = file->index(); !done) return tl::unexpected(done.error());
  if (format == Format::kCsv) {
    if (auto done = file->read_header(); !done) return fail_at(path, done.error());
  }
  if (file->offsets_.empty()) return fail("{}: the file has no rows", path);
  return file;
}

RowFile::~RowFile() {
  if (!mapping_.empty()) ::munmap(const_cast<char*>(mapping_.data()), mapping_.size());
}

Result<void> RowFile::map() {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  const Descriptor file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) return fail("{}", reason());
  if (!S_ISREG(status.st_mode)) return fail("not a regular file");
  if (status.st_size == 0) return fail("the file is empty");
  const auto size = static_cast<std::size_t>(status.st_size);
  void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (memory == MAP_FAILED) return fail("{}", reason());
  mapping_ = {static_cast<const char*>(memory), size};
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  text_ = mapping_.substr(mapping_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  return {};
}

Result<void> RowFile::index() {
  const std::size_t first = text_.find_first_not_of(kSpace);
  is_array_ = format_ == Format::kJson && first != std::string_view::npos && text_[first] == '[';
  RowIndex offsets = is_array_                   ? index_json_array(text_)
                     : format_ == Format::kCsv   ? index_csv(text_)
                     : format_ == Format::kLines ? index_lines(text_, false)
                                                 : index_lines(text_, true);
  if (!offsets) {
    const RowError& error = offsets.error();
    return fail("{}:{}: {}", path_, line_at(text_, error.offset), error.message);
  }
  offsets_ = std::move(*offsets);
  offsets_.shrink_to_fit();
  return {};
}

Result<void> RowFile::read_header() {
  if (offsets_.empty()) return fail("expected a header with the columns' names, and rows");
  auto names = parse_csv_row(row(0));
  if (!names) return tl::unexpected(names.error());
  for (auto name = names->begin(); name != names->end(); ++name) {
    if (std::find(names->begin(), name, *name) != name) {
      return fail("the header has the column \"{}\" twice", *name);
    }
  }
  columns_ = std::move(*names);
  offsets_.erase(offsets_.begin());
  return {};
}

std::string_view RowFile::row(std::size_t row) const {
  const std::size_t begin = offsets_[row];
  const std::size_t end = row + 1 < offsets_.size() ? offsets_[row + 1] : text_.size();
  const std::string_view text = text_.substr(begin, end - begin);
  const bool is_json = format_ == Format::kJson || format_ == Format::kJsonLines;
  const std::string_view trimmed = without_trailing(text, is_json ? kSpace : "\r\n");
  if (!is_array_) return trimmed;
  // Behind an element stands one comma or the array's end.
  return without_trailing(trimmed.substr(0, trimmed.size() - 1), kSpace);
}

std::size_t RowFile::line_number(std::size_t row) const { return line_at(text_, offsets_[row]); }

Result<std::vector<std::string>> RowFile::fields(std::size_t row) const {
  auto fields = parse_csv_row(this->row(row));
  if (fields && fields->size() != columns_.size()) {
    return fail("expected {} fields, as many as the header has, got {}", columns_.size(),
                fields->size());
  }
  return fields;
}

RowFile::Format row_format_of(std::string_view path) {
  const std::string name = to_lower(path);
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson")) return RowFile::Format::kJsonLines;
  if (name.ends_with(".json")) return RowFile::Format::kJson;
  return name.ends_with(".csv") ? RowFile::Format::kCsv : RowFile::Format::kLines;
}

}  // namespace base
