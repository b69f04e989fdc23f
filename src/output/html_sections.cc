#include "output/html_sections.h"

#include <fmt/format.h>

#include "base/text.h"
#include "metrics/builtin.h"
#include "output/client_findings.h"
#include "output/html.h"
#include "output/run_words.h"
#include "output/statistics.h"
#include "output/summary_tables.h"

namespace output {
namespace {

using metrics::Store;
using metrics::Unit;

// What the summary's functions add to a page, as HTML.
template <typename Add>
std::string from_summary(const RunResult& result, Legend& legend, Add add) {
  Page page({});
  add(page, result);
  legend.few_samples |= page.legend().few_samples;
  legend.lower_bound |= page.legend().lower_bound;
  return html_blocks(page.blocks());
}

std::string verdict_cell(metrics::Verdict verdict) {
  switch (verdict) {
    case metrics::Verdict::kPassed:
      return "<span class=\"good\">✓ passed</span>";
    case metrics::Verdict::kFailed:
      return "<span class=\"bad\">✗ failed</span>";
    case metrics::Verdict::kNotJudged:
      return "<span class=\"unsure\">? not judged</span>";
  }
  return "";
}

std::string threshold_table(const RunResult& result, Legend& legend) {
  if (result.thresholds.empty()) return "";
  std::string text =
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Thresholds\"><table>\n"
      "<caption class=\"unseen\">Thresholds</caption>\n<thead><tr><th scope=\"col\">threshold</th>"
      "<th scope=\"col\">verdict</th><th scope=\"col\" class=\"number\">measured</th>"
      "<th scope=\"col\" class=\"number\">samples</th><th scope=\"col\">remark</th></tr></thead>\n"
      "<tbody>\n";
  for (const JudgedThreshold& judged : result.thresholds) {
    const metrics::Judgement& judgement = judged.judgement;
    const std::string measured = measured_in_words(judged, result.store->registry(), legend);
    std::string remark = judgement.reason;
    if (!judgement.note.empty()) remark += (remark.empty() ? "" : "; ") + judgement.note;
    text += fmt::format(
        "<tr><th scope=\"row\"><code>{}</code></th><td class=\"verdict-cell\">{}</td><td>{}</td>"
        "<td>{}</td><td class=\"words\">{}</td></tr>\n",
        html_text(metrics::describe(judged.threshold)), verdict_cell(judgement.verdict),
        measured.empty() ? "–" : html_text(measured), base::format_count(judgement.samples),
        html_text(remark));
  }
  return text + "</tbody></table></div>\n";
}

std::string custom_metrics(const RunResult& result, Legend& legend) {
  const metrics::Registry& registry = result.store->registry();
  std::vector<Fact> facts;
  for (metrics::MetricId id = metrics::kBuiltinCount; id < registry.size(); ++id) {
    facts.push_back({registry.at(id).name, {custom_metric_in_words(result, id, legend)}});
  }
  return html_facts(facts);
}

std::string checks(const RunResult& result) {
  const auto all = result.store->grouped(metrics::kChecks, "check");
  if (all.empty()) return "";
  Table table({"check", "held", "of", "share"});
  for (const auto& [name, series] : all) {
    const auto& rate = std::get<metrics::Rate>(series);
    table.add_row({name, base::format_count(rate.trues), base::format_count(rate.total),
                   metrics::format_value(rate.share(), Unit::kShare)});
  }
  return html_table(table, "Checks");
}

}  // namespace

std::string html_thresholds(const RunResult& result, Legend& legend) {
  return threshold_table(result, legend) + from_summary(result, legend, add_objectives);
}

std::string html_latency(const RunResult& result, Legend& legend) {
  return from_summary(result, legend,
                      [](Page& page, const RunResult& run) { add_latency_table(page, run, true); });
}

std::string html_requests(const RunResult& result, Legend& legend) {
  const bool has_llm = result.store->counter(metrics::kLlmRequests) > 0;
  std::string text;
  if (has_llm) {
    text += from_summary(result, legend, [](Page& page, const RunResult& run) {
      add_request_tables(page, run);
      add_per_request_table(page, run);
    });
  }
  return text + from_summary(result, legend, [has_llm](Page& page, const RunResult& run) {
           if (has_llm) add_failures(page, run);
           add_budget(page, run);
           add_limits(page, run);
         });
}

std::string html_http(const RunResult& result, Legend& legend) {
  const bool in_full = result.store->counter(metrics::kLlmRequests) == 0;
  return from_summary(result, legend, [in_full](Page& page, const RunResult& run) {
    add_http(page, run, in_full, in_full);
  });
}

std::string html_script(const RunResult& result, Legend& legend) {
  return from_summary(result, legend,
                      [](Page& page, const RunResult& run) {
                        add_iterations(page, run);
                        add_starts(page, run);
                      }) +
         checks(result) + from_summary(result, legend, add_groups) + custom_metrics(result, legend);
}

std::string html_client(const RunResult& result, Legend& legend) {
  return from_summary(result, legend, [](Page& page, const RunResult& run) {
    add_client_findings(page, run);
    add_client(page, run);
  });
}

}  // namespace output
