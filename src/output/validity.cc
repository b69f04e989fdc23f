#include "output/validity.h"

#include <fmt/format.h>

#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/client_health.h"
#include "metrics/threshold.h"

namespace output {
namespace {

using Tone = Headline::Tone;
using metrics::Store;
using metrics::Unit;

// "A worker used 99% of its core at 12s (8s in all)."
std::string finding_in_words(const metrics::ClientFinding& finding) {
  base::Duration total{};
  for (const metrics::Span& span : finding.spans) total += span.end - span.begin;
  std::string text =
      fmt::format("{} at {}", finding.figure, metrics::format_seconds(finding.worst.begin));
  if (total > finding.worst.end - finding.worst.begin) {
    text += fmt::format(" ({} in all)", metrics::format_seconds(total));
  }
  return text + ".";
}

void add_figures(const RunResult& result, Legend& legend, std::vector<std::string>& grounds) {
  const Store& store = *result.store;
  const auto p99 = [&](const metrics::Trend& trend) {
    return format_percentile(trend, 99, Unit::kTime, legend);
  };
  grounds.push_back(fmt::format("99% of reads were handled within {} of their arrival.",
                                p99(store.trend(metrics::kClientLag))));
  const metrics::Trend start_lag = store.trend(metrics::kStartLag);
  if (start_lag.count() > 0) {
    grounds.push_back(
        fmt::format("99% of iterations began within {} of when they could.", p99(start_lag)));
  }
  if (const auto share = blurred_share(store); share && *share > 0) {
    grounds.push_back(fmt::format(
        "{} of the gaps between tokens were blurred by the client{}.",
        metrics::format_value(*share, Unit::kShare),
        *share > kBlurredShareLimit ? ": inter-token latency is not to be trusted" : ""));
  }
  if (result.host.is_object() && result.host.value("stamps", nlohmann::json()) != "kernel") {
    grounds.push_back("Arrivals were stamped when they were read, not by the kernel.");
  }
}

}  // namespace

std::optional<double> blurred_share(const Store& store) {
  const double blurred = store.counter(metrics::kLlmItlCoalesced);
  const double gaps = blurred + static_cast<double>(store.trend(metrics::kLlmItl).count());
  return gaps > 0 ? std::optional(blurred / gaps) : std::nullopt;
}

Validity validity_of(const RunResult& result, Legend& legend) {
  if (result.store == nullptr) return {Tone::kUnsure, "Nothing was measured."};
  const std::uint64_t reads = result.store->trend(metrics::kClientLag).count();
  if (reads == 0 && result.client_findings.empty()) {
    return {Tone::kUnsure, "Nothing was received, so nothing was measured."};
  }
  Validity validity;
  if (!result.client_findings.empty()) {
    validity.tone = Tone::kUnsure;
    validity.answer =
        "Only in part: perigee itself was held up, and what it measured then may be too high.";
    for (const metrics::ClientFinding& finding : result.client_findings) {
      validity.grounds.push_back(finding_in_words(finding));
      validity.advice.emplace_back(metrics::advice(finding.cause));
    }
  } else if (reads < metrics::ClientHealth::kReadsWanted) {
    validity.tone = Tone::kUnsure;
    validity.answer = fmt::format(
        "Probably: nothing held perigee up, but {} reads are too few to say it for "
        "certain ({} are wanted).",
        base::format_count(reads), metrics::ClientHealth::kReadsWanted);
  } else {
    validity.answer = "Yes: perigee kept up, and added next to nothing to what it measured.";
  }
  if (reads > 0) add_figures(result, legend, validity.grounds);
  const auto share = blurred_share(*result.store);
  if (validity.tone == Tone::kGood && share && *share > kBlurredShareLimit) {
    validity.tone = Tone::kUnsure;
    validity.answer = "Yes, but for inter-token latency: reads came too close together.";
  }
  return validity;
}

}  // namespace output
