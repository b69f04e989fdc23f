#include "output/definitions_json.h"

#include <string>
#include <utility>

#include "analysis/result_reader.h"
#include "output/series_json.h"

namespace output {
namespace {

using Json = nlohmann::ordered_json;

Json figure_to_json(const analysis::Figure& figure, const std::vector<std::string>& statistics) {
  Json json = {{"name", figure.name}, {"unit", unit_in_file(figure.unit)}};
  if (figure.single) {
    json["value"] = figure.values.empty() ? Json() : Json(figure.values[0]);
  } else {
    Json values = Json::object();
    for (std::size_t i = 0; i < figure.values.size(); ++i) {
      values[statistics[i]] = figure.values[i];
    }
    json["values"] = std::move(values);
    json["count"] = figure.count;
  }
  json["explanation"] = figure.explanation;
  return json;
}

analysis::Figure figure_from_json(const nlohmann::json& json,
                                  const std::vector<std::string>& statistics) {
  analysis::Figure figure;
  figure.name = json.at("name").get<std::string>();
  figure.unit = analysis::unit_from_file(json.at("unit").get<std::string>());
  figure.explanation = json.at("explanation").get<std::string>();
  figure.single = json.contains("value");
  if (figure.single) {
    if (!json["value"].is_null()) figure.values.push_back(json["value"].get<double>());
    return figure;
  }
  figure.count = json.at("count").get<std::uint64_t>();
  const nlohmann::json& values = json.at("values");
  for (const std::string& statistic : statistics) {
    if (!values.empty()) figure.values.push_back(values.at(statistic).get<double>());
  }
  return figure;
}

}  // namespace

Json definitions_to_json(const std::vector<analysis::Definition>& definitions) {
  Json json = Json::array();
  for (const analysis::Definition& definition : definitions) {
    Json figures = Json::array();
    for (const analysis::Figure& figure : definition.figures) {
      figures.push_back(figure_to_json(figure, definition.statistics));
    }
    json.push_back({{"profile", definition.profile},
                    {"tool", definition.tool},
                    {"statistics", definition.statistics},
                    {"figures", std::move(figures)},
                    {"notes", definition.notes}});
  }
  return json;
}

std::vector<analysis::Definition> definitions_from_json(const nlohmann::json& json) {
  std::vector<analysis::Definition> definitions;
  for (const nlohmann::json& written : json) {
    analysis::Definition& definition = definitions.emplace_back();
    definition.profile = written.at("profile").get<std::string>();
    definition.tool = written.at("tool").get<std::string>();
    definition.statistics = written.at("statistics").get<std::vector<std::string>>();
    definition.notes = written.at("notes").get<std::vector<std::string>>();
    for (const nlohmann::json& figure : written.at("figures")) {
      definition.figures.push_back(figure_from_json(figure, definition.statistics));
    }
  }
  return definitions;
}

}  // namespace output
