// The run's course in words, and its figures by how many users there were.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/evidence.h"

namespace analysis {

// "in 6 of 20 intervals, from 4s to 12s; half of them in 2 of these": when requests failed so; ""
// where the course is not known or has none.
std::string when_failed(const std::vector<Moment>& course, std::string_view kind);

// Moments that had about as many VUs, put together.
struct Step {
  double fewest_vus = 0;
  double most_vus = 0;
  double seconds = 0;
  double output_tokens = 0;
  metrics::CoarseHistogram ttft{};
  metrics::CoarseHistogram itl{};
};

// By rising VUs: moments with up to 1/4, 1/2, 3/4 and all of the most there were at once; those
// without any, or without a first token, left out, and so are steps that would be empty.
std::vector<Step> by_vus(const std::vector<Moment>& course);

}  // namespace analysis
