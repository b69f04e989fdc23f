#include "analysis/histogram_json.h"

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace analysis {
namespace {

using nlohmann::json;

metrics::Histogram::Parts parts_from_json(const json& written) {
  metrics::Histogram::Parts parts;
  parts.zeros = written.at("zeros").get<std::uint64_t>();
  parts.out_of_range = written.at("out_of_range").get<std::uint64_t>();
  parts.sum = written.at("sum").get<double>();
  parts.min = written.at("min").get<double>();
  parts.max = written.at("max").get<double>();
  parts.stddev = written.at("stddev").get<double>();
  const json& deltas = written.at("index_deltas");
  const json& counts = written.at("counts");
  if (deltas.size() != counts.size()) {
    throw std::runtime_error("a histogram has more indexes than counts, or fewer");
  }
  std::int64_t index = 0;
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    index += deltas[i].get<std::int32_t>();
    parts.buckets.emplace_back(static_cast<int>(index), counts[i].get<std::uint64_t>());
  }
  return parts;
}

template <typename Kind>
Kind checked(base::Result<Kind> histogram, const json& written) {
  if (!histogram) throw std::runtime_error(histogram.error().message);
  if (histogram->count() != written.at("count").get<std::uint64_t>()) {
    throw std::runtime_error("a histogram's counts do not add up");
  }
  return std::move(*histogram);
}

}  // namespace

metrics::Histogram histogram_from_json(const json& written) {
  if (written.at("scale").get<int>() != metrics::Histogram::kScale) {
    throw std::runtime_error("a histogram has another scale than 7");
  }
  return checked(metrics::Histogram::restore(parts_from_json(written)), written);
}

metrics::CoarseHistogram coarse_histogram_from_json(const json& written) {
  return checked(
      metrics::CoarseHistogram::restore(written.at("scale").get<int>(), parts_from_json(written)),
      written);
}

}  // namespace analysis
