#include "base/random_text.h"

#include <array>
#include <cctype>
#include <string_view>

#include "base/random.h"

namespace base {
namespace {

// From the most common word down; those in front are drawn more often, as they are in speech.
constexpr std::array<std::string_view, 128> kWords = {
    "the",   "of",    "and",   "to",     "in",    "is",    "it",    "that",  "was",   "for",
    "on",    "are",   "as",    "with",   "they",  "at",    "be",    "this",  "from",  "have",
    "or",    "by",    "one",   "had",    "not",   "but",   "what",  "all",   "were",  "we",
    "when",  "your",  "can",   "said",   "there", "use",   "an",    "each",  "which", "she",
    "do",    "how",   "their", "if",     "will",  "up",    "other", "about", "out",   "many",
    "then",  "them",  "these", "so",     "some",  "her",   "would", "make",  "like",  "him",
    "into",  "time",  "has",   "look",   "two",   "more",  "go",    "see",   "no",    "way",
    "could", "my",    "than",  "first",  "been",  "who",   "now",   "down",  "day",   "did",
    "get",   "come",  "made",  "may",    "part",  "over",  "new",   "take",  "only",  "little",
    "work",  "know",  "place", "year",   "live",  "me",    "back",  "give",  "most",  "very",
    "after", "thing", "our",   "just",   "name",  "good",  "man",   "think", "say",   "great",
    "where", "help",  "much",  "before", "line",  "right", "too",   "mean",  "old",   "any",
    "same",  "tell",  "boy",   "came",   "want",  "show",  "form",  "three",
};

// One word after the other, each with what stands between it and the word before.
class Sentences {
 public:
  explicit Sentences(std::uint64_t seed) : random_(seed) {}

  // Lifetime: the view is valid until the next call.
  std::string_view next() {
    const std::uint64_t draw = random_.next();
    piece_.clear();
    const bool ends = words_ >= kShortest && (draw >> 16U) % 7 == 0;
    const bool starts = words_ == 0 || ends;
    if (ends) {
      piece_ += '.';
      words_ = 0;
    } else if (words_ > 0 && (draw >> 32U) % 9 == 0) {
      piece_ += ',';
    }
    if (begun_) piece_ += ' ';
    begun_ = true;
    const std::size_t letter = piece_.size();
    piece_ += word(draw & 0xffffU);
    if (starts) piece_[letter] = static_cast<char>(std::toupper(piece_[letter]));
    ++words_;
    return piece_;
  }

 private:
  static constexpr int kShortest = 4;  // Words of a sentence; on average it has six more.

  // Squaring favours the words in front.
  static std::string_view word(std::uint64_t draw) {
    return kWords[(draw * draw * kWords.size()) >> 32U];
  }

  RandomStream random_;
  std::string piece_;
  int words_ = 0;  // Of this sentence so far.
  bool begun_ = false;
};

}  // namespace

std::string random_text(std::uint64_t tokens, std::uint64_t seed) {
  const double wanted = static_cast<double>(tokens) * kBytesPerToken;
  Sentences sentences(derive_seed(seed, 0));
  std::string text(sentences.next());
  text.reserve(static_cast<std::size_t>(wanted) + 16);
  for (;;) {
    const std::string_view piece = sentences.next();
    const double with_half =
        static_cast<double>(text.size()) + static_cast<double>(piece.size()) / 2;
    if (with_half > wanted) return text;
    text += piece;
  }
}

}  // namespace base
