// English-like text of about so many tokens, for prompts whose length matters and whose words do
// not.
#pragma once

#include <cstdint>
#include <string>

namespace base {

// The bytes that a token of such text is taken to have: what model vendors tell their users to
// reckon with, and what the mock counts by.
inline constexpr double kBytesPerToken = 3.5;

// Sentences of common words, always the same for the same seed, and longer ones begin with all of
// the shorter ones: random_text(n, s) is a prefix of random_text(m, s) for n <= m. At least a word.
//
// Units: `tokens` of kBytesPerToken bytes, to the nearest word. Each word with the space before it
//        and each punctuation mark is one token of usual vocabularies; counted so, the text has
//        about 0.94 times as many.
// Cost:  some 10 ns per token.
std::string random_text(std::uint64_t tokens, std::uint64_t seed);

}  // namespace base
