#include "cli/cpu_meter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace cli {
namespace {

constexpr base::Duration kSpan = std::chrono::seconds(1);

std::optional<double> cpu_seconds(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // The name in brackets may hold anything; after it come the state and ten fields that are not
  // wanted.
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) rest >> skipped;
  double user = 0;
  double system = 0;
  if (!(rest >> user >> system)) return std::nullopt;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

void CpuMeter::look(base::TimePoint now) {
  if (const auto used = cpu_seconds(pid_)) seen_.emplace_back(now, *used);
}

double CpuMeter::busiest() const {
  if (seen_.size() < 2) return 0;
  const auto cores = [](const auto& from, const auto& to) {
    const double span = base::to_seconds(to.first - from.first);
    return span > 0 ? (to.second - from.second) / span : 0;
  };
  if (seen_.back().first - seen_.front().first < kSpan) return cores(seen_.front(), seen_.back());
  double most = 0;
  std::size_t from = 0;
  for (const auto& to : seen_) {
    while (to.first - seen_[from + 1].first >= kSpan) ++from;
    if (to.first - seen_[from].first >= kSpan) most = std::max(most, cores(seen_[from], to));
  }
  return most;
}

}  // namespace cli
