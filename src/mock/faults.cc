#include "mock/faults.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/distribution.h"
#include "base/duration.h"
#include "base/text.h"

namespace mock {
namespace {

using base::Result;
using nlohmann::json;
using Kind = Fault::Kind;

struct KindRow {
  Kind kind;
  std::string_view name;
  std::string_view settings;  // With spaces between them. The first needs no name in front.
};

constexpr auto kKinds = std::to_array<KindRow>({
    {Kind::kStatus, "status", "type gzip"},
    {Kind::kStreamError, "stream-error", "type event"},
    {Kind::kEof, "eof", "event byte"},
    {Kind::kReset, "reset", "event byte"},
    {Kind::kStall, "stall", "length event byte"},
    {Kind::kSlowHeaders, "slow-headers", "length"},
    {Kind::kMalformed, "malformed", "event"},
    {Kind::kSplit, "split", "event"},
    {Kind::kCoalesce, "coalesce", "count event"},
    {Kind::kCrlf, "crlf", "event"},
    {Kind::kComments, "comments", "event"},
    {Kind::kUnknownEvents, "unknown-events", "event"},
    {Kind::kLongLine, "long-line", "count event"},
    {Kind::kRefusal, "refusal", ""},
    {Kind::kPause, "pause", ""},
});

constexpr std::string_view kOverloaded = "overloaded";
constexpr std::uint64_t kMostCount = 100'000'000;

const KindRow& row_of(Kind kind) {
  return *std::find_if(kKinds.begin(), kKinds.end(),
                       [kind](const KindRow& row) { return row.kind == kind; });
}

std::vector<std::string> settings_of(Kind kind) {
  const std::string_view names = row_of(kind).settings;
  return names.empty() ? std::vector<std::string>{} : base::split(names, ' ');
}

Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t most = INT64_MAX) {
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || parsed != end || count == 0 || count > most) {
    return base::fail("expected a whole number from 1 to {}, got \"{}\"", most, text);
  }
  return count;
}

Result<double> parse_share(std::string_view text) {
  const bool percent = text.ends_with('%');
  const auto number = base::parse_number(percent ? text.substr(0, text.size() - 1) : text);
  const double share = number ? *number / (percent ? 100 : 1) : -1;
  if (share < 0 || share > 1) {
    return base::fail("expected a share such as \"5%\" or \"0.05\", at most 100%, got \"{}\"",
                      text);
  }
  return share;
}

template <typename T>
Result<void> store(Result<T> value, T& into) {
  if (!value) return tl::unexpected(value.error());
  into = std::move(*value);
  return {};
}

Result<base::Duration> parse_length(std::string_view text) {
  auto length = base::parse_duration(text);
  if (length && *length == base::Duration::zero()) return base::fail("expected more than 0s");
  return length;
}

Result<std::string> parse_type(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  if (plain && !text.empty()) return std::string(text);
  return base::fail("expected an error type such as \"api_error\", got \"{}\"", text);
}

Result<bool> parse_switch(std::string_view text) {
  if (text == "true" || text == "false") return text == "true";
  return base::fail("expected true or false, got \"{}\"", text);
}

Result<void> store_setting(Fault& fault, std::string_view name, std::string_view value) {
  if (name == "event") return store(parse_count(value), fault.at_event);
  if (name == "byte") return store(parse_count(value), fault.at_byte);
  if (name == "count") return store(parse_count(value, kMostCount), fault.count);
  if (name == "length") return store(parse_length(value), fault.length);
  if (name == "type") return store(parse_type(value), fault.error_type);
  return store(parse_switch(value), fault.gzip);
}

Result<void> set(Fault& fault, std::string_view name, std::string_view value) {
  const auto names = settings_of(fault.kind);
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    return base::fail("{} has no setting \"{}\"{}", to_string(fault.kind), name,
                      names.empty() ? "" : "; it has " + base::join(names, ", "));
  }
  const auto stored = store_setting(fault, name, value);
  if (!stored) return base::fail_at(std::string(name), stored.error());
  if (fault.at_event != 0 && fault.at_byte != 0) {
    return base::fail("event and byte are two places; give one of them");
  }
  return {};
}

Result<Fault> parse_status(std::string_view text) {
  Fault fault;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, fault.status);
  if (error != std::errc() || parsed != end || fault.status < 400 || fault.status > 599) {
    return base::fail("expected an error status from 400 to 599, got \"{}\"", text);
  }
  return fault;
}

Fault usual_fault(Kind kind) {
  Fault fault;
  fault.kind = kind;
  if (kind == Kind::kStall) fault.length = std::chrono::seconds(2);
  if (kind == Kind::kSlowHeaders) fault.length = std::chrono::seconds(1);
  if (kind == Kind::kCoalesce) fault.count = 8;
  if (kind == Kind::kLongLine) fault.count = 65'536;
  return fault;
}

Result<Fault> parse_kind(std::string_view name) {
  if (!name.empty() && name.front() >= '0' && name.front() <= '9') return parse_status(name);
  if (name == kOverloaded) return usual_fault(Kind::kStreamError);
  std::vector<std::string> names = {std::string(kOverloaded)};
  for (const KindRow& row : kKinds) {
    if (row.kind == Kind::kStatus) continue;  // It is named by its number.
    if (row.name == name) return usual_fault(row.kind);
    names.emplace_back(row.name);
  }
  return base::fail("unknown kind \"{}\"{}; known are a status such as 429, {}", name,
                    base::did_you_mean(name, names), base::join(names, ", "));
}

// "event=10", "gzip", or the value of the kind's first setting.
Result<void> parse_setting(Fault& fault, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string_view::npos) {
    return set(fault, base::trim(text.substr(0, equals)), base::trim(text.substr(equals + 1)));
  }
  if (text == "gzip") return set(fault, text, "true");
  const auto names = settings_of(fault.kind);
  if (names.empty())
    return base::fail("{} has no settings, got \"{}\"", to_string(fault.kind), text);
  return set(fault, names.front(), text);
}

Result<Fault> parse_fault(std::string_view text) {
  const auto parts = base::split(text, ':');
  auto fault = parse_kind(parts.front());
  for (std::size_t i = 1; fault && i < parts.size(); ++i) {
    const auto done = parse_setting(*fault, parts[i]);
    if (!done) return tl::unexpected(done.error());
  }
  return fault;
}

Result<FaultRule> parse_rule(std::string_view text) {
  const std::size_t number = text.find('#');
  const std::size_t end = number == std::string_view::npos ? text.rfind('=') : number;
  if (end == std::string_view::npos) {
    return base::fail("expected a share such as \"=5%\" or a request such as \"#3\" at its end");
  }
  const auto fault = parse_fault(text.substr(0, end));
  if (!fault) return tl::unexpected(fault.error());
  FaultRule rule = {*fault};
  const std::string_view who = base::trim(text.substr(end + 1));
  const auto done = text[end] == '#' ? store(parse_count(who), rule.request)
                                     : store(parse_share(who), rule.share);
  if (!done) return tl::unexpected(done.error());
  return rule;
}

Result<std::vector<FaultRule>> within_all(std::vector<FaultRule> rules) {
  double total = 0;
  for (const FaultRule& rule : rules) total += rule.share;
  if (total <= 1 + 1e-9) return rules;
  return base::fail("the shares add up to {:g}%, more than all requests", total * 100);
}

// ---- the file

Result<std::string> text_of(const json& object, const std::string& key) {
  const auto& value = object[key];
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return base::fail("{}: expected a text or a number, got {}", key, value.dump());
}

Result<void> read_member(const json& object, const std::string& key, FaultRule& rule) {
  const auto text = text_of(object, key);
  if (!text) return tl::unexpected(text.error());
  if (key == "share" || key == "request") {
    const auto done = key == "share" ? store(parse_share(*text), rule.share)
                                     : store(parse_count(*text), rule.request);
    return done ? done : base::fail_at(key, done.error());
  }
  return set(rule.fault, key, *text);
}

Result<FaultRule> read_rule(const json& object) {
  if (!object.is_object()) return base::fail("expected an object, got {}", object.dump());
  if (!object.contains("fault")) return base::fail("fault: missing; it names the kind");
  if (object.contains("share") == object.contains("request")) {
    return base::fail("expected one of share and request");
  }
  const auto name = text_of(object, "fault");
  if (!name) return tl::unexpected(name.error());
  const auto fault = parse_kind(*name);
  if (!fault) return base::fail_at("fault", fault.error());
  FaultRule rule = {*fault};
  for (const auto& [key, value] : object.items()) {
    if (key == "fault") continue;
    const auto done = read_member(object, key, rule);
    if (!done) return tl::unexpected(done.error());
  }
  return rule;
}

Result<std::vector<FaultRule>> read_rules(const json& list) {
  if (!list.is_array()) return base::fail("expected a list of faults");
  std::vector<FaultRule> rules;
  for (const json& object : list) {
    const auto rule = read_rule(object);
    if (!rule) return base::fail_at(fmt::format("[{}]", rules.size()), rule.error());
    rules.push_back(*rule);
  }
  return within_all(std::move(rules));
}

}  // namespace

std::string_view to_string(Kind kind) { return row_of(kind).name; }

Result<std::vector<FaultRule>> parse_faults(std::string_view text) {
  std::vector<FaultRule> rules;
  if (base::trim(text).empty()) return rules;
  for (const std::string& part : base::split(text, ',')) {
    const auto rule = parse_rule(part);
    if (!rule) return base::fail_at(fmt::format("fault \"{}\"", part), rule.error());
    rules.push_back(*rule);
  }
  const auto checked = within_all(std::move(rules));
  if (!checked) return base::fail_at(fmt::format("\"{}\"", text), checked.error());
  return checked;
}

Result<std::vector<FaultRule>> read_faults_file(const std::string& path) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) {
    return base::fail("cannot read the faults in \"{}\"", path);
  }
  json list;
  try {
    list = json::parse(file);
  } catch (const json::parse_error& error) {
    return base::fail("{}: not JSON: {}", path, error.what());
  }
  const auto rules = read_rules(list);
  if (!rules) return base::fail_at(path, rules.error());
  return rules;
}

std::optional<Fault> draw_fault(const std::vector<FaultRule>& rules, std::uint64_t request,
                                base::RandomStream& random) {
  const double drawn = random.uniform();
  for (const FaultRule& rule : rules) {
    if (rule.request != 0 && rule.request == request) return rule.fault;
  }
  double reached = 0;
  for (const FaultRule& rule : rules) {
    reached += rule.share;
    if (drawn < reached) return rule.fault;
  }
  return std::nullopt;
}

}  // namespace mock
