#include "script/token_source.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>

#include "base/text.h"

namespace script {
namespace {

constexpr base::Duration kPause = std::chrono::seconds(10);  // Before what failed is tried again.

base::Result<std::string> run(const std::string& command) {
  std::FILE* output = popen(command.c_str(), "re");
  if (output == nullptr) return base::fail("token_command: cannot be run");
  std::string text;
  std::array<char, 4096> part;
  for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), output)) > 0;) {
    text.append(part.data(), got);
  }
  const int status = pclose(output);
  const std::string token(base::trim(text));
  if (status == 0 && !token.empty()) return token;
  if (status == 0) return base::fail("token_command: printed nothing");
  return base::fail("token_command: failed with exit code {}", WEXITSTATUS(status));
}

}  // namespace

base::Result<std::string> TokenSource::token(const std::string& command, base::Duration lifetime) {
  const base::TimePoint now = base::MonotonicClock().now();
  const std::scoped_lock lock(mutex_);
  Token& known = tokens_[command];
  if (known.text.empty()) {
    auto first = run(command);
    if (first) known = {.text = *first, .made = now};
    return first;
  }
  if (known.next.valid()) {
    if (known.next.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      return known.text;
    if (const auto fresh = known.next.get()) {
      known.text = *fresh;
      known.made = known.asked;
    }
  } else if (now - known.made > lifetime && now - known.asked > kPause) {
    known.asked = now;
    known.next = std::async(std::launch::async, &run, command);
  }
  return known.text;
}

}  // namespace script
