#include "cli/option_values.h"

#include <algorithm>
#include <cmath>

#include "base/duration.h"
#include "base/text.h"

namespace cli {

using base::Duration;
using base::Result;
using nlohmann::json;

tl::unexpected<base::Error> within(const std::string& place, const base::Error& error) {
  const bool path_goes_on = error.message.starts_with('[') || error.message.starts_with('.');
  return base::fail("{}{}{}", place, path_goes_on ? "" : ": ", error.message);
}

std::string shown(const json& value) {
  // Lua's texts need not be UTF-8.
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Duration> read_duration(const json& value) {
  constexpr double kLongest = 1e9;  // As in base::parse_duration().
  if (value.is_string()) return base::parse_duration(value.get<std::string>());
  if (value.is_number() && value.get<double>() >= 0 && value.get<double>() <= kLongest) {
    return base::from_seconds(value.get<double>());
  }
  return base::fail("expected a duration such as \"30s\" or a number of seconds, got {}",
                    shown(value));
}

Result<Duration> read_positive_duration(const json& value) {
  auto duration = read_duration(value);
  if (!duration || *duration > Duration::zero()) return duration;
  return base::fail("expected a duration above 0s, got {}", shown(value));
}

Result<void> read_duration_flag(const char* flag, const std::string& text, Duration& target) {
  const auto duration = base::parse_duration(text);
  if (!duration) return base::fail_at(flag, duration.error());
  if (*duration < std::chrono::seconds(1)) return base::fail("{}: at least 1s, got {}", flag, text);
  target = *duration;
  return {};
}

Result<std::uint64_t> read_whole(const json& value) {
  constexpr double kMost = 9007199254740992.0;  // 2^53: Lua's numbers are whole up to here.
  const double number = value.is_number() ? value.get<double>() : -1;
  if (number >= 0 && number <= kMost && number == std::floor(number)) {
    return static_cast<std::uint64_t>(number);
  }
  return base::fail("expected a whole number of zero or more, got {}", shown(value));
}

Result<double> read_number(const json& value) {
  const double number = value.is_number() ? value.get<double>() : -1;
  if (number >= 0 && std::isfinite(number)) return number;
  return base::fail("expected a number of zero or more, got {}", shown(value));
}

Result<double> read_positive(const json& value) {
  const double number = value.is_number() ? value.get<double>() : 0;
  if (number > 0 && std::isfinite(number)) return number;
  return base::fail("expected a number above 0, got {}", shown(value));
}

Result<bool> read_boolean(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  return base::fail("expected true or false, got {}", shown(value));
}

Result<std::string> read_text(const json& value) {
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) {
    return value.get<std::string>();
  }
  return base::fail("expected a text, got {}", shown(value));
}

Result<std::vector<std::string>> read_texts(const json& value) {
  if (value.is_string()) return read_texts(json::array({value}));
  if (!value.is_array() || value.empty()) {
    return base::fail("expected a list of texts, got {}", shown(value));
  }
  std::vector<std::string> texts;
  for (const json& entry : value) {
    auto text = read_text(entry);
    if (!text) return within(fmt::format("[{}]", texts.size() + 1), text.error());
    texts.push_back(std::move(*text));
  }
  return texts;
}

Result<std::pair<std::string, std::string>> read_pair(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return base::fail("expected NAME=VALUE, got \"{}\"", text);
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

namespace {

Result<std::map<std::string, std::string>> read_pairs(const json& list) {
  std::map<std::string, std::string> pairs;
  for (const json& entry : list) {
    auto pair = entry.is_string()
                    ? read_pair(entry.get<std::string>())
                    : base::fail("expected a table from names to texts, got {}", shown(list));
    if (!pair) return tl::unexpected(pair.error());
    pairs.insert_or_assign(std::move(pair->first), std::move(pair->second));
  }
  return pairs;
}

}  // namespace

Result<std::map<std::string, std::string>> read_text_map(const json& value) {
  if (value.is_array()) return read_pairs(value);
  if (!value.is_object()) {
    return base::fail("expected a table from names to texts, got {}", shown(value));
  }
  std::map<std::string, std::string> texts;
  for (const auto& [name, entry] : value.items()) {
    if (entry.is_string()) {
      texts[name] = entry.get<std::string>();
    } else if (entry.is_boolean() || entry.is_number()) {
      texts[name] = entry.dump();
    } else {
      return base::fail(".{}: expected a text, a number or a boolean, got {}", name, shown(entry));
    }
  }
  return texts;
}

tl::unexpected<base::Error> unknown_name(const std::string& what, const std::string& name,
                                         const std::vector<std::string>& known) {
  const std::string near = base::did_you_mean(name, known);
  return base::fail("unknown {} \"{}\"{}", what, name,
                    near.empty() ? "; known are " + base::join(known, ", ") : near);
}

Result<void> check_fields(const json& object, const std::vector<std::string>& known) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return unknown_name("field", name, known);
  }
  return {};
}

}  // namespace cli
