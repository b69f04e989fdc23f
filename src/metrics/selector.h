// Selects series by their tags: {task=simple,model!=x,name~chat*}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/tags.h"

namespace metrics {

struct Selector {
  enum class Op { kEqual, kNotEqual, kGlob };
  struct Term {
    std::string key;
    Op op;
    std::string value;
  };
  std::vector<Term> terms;  // All must hold; a missing tag has the value "".

  bool matches(const TagSet& tags) const;
  std::string to_string() const;  // "" without terms.
};

// Reads the text between the braces: `task=simple,model!=x`. Values may be quoted with ".
base::Result<Selector> parse_selector(std::string_view text);

}  // namespace metrics
