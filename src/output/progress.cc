#include "output/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/figures.h"
#include "output/paint.h"
#include "output/table.h"

namespace output {
namespace {

// The numbers of a moment, as words. Speeds and percentiles are those of the last seconds.
struct Figures {
  std::string iterations = "0";
  std::string requests = "0";
  std::string requests_per_s = "-";
  std::string failed = "0";
  std::uint64_t failures = 0;
  bool llm = false;  // Requests are LLM requests; otherwise HTTP requests.
  std::string tokens_per_s = "-";
  std::string ttft_p50 = "-", ttft_p95 = "-";
  std::string itl_p50 = "-", itl_p99 = "-";
  std::string http_p50 = "-", http_p95 = "-";
};

std::string quantile(const metrics::Trend& trend, double q) {
  if (trend.count() == 0) return "-";
  const metrics::Estimate estimate = trend.quantile(q);
  return (estimate.is_lower_bound ? "≥" : "") +
         metrics::format_value(estimate.value, metrics::Unit::kTime);
}

void read_total(const metrics::Store& store, Figures& figures) {
  figures.iterations = format_whole(store.counter(metrics::kIterations));
  figures.llm = store.counter(metrics::kLlmRequests) > 0;
  const auto requests = figures.llm ? metrics::kLlmRequests : metrics::kHttpReqs;
  const auto failed = figures.llm ? metrics::kLlmRequestFailed : metrics::kHttpReqFailed;
  figures.requests = format_whole(store.counter(requests));
  figures.failures = store.rate(failed).trues;
  figures.failed = base::format_count(figures.failures);
}

void read_recent(const metrics::Store& store, base::Duration span, Figures& figures) {
  if (span <= base::Duration::zero()) return;
  const auto requests = figures.llm ? metrics::kLlmRequests : metrics::kHttpReqs;
  figures.requests_per_s = format_rate(per_second(store.counter(requests), span));
  if (figures.llm) {
    const double tokens = store.counter(metrics::kLlmOutputTokens);
    figures.tokens_per_s = format_rate(per_second(tokens, span));
    const metrics::Trend ttft = store.trend(metrics::kLlmTtft);
    figures.ttft_p50 = quantile(ttft, 0.50);
    figures.ttft_p95 = quantile(ttft, 0.95);
    const metrics::Trend itl = store.trend(metrics::kLlmItl);
    figures.itl_p50 = quantile(itl, 0.50);
    figures.itl_p99 = quantile(itl, 0.99);
  } else {
    const metrics::Trend duration = store.trend(metrics::kHttpReqDuration);
    figures.http_p50 = quantile(duration, 0.50);
    figures.http_p95 = quantile(duration, 0.95);
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

std::string bar(const Progress& progress) {
  constexpr std::size_t kWidth = 24;
  if (progress.planned <= base::Duration::zero()) return "";
  const double share = base::to_seconds(progress.elapsed) / base::to_seconds(progress.planned);
  const auto full = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kWidth);
  return "[" + std::string(full, '=') + std::string(kWidth - full, ' ') + "]  ";
}

std::vector<std::string> live_lines(const Progress& progress) {
  const Figures figures = read(progress);
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{}  {}  {}{}/{} VUs", progress.phase, elapsed_of_planned(progress),
                              bar(progress), progress.vus,
                              std::max(progress.vus, progress.max_vus)));
  lines.push_back(fmt::format("  iterations {} · requests {}, {}/s · failed {}", figures.iterations,
                              figures.requests, figures.requests_per_s, figures.failed));
  if (figures.llm) {
    lines.push_back(fmt::format("  tokens/s {} · ttft p50 {} p95 {} · itl p50 {} p99 {}",
                                figures.tokens_per_s, figures.ttft_p50, figures.ttft_p95,
                                figures.itl_p50, figures.itl_p99));
  } else {
    lines.push_back(fmt::format("  http p50 {} p95 {}", figures.http_p50, figures.http_p95));
  }
  return lines;
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

LiveProgress::LiveProgress(Sink sink, LiveProgressOptions options)
    : sink_(std::move(sink)), options_(options) {}

void LiveProgress::on_progress(const Progress& progress) {
  const std::string before = erase();
  lines_ = live_lines(progress);
  sink_(before + draw());
}

void LiveProgress::on_message(const std::string& line) {
  const std::string before = erase();
  sink_(before + line + "\n" + draw());
}

void LiveProgress::on_end(const RunResult&) {
  lines_.clear();
  const std::string sequence = erase();
  if (!sequence.empty()) sink_(sequence);
}

std::string LiveProgress::erase() {
  if (drawn_ == 0) return "";
  // To the first column of the first line drawn, then clear to the end of the screen.
  std::string sequence = fmt::format("\x1b[{}F\x1b[J", drawn_);
  drawn_ = 0;
  return sequence;
}

std::string LiveProgress::draw() {
  const Paint paint(options_.colours);
  std::string text;
  for (const std::string& line : lines_) {
    const std::string cut = cut_to_width(line, options_.width);
    text += (&line == &lines_.front() ? paint.bold(cut) : cut) + "\n";
  }
  drawn_ = lines_.size();
  return text;
}

}  // namespace output
