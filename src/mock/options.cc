#include "mock/options.h"

#include <charconv>
#include <cmath>

#include "base/duration.h"
#include "base/text.h"

namespace mock {
namespace {

using base::Distribution;

// Tokens per event: 38 text deltas in captures of 2026 ran from nothing to 125 characters with a
// median of 41, several tokens each. Rounded, these limits give 1 to 4 with equal shares.
Distribution several_tokens() { return Distribution::uniform(0.5, 4.5); }

// The numbers are round, and as of late 2025 only as good as their sources: speeds after
// Artificial Analysis as quoted by third parties, times to first token for short prompts, shapes
// and spreads assumed.
std::vector<Profile> make_profiles() {
  const auto tokens = Distribution::lognormal(180, 0.6);
  return {
      // About 150 tokens/s. Haiku 3.5 was quoted at 52–68 tokens/s and 0.4–1.0 s; Haiku 4.5 is
      // taken to be well over twice as fast.
      {"haiku", Distribution::lognormal(0.40, 0.3), Distribution::lognormal(0.0067, 0.25), tokens,
       several_tokens()},
      // Sonnet 4.5: 63 tokens/s, 1.8 s for long prompts.
      {"sonnet", Distribution::lognormal(1.2, 0.3), Distribution::lognormal(0.016, 0.25), tokens,
       several_tokens()},
      // Opus 4.1: 45 tokens/s, 2.7 s for long prompts.
      {"opus", Distribution::lognormal(2.0, 0.3), Distribution::lognormal(0.022, 0.25), tokens,
       several_tokens()},
  };
}

base::Result<double> parse_share(std::string_view text) {
  const bool percent = !text.empty() && text.back() == '%';
  const auto number = base::parse_number(percent ? text.substr(0, text.size() - 1) : text);
  const double share = number ? *number / (percent ? 100 : 1) : -1;
  if (share < 0 || share > 1) {
    return base::fail("expected a share such as \"5%\" or \"0.05\", at most 100%, got \"{}\"",
                      text);
  }
  return share;
}

base::Result<FailRule> parse_fail_rule(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return base::fail("expected status=share such as \"429=5%\", got \"{}\"", text);
  }
  const std::string_view status_text = base::trim(text.substr(0, equals));
  FailRule rule;
  const char* end = status_text.data() + status_text.size();
  const auto [parsed, error] = std::from_chars(status_text.data(), end, rule.status);
  if (error != std::errc() || parsed != end || rule.status < 400 || rule.status > 599) {
    return base::fail("expected an error status from 400 to 599, got \"{}\"", status_text);
  }
  const auto share = parse_share(base::trim(text.substr(equals + 1)));
  if (!share) return base::fail_at(std::string(status_text), share.error());
  rule.share = *share;
  return rule;
}

std::string describe(const Distribution& distribution, bool seconds) {
  const auto value = [seconds](double number) {
    if (!seconds) return fmt::format("{}", number);
    return base::format_duration(base::from_seconds(number));
  };
  const double first = distribution.first();
  const double second = distribution.second();
  switch (distribution.kind()) {
    case Distribution::Kind::kConstant:
      return value(first);
    case Distribution::Kind::kUniform:
      return fmt::format("uniform:{},{}", value(first), value(second));
    case Distribution::Kind::kNormal:
      return fmt::format("normal:{},{}", value(first), value(second));
    case Distribution::Kind::kLognormal:
      return fmt::format("lognormal:{},{}", value(first), second);
    case Distribution::Kind::kExponential:
      break;
  }
  return fmt::format("exponential:{}", value(first));
}

}  // namespace

base::Result<Profile> find_profile(std::string_view name) {
  std::vector<std::string> names;
  for (Profile& profile : make_profiles()) {
    if (profile.name == name) return std::move(profile);
    names.push_back(profile.name);
  }
  return base::fail("unknown profile \"{}\"{}; known are {}", name, base::did_you_mean(name, names),
                    base::join(names, ", "));
}

std::string describe_profile(const Profile& profile) {
  return fmt::format("{} (ttft {}, itl {}, tokens {})", profile.name, describe(profile.ttft, true),
                     describe(profile.itl, true), describe(profile.tokens, false));
}

base::Result<std::vector<FailRule>> parse_fail_rules(std::string_view text) {
  std::vector<FailRule> rules;
  if (base::trim(text).empty()) return rules;
  double total = 0;
  for (const std::string& part : base::split(text, ',')) {
    const auto rule = parse_fail_rule(base::trim(part));
    if (!rule) return tl::unexpected(rule.error());
    for (const FailRule& other : rules) {
      if (other.status == rule->status) {
        return base::fail("status {} is given twice in \"{}\"", rule->status, text);
      }
    }
    total += rule->share;
    rules.push_back(*rule);
  }
  if (total > 1 + 1e-9) {
    return base::fail("the shares add up to {:g}%, more than all requests, in \"{}\"", total * 100,
                      text);
  }
  return rules;
}

}  // namespace mock
