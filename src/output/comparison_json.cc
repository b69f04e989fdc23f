// A comparison as JSON: docs/compare.md has the fields.
#include <cmath>

#include "output/comparison_documents.h"
#include "output/series_json.h"

namespace output {
namespace {

using Json = nlohmann::ordered_json;
using analysis::ComparedIndicator;

constexpr int kComparisonSchemaVersion = 1;

// JSON knows no infinity.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

std::string_view scale_name(analysis::Scale scale) {
  if (scale == analysis::Scale::kLog) return "relative";
  return scale == analysis::Scale::kArcsine ? "points" : "absolute";
}

std::string_view direction_name(analysis::Direction direction) {
  if (direction == analysis::Direction::kUpIsWorse) return "up";
  return direction == analysis::Direction::kDownIsWorse ? "down" : "unknown";
}

std::string in_words(std::string_view text) {
  std::string name(text);
  for (char& c : name) c = c == ' ' ? '_' : c;
  return name;
}

Json values_of(const std::vector<analysis::Measured>& side) {
  Json values = Json::array();
  for (const analysis::Measured& one : side) {
    values.push_back(one.problem.empty() ? number(one.value) : Json());
  }
  return values;
}

Json interval_of(const ComparedIndicator& compared, double confidence) {
  const analysis::Bounds bounds = compared.change->interval(confidence);
  return {{"confidence", confidence},
          {"low", number(compared.change_of(bounds.low))},
          {"high", number(compared.change_of(bounds.high))}};
}

Json figure_to_json(const ComparedIndicator& compared) {
  Json json = {{"figure", compared.figure.label()},
               {"metric", compared.figure.metric.name},
               {"unit", unit_in_file(compared.figure.unit())},
               {"worse", direction_name(compared.figure.direction)},
               {"verdict", in_words(to_string(compared.outcome))},
               {"reason", compared.reason},
               {"base", values_of(compared.base)},
               {"new", values_of(compared.next)},
               {"scale", scale_name(compared.scale)},
               {"change", nullptr},
               {"interval", nullptr},
               {"effect", compared.effect ? number(*compared.effect) : Json()},
               {"degrees_of_freedom", nullptr},
               {"block_length", compared.block_length}};
  if (!compared.change) return json;
  json["change"] = number(compared.change_of(compared.change->difference.estimate));
  json["interval"] = interval_of(compared, analysis::kConfidence);
  json["degrees_of_freedom"] = number(compared.change->difference.degrees);
  return json;
}

Json gate_to_json(const analysis::JudgedGate& judged) {
  const ComparedIndicator* compared = judged.compared;
  const bool has_evidence = compared != nullptr && compared->change.has_value();
  return {{"source", judged.gate.source},
          {"figure", judged.gate.figure.label()},
          {"verdict", in_words(to_string(judged.verdict))},
          {"reason", judged.reason},
          {"p", has_evidence ? number(judged.p) : Json()},
          {"interval", has_evidence ? interval_of(*compared, judged.confidence) : Json()}};
}

Json paths_of(const std::vector<analysis::ComparedRun>& runs) {
  Json paths = Json::array();
  for (const auto& run : runs) paths.push_back(run.path);
  return paths;
}

}  // namespace

std::string comparison_json(const analysis::Comparison& comparison,
                            const std::vector<analysis::JudgedGate>& gates) {
  const bool within = comparison.basis == analysis::Basis::kWithinOneRun;
  Json json = {{"schema", "perigee-comparison"},
               {"schema_version", kComparisonSchemaVersion},
               {"base", paths_of(comparison.base)},
               {"new", paths_of(comparison.next)},
               {"evidence", within ? "within_run" : "run_to_run"},
               {"exit_code", exit_code_of(gates)},
               {"obstacles", comparison.obstacles},
               {"cautions", comparison.cautions},
               {"gates", Json::array()},
               {"figures", Json::array()}};
  for (const analysis::JudgedGate& judged : gates) json["gates"].push_back(gate_to_json(judged));
  for (const ComparedIndicator& compared : comparison.figures) {
    json["figures"].push_back(figure_to_json(compared));
  }
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace output
