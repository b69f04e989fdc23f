#include "mock/profile.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/duration.h"
#include "base/text.h"
#include "mock/profiles.h"

namespace mock {
namespace {

using base::Distribution;
using base::Result;
using nlohmann::json;

// How a field is written: "lognormal:400ms,0.3", "32". In JSON a number stands for itself.
using ReadField = std::function<Result<void>(std::string_view text, Profile& profile)>;

template <typename T>
Result<void> store(const Result<T>& read, T& target) {
  if (!read) return tl::unexpected(read.error());
  target = *read;
  return {};
}

ReadField distribution(Distribution Profile::*member, const base::ParseValue& parse_value) {
  return [=](std::string_view text, Profile& profile) {
    return store(base::parse_distribution(text, parse_value), profile.*member);
  };
}

constexpr double kNoBound = std::numeric_limits<double>::infinity();

ReadField number(double Profile::*member, double least, double most = kNoBound) {
  return [=](std::string_view text, Profile& profile) -> Result<void> {
    const auto value = base::parse_number(text);
    if (value && *value >= least && *value <= most) return store(value, profile.*member);
    if (most < kNoBound) {
      return base::fail("expected a number from {} to {}, got \"{}\"", least, most, text);
    }
    return base::fail("expected a number of {} or more, got \"{}\"", least, text);
  };
}

ReadField count(std::uint64_t Profile::*member) {
  return [=](std::string_view text, Profile& profile) -> Result<void> {
    constexpr double kMost = 1e15;
    const auto value = base::parse_number(text);
    if (!value || *value != std::floor(*value) || *value > kMost) {
      return base::fail("expected a whole number of zero or more, got \"{}\"", text);
    }
    profile.*member = static_cast<std::uint64_t>(*value);
    return {};
  };
}

Result<void> read_ping_every(std::string_view text, Profile& profile) {
  const auto duration = base::parse_duration(text);
  if (duration && *duration == base::Duration::zero()) {
    return base::fail("expected a duration above 0s, got \"{}\"", text);
  }
  return store(duration, profile.ping_every);
}

// Said for the readers of the file alone.
Result<void> skip_remark(std::string_view /*text*/, Profile& /*profile*/) { return {}; }

struct Field {
  std::string name;
  ReadField read;
  bool required = false;
};

const std::vector<Field>& fields() {
  static const std::vector<Field> all = {
      {"as_of", &skip_remark},
      {"source", &skip_remark},
      {"ttft", distribution(&Profile::ttft, base::parse_seconds), true},
      {"itl", distribution(&Profile::itl, base::parse_seconds), true},
      {"tokens", distribution(&Profile::tokens, base::parse_number), true},
      {"tokens_per_delta", distribution(&Profile::tokens_per_delta, base::parse_number)},
      {"thinking_tokens", distribution(&Profile::thinking_tokens, base::parse_number)},
      {"prefill_rate", number(&Profile::prefill_rate, 0)},
      {"ping_every", &read_ping_every},
      {"tool_share", number(&Profile::tool_share, 0, 1)},
      {"parallel_share", number(&Profile::parallel_share, 0, 1)},
      {"slots", count(&Profile::slots)},
      {"queue", count(&Profile::queue)},
      {"slowdown", number(&Profile::slowdown, 1)},
  };
  return all;
}

Result<void> check_names(const json& object) {
  std::vector<std::string> names;
  for (const Field& field : fields()) {
    if (field.required && !object.contains(field.name)) {
      return base::fail("{}: missing; every profile has one", field.name);
    }
    names.push_back(field.name);
  }
  for (const auto& [name, value] : object.items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string near = base::did_you_mean(name, names);
    return base::fail("unknown field \"{}\"{}", name,
                      near.empty() ? "; known are " + base::join(names, ", ") : near);
  }
  return {};
}

Result<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  return base::fail("expected a text or a number, got {}", value.dump());
}

Result<Profile> read_profile_file(const std::string& path) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) {
    return base::fail("cannot read the profile \"{}\"", path);
  }
  return parse_profile(path, std::string(std::istreambuf_iterator<char>(file), {}));
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

Result<Profile> find_profile(std::string_view name) {
  if (name.ends_with(".json")) return read_profile_file(std::string(name));
  std::vector<std::string> names;
  for (const auto& [known, text] : embedded_profiles()) {
    if (known == name) return parse_profile(std::string(known), text);
    names.emplace_back(known);
  }
  return base::fail("unknown profile \"{}\"{}; known are {}, and files that end with .json", name,
                    base::did_you_mean(name, names), base::join(names, ", "));
}

Result<Profile> parse_profile(const std::string& place, std::string_view json_text) {
  json object;
  try {
    object = json::parse(json_text);
  } catch (const json::parse_error& error) {
    return base::fail("{}: not JSON: {}", place, error.what());
  }
  if (!object.is_object()) return base::fail("{}: expected an object of settings", place);
  if (auto checked = check_names(object); !checked) return base::fail_at(place, checked.error());
  Profile profile = {std::filesystem::path(place).stem().string(), Distribution::constant(0),
                     Distribution::constant(0), Distribution::constant(1),
                     Distribution::constant(1)};
  for (const auto& [name, value] : object.items()) {
    const auto text = text_of(value);
    const auto read = text ? set_profile_field(profile, name, *text) : tl::unexpected(text.error());
    if (!read) return base::fail_at(fmt::format("{}: {}", place, name), read.error());
  }
  return profile;
}

Result<void> set_profile_field(Profile& profile, std::string_view field, std::string_view text) {
  const auto found = std::find_if(fields().begin(), fields().end(),
                                  [field](const Field& known) { return known.name == field; });
  return found->read(text, profile);
}

std::string describe_profile(const Profile& profile) {
  std::string text =
      fmt::format("{} (ttft {}, itl {}, tokens {}", profile.name, describe(profile.ttft, true),
                  describe(profile.itl, true), describe(profile.tokens, false));
  if (profile.slots > 0) text += fmt::format(", {} at once", profile.slots);
  return text + ")";
}

}  // namespace mock
