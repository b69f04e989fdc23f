#include "script/notices.h"

#include <fmt/format.h>

#include <utility>

namespace script {

void Notices::log(std::string_view level, std::string_view text) {
  const std::lock_guard lock(mutex_);
  batch_.lines.push_back(level == "info" ? std::string(text) : fmt::format("{}: {}", level, text));
}

void Notices::fail(std::string reason) {
  const std::lock_guard lock(mutex_);
  batch_.failures.push_back(std::move(reason));
}

void Notices::abort(std::string reason) {
  const std::lock_guard lock(mutex_);
  if (!batch_.abort) batch_.abort = std::move(reason);
}

void Notices::watchdog(std::string where) {
  const std::lock_guard lock(mutex_);
  if (!batch_.watchdog) batch_.watchdog = std::move(where);
}

void Notices::script_error(const std::string& text) {
  const std::lock_guard lock(mutex_);
  ++batch_.errors[text];
}

Notices::Batch Notices::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(batch_, {});
}

}  // namespace script
