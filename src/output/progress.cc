#include "output/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/builtin.h"
#include "output/figures.h"

namespace output {
namespace {

// The numbers of a moment, as words. Speeds and percentiles are those of the last seconds.
struct Figures {
  std::string iterations = "0";
  std::string requests_per_s = "-";
  std::string failed = "0";
  bool llm = false;  // Requests are LLM requests; otherwise HTTP requests.
  std::string tokens_per_s = "-";
  std::string ttft_p95 = "-";
  std::string itl_p50 = "-";
  std::string http_p95 = "-";
};

std::string quantile(const metrics::Trend& trend, double percentile) {
  Legend unexplained;  // There is no room for it; docs/metrics.md says what the signs mean.
  return format_percentile(trend, percentile, metrics::Unit::kTime, unexplained);
}

void read_total(const metrics::Store& store, Figures& figures) {
  figures.iterations = format_whole(store.counter(metrics::kIterations));
  figures.llm = store.counter(metrics::kLlmRequests) > 0;
  const auto failed = figures.llm ? metrics::kLlmRequestFailed : metrics::kHttpReqFailed;
  figures.failed = base::format_count(store.rate(failed).trues);
}

void read_recent(const metrics::Store& store, base::Duration span, Figures& figures) {
  if (span <= base::Duration::zero()) return;
  const auto requests = figures.llm ? metrics::kLlmRequests : metrics::kHttpReqs;
  figures.requests_per_s = format_rate(per_second(store.counter(requests), span));
  if (figures.llm) {
    const double tokens = store.counter(metrics::kLlmOutputTokens);
    figures.tokens_per_s = format_rate(per_second(tokens, span));
    const metrics::Trend ttft = store.trend(metrics::kLlmTtft);
    figures.ttft_p95 = quantile(ttft, 95);
    const metrics::Trend itl = store.trend(metrics::kLlmItl);
    figures.itl_p50 = quantile(itl, 50);
  } else {
    const metrics::Trend duration = store.trend(metrics::kHttpReqDuration);
    figures.http_p95 = quantile(duration, 95);
  }
}

Figures read(const Progress& progress) {
  Figures figures;
  if (progress.store != nullptr) read_total(*progress.store, figures);
  if (progress.recent != nullptr) read_recent(*progress.recent, progress.recent_span, figures);
  return figures;
}

std::string elapsed_of_planned(const Progress& progress) {
  std::string text = base::format_duration(progress.elapsed);
  if (progress.planned > base::Duration::zero()) {
    text += " of " + base::format_duration(progress.planned);
  }
  return text;
}

}  // namespace

std::string progress_line(const Progress& progress) {
  const Figures figures = read(progress);
  std::string line =
      fmt::format("{} · {} VUs · {} iterations · {} requests/s", elapsed_of_planned(progress),
                  base::format_count(progress.vus), figures.iterations, figures.requests_per_s);
  line += figures.llm ? fmt::format(" · {} tokens/s · ttft p95 {} · itl p50 {}",
                                    figures.tokens_per_s, figures.ttft_p95, figures.itl_p50)
                      : fmt::format(" · http p95 {}", figures.http_p95);
  line += fmt::format(" · {} failed", figures.failed);
  if (!progress.phase.empty() && progress.phase != "running") line += " · " + progress.phase;
  return line;
}

PlainProgress::PlainProgress(Sink sink, PlainProgressOptions options)
    : sink_(std::move(sink)),
      options_{std::max<base::Duration>(options.interval, std::chrono::milliseconds(1))},
      next_(options_.interval) {}

void PlainProgress::on_progress(const Progress& progress) {
  if (progress.elapsed < next_) return;
  // A late call prints one line, not one for each interval that it missed.
  next_ = (progress.elapsed / options_.interval + 1) * options_.interval;
  sink_(progress_line(progress) + "\n");
}

void PlainProgress::on_message(const std::string& line) { sink_(line + "\n"); }

}  // namespace output
