#include "mock/freeze.h"

#include "base/duration.h"
#include "base/text.h"

namespace mock {

base::Duration Freeze::left(base::Duration since_start) const {
  if (length == base::Duration::zero() || since_start < base::Duration::zero()) return {};
  const base::Duration phase = since_start % period;
  return phase < period - length ? base::Duration::zero() : period - phase;
}

base::Result<Freeze> parse_freeze(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return base::fail("expected length/period such as \"1s/5s\", got \"{}\"", text);
  }
  const auto length = base::parse_duration(base::trim(text.substr(0, slash)));
  if (!length) return tl::unexpected(length.error());
  const auto period = base::parse_duration(base::trim(text.substr(slash + 1)));
  if (!period) return tl::unexpected(period.error());
  if (*length <= base::Duration::zero() || *length >= *period) {
    return base::fail("expected a freeze longer than 0 and shorter than its period, got \"{}\"",
                      text);
  }
  return Freeze{*length, *period};
}

}  // namespace mock
