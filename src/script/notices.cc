#include "script/notices.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace script {

void Notices::log(std::string_view level, std::string_view text) {
  const std::lock_guard lock(mutex_);
  const std::string line = base::without_controls(text);
  batch_.lines.push_back(level == "info" ? line : fmt::format("{}: {}", level, line));
}

void Notices::fail(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  batch_.failures.push_back(base::without_controls(reason));
}

void Notices::abort(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (!batch_.abort) batch_.abort = base::without_controls(reason);
}

void Notices::watchdog(std::string where) {
  const std::lock_guard lock(mutex_);
  if (!batch_.watchdog) batch_.watchdog = std::move(where);
}

void Notices::script_error(const std::string& text) {
  const std::lock_guard lock(mutex_);
  ++batch_.errors[base::without_controls(text)];
}

Notices::Batch Notices::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(batch_, {});
}

}  // namespace script
