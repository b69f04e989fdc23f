// Whether one may believe what a run measured, in words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "output/figures.h"
#include "output/run_result.h"
#include "output/verdict.h"

namespace output {

// Above it llm_itl is not judged.
inline constexpr double kBlurredShareLimit = 0.01;

// Share of the gaps between tokens that the client's own delay blurred; none without gaps.
std::optional<double> blurred_share(const metrics::Store& store);

struct Validity {
  Headline::Tone tone = Headline::Tone::kGood;
  std::string answer;                  // One sentence.
  std::vector<std::string> grounds{};  // What it rests on, a sentence each.
  // What to do about what held the client up: of as many of the first grounds.
  std::vector<std::string> advice{};
};

Validity validity_of(const RunResult& result, Legend& legend);

}  // namespace output
