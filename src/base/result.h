// Results of operations that are expected to fail now and then, such as parsing what a user wrote.
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace base {

// The message is complete for the user: it names the thing, the place and the mend.
struct Error {
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

// return base::fail("expected a number, got \"{}\"", text);
template <typename... Args>
tl::unexpected<Error> fail(fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{fmt::format(format, std::forward<Args>(args)...)});
}

// The same error with the place in front, as errors travel outwards: "options.stages[2]: " +
// message.
inline tl::unexpected<Error> fail_at(const std::string& place, const Error& error) {
  return tl::unexpected<Error>(Error{place + ": " + error.message});
}

}  // namespace base
