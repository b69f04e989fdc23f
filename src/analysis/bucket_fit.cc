#include "analysis/bucket_fit.h"

#include <algorithm>

namespace analysis {

std::optional<BucketFit> fit_bucket(const std::vector<BucketSample>& samples) {
  const auto first_refused = std::find_if(
      samples.begin(), samples.end(), [](const BucketSample& sample) { return sample.refused; });
  if (first_refused == samples.end()) return std::nullopt;
  BucketFit fit;
  fit.first_refusal_s = first_refused->at_s - samples.front().at_s;
  fit.retry_after_s = first_refused->retry_after_s;
  struct Accepted {
    double at_s;
    double sum;  // Of all until then, itself included.
  };
  std::vector<Accepted> late;  // Those after the first refusal.
  double sum = 0;
  for (auto sample = samples.begin(); sample != samples.end(); ++sample) {
    fit.refused += sample->refused ? 1 : 0;
    if (sample->refused || sample->amount <= 0) continue;
    ++fit.accepted;
    sum += sample->amount;
    if (sample < first_refused) fit.accepted_first = sum;
    if (sample > first_refused) late.push_back({sample->at_s, sum});
  }
  constexpr std::size_t kFewest = 3;
  if (late.size() < kFewest) return std::nullopt;
  const double span = late.back().at_s - late.front().at_s;
  if (span <= 0) return std::nullopt;
  fit.rate_per_s = (late.back().sum - late.front().sum) / span;
  fit.recovered_s = late.front().at_s - first_refused->at_s;
  for (const Accepted& accepted : late) {
    const double refilled = fit.rate_per_s * (accepted.at_s - samples.front().at_s);
    fit.burst += (accepted.sum - refilled) / static_cast<double>(late.size());
  }
  return fit;
}

}  // namespace analysis
