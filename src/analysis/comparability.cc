#include "analysis/comparability.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "metrics/builtin.h"

namespace analysis {
namespace {

using nlohmann::json;

json option(const json& document, const char* name) {
  return document.at("options").value(name, json());
}

std::string shortened(const json& value) {
  constexpr std::size_t kMost = 60;
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (value.is_null()) text = "nothing";
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

json trait_of(const ComparedRun& compared, Trait trait) {
  const json& document = compared.run.document;
  switch (trait) {
    case Trait::kLoad:
      return {{"scenarios", option(document, "scenarios")},
              {"warmup_s", option(document, "warmup_s")}};
    case Trait::kModel:
      return base::join(compared.run.store->tag_values(metrics::kLlmRequests, "model"), ", ");
    case Trait::kScript:
      return std::filesystem::path(document.at("run").at("script").get<std::string>())
          .filename()
          .string();
    case Trait::kConnection:
      return {{"http2", option(document, "http2")},
              {"no_connection_reuse", option(document, "no_connection_reuse")},
              {"proxy", option(document, "proxy")}};
    case Trait::kObjectives:
      return option(document, "slo");
  }
  return {};
}

// "scenarios.default.vus is 4 in base.json and 8 in new.json": the first place that differs.
std::string first_difference(const json& left, const json& right, const ComparedRun& first,
                             const ComparedRun& other, const std::string& path = "") {
  if (left.is_object() && right.is_object()) {
    std::set<std::string> keys;
    for (const auto& [key, value] : left.items()) keys.insert(key);
    for (const auto& [key, value] : right.items()) keys.insert(key);
    for (const std::string& key : keys) {
      const json ours = left.value(key, json());
      const json theirs = right.value(key, json());
      if (ours == theirs) continue;
      return first_difference(ours, theirs, first, other, path.empty() ? key : path + "." + key);
    }
  }
  return fmt::format("{}{} in {} and {} in {}", path.empty() ? "" : path + " is ", shortened(left),
                     first.path, shortened(right), other.path);
}

}  // namespace

std::string_view to_string(Trait trait) {
  switch (trait) {
    case Trait::kLoad:
      return "load";
    case Trait::kModel:
      return "model";
    case Trait::kScript:
      return "script";
    case Trait::kConnection:
      return "connection";
    case Trait::kObjectives:
      return "objectives";
  }
  return "";
}

std::vector<Trait> all_traits() {
  return {Trait::kLoad, Trait::kModel, Trait::kScript, Trait::kConnection, Trait::kObjectives};
}

std::vector<Mismatch> mismatches(const std::vector<const ComparedRun*>& runs) {
  std::vector<Mismatch> found;
  for (const Trait trait : all_traits()) {
    const ComparedRun& first = *runs.front();
    const json ours = trait_of(first, trait);
    for (const ComparedRun* other : runs) {
      const json theirs = trait_of(*other, trait);
      if (ours == theirs) continue;
      found.push_back({trait, fmt::format("{}: {}", to_string(trait),
                                          first_difference(ours, theirs, first, *other))});
      break;
    }
  }
  return found;
}

std::vector<std::string> unfinished_runs(const std::vector<const ComparedRun*>& runs) {
  std::vector<std::string> texts;
  for (const ComparedRun* compared : runs) {
    const auto end = compared->run.document.at("run").at("end").get<std::string>();
    if (end == "finished") continue;
    texts.push_back(fmt::format("{} did not come to its end ({})", compared->path, end));
  }
  return texts;
}

std::vector<std::string> cautions(const std::vector<const ComparedRun*>& runs) {
  std::vector<std::string> texts;
  const auto add_if_differs = [&](const char* what, auto value_of) {
    const json ours = value_of(runs.front()->run.document);
    for (const ComparedRun* other : runs) {
      const json theirs = value_of(other->run.document);
      if (ours == theirs) continue;
      texts.push_back(
          fmt::format("{}: {}", what, first_difference(ours, theirs, *runs.front(), *other)));
      return;
    }
  };
  const auto host_fact = [](const char* name) {
    return [name](const json& document) { return document.at("host").value(name, json()); };
  };
  add_if_differs("CPUs", host_fact("cpus"));
  add_if_differs("time stamps", host_fact("stamps"));
  add_if_differs("threads", [](const json& document) { return option(document, "threads"); });
  add_if_differs("perigee",
                 [](const json& document) { return document.at("perigee").at("version"); });
  for (const ComparedRun* compared : runs) {
    const json client = compared->run.document.value("client", json::object());
    std::vector<std::string> causes;
    for (const json& finding : client.value("findings", json::array())) {
      causes.push_back(finding.at("cause").get<std::string>());
    }
    if (causes.empty()) continue;
    texts.push_back(fmt::format("the client of {} was held up ({}): see perigee report {}",
                                compared->path, base::join(causes, ", "), compared->path));
  }
  return texts;
}

}  // namespace analysis
