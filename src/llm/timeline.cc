#include "llm/timeline.h"

namespace llm {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCompleted:
      return "completed";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kCensored:
      break;
  }
  return "censored";
}

std::string_view to_string(Content content) {
  switch (content) {
    case Content::kThinking:
      return "thinking";
    case Content::kText:
      return "text";
    case Content::kToolInput:
      return "tool";
    case Content::kNone:
      break;
  }
  return "none";
}

}  // namespace llm
