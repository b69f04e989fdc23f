#include "output/findings_json.h"

#include "analysis/rules.h"
#include "output/verdict.h"

namespace output {

using Json = nlohmann::ordered_json;

Json findings_to_json(const RunResult& result, const std::vector<analysis::Finding>& findings) {
  Json list = Json::array();
  for (const analysis::Finding& finding : findings) {
    list.push_back({{"rule", finding.rule},
                    {"severity", to_string(finding.severity)},
                    {"title", finding.title},
                    {"evidence", finding.evidence},
                    {"advice", finding.advice}});
  }
  Json rules = Json::array();
  for (const analysis::Rule& rule : analysis::rules()) rules.push_back(rule.name);
  return {{"schema", "perigee-findings"},
          {"schema_version", 1},
          {"run",
           {{"script", result.script},
            {"started_at", result.started_at},
            {"verdict", verdict_name(result.exit_code)}}},
          {"findings", std::move(list)},
          {"rules", std::move(rules)}};
}

}  // namespace output
