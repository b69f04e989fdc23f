#include "base/distribution.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "base/duration.h"
#include "base/text.h"

namespace base {
namespace {

struct Form {
  std::string_view name;
  Distribution::Kind kind;
  size_t values;
  std::string_view usage;
};

constexpr std::array<Form, 5> kForms = {{
    {"constant", Distribution::Kind::kConstant, 1, "constant:value"},
    {"uniform", Distribution::Kind::kUniform, 2, "uniform:low,high"},
    {"normal", Distribution::Kind::kNormal, 2, "normal:mean,sd"},
    {"lognormal", Distribution::Kind::kLognormal, 2, "lognormal:median,sigma"},
    {"exponential", Distribution::Kind::kExponential, 1, "exponential:mean"},
}};

Result<const Form*> find_form(std::string_view name) {
  std::vector<std::string> names;
  for (const Form& form : kForms) {
    if (form.name == name) return &form;
    names.emplace_back(form.name);
  }
  return fail("unknown distribution \"{}\"{}; known are {}", name, did_you_mean(name, names),
              join(names, ", "));
}

Distribution make(Distribution::Kind kind, double first, double second) {
  switch (kind) {
    case Distribution::Kind::kConstant:
      return Distribution::constant(first);
    case Distribution::Kind::kUniform:
      return Distribution::uniform(first, second);
    case Distribution::Kind::kNormal:
      return Distribution::normal(first, second);
    case Distribution::Kind::kLognormal:
      return Distribution::lognormal(first, second);
    case Distribution::Kind::kExponential:
      break;
  }
  return Distribution::exponential(first);
}

}  // namespace

double Distribution::sample(RandomStream& random) const {
  switch (kind_) {
    case Kind::kConstant:
      return std::max(0.0, first_);
    case Kind::kUniform:
      return std::max(0.0, first_ + (second_ - first_) * random.uniform());
    case Kind::kNormal:
      return std::max(0.0, first_ + second_ * random.normal());
    case Kind::kLognormal:
      return first_ * std::exp(second_ * random.normal());
    case Kind::kExponential:
      break;
  }
  return first_ * random.exponential();
}

Result<Distribution> parse_distribution(std::string_view text, const ParseValue& parse_value) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    const auto value = parse_value(text);
    if (!value) return tl::unexpected(value.error());
    return Distribution::constant(*value);
  }
  const auto form = find_form(text.substr(0, colon));
  if (!form) return tl::unexpected(form.error());
  const auto parts = split(text.substr(colon + 1), ',');
  if (parts.size() != (*form)->values) {
    return fail("expected {}, got \"{}\"", (*form)->usage, text);
  }
  std::array<double, 2> values = {0, 0};
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool is_sigma = (*form)->kind == Distribution::Kind::kLognormal && i == 1;
    const auto value = is_sigma ? parse_number(parts[i]) : parse_value(parts[i]);
    if (!value) return fail_at(std::string((*form)->usage), value.error());
    values[i] = *value;
  }
  if ((*form)->kind == Distribution::Kind::kUniform && values[1] < values[0]) {
    return fail("expected uniform:low,high with low <= high, got \"{}\"", text);
  }
  return make((*form)->kind, values[0], values[1]);
}

Result<double> parse_seconds(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return tl::unexpected(duration.error());
  return to_seconds(*duration);
}

Result<double> parse_number(std::string_view text) {
  double value = 0;
  const char* const text_end = text.data() + text.size();
  // Unlike strtod(), from_chars() takes neither spaces nor hexadecimals nor the locale's comma.
  const auto [end, error] = std::from_chars(text.data(), text_end, value);
  if (error != std::errc() || end != text_end || !std::isfinite(value) || value < 0) {
    return fail("expected a number of zero or more, got \"{}\"", text);
  }
  return value;
}

}  // namespace base
