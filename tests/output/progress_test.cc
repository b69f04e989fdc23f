#include "output/progress.h"

#include <catch2/catch.hpp>

#include "output/sample_run.h"

using namespace std::chrono_literals;
using output::PlainProgress;
using output::Progress;
using tests::SampleRun;

namespace {

// Collects what an output writes.
struct Screen {
  std::string text;
  output::Sink sink() {
    return [this](std::string_view piece) { text += piece; };
  }
  std::string take() { return std::exchange(text, ""); }
};

Progress progress_at(base::Duration elapsed) {
  Progress progress;
  progress.elapsed = elapsed;
  progress.vus = 10;
  progress.max_vus = 20;
  progress.phase = "running";
  return progress;
}

}  // namespace

TEST_CASE("a progress line has the figures of the last seconds and the failures of all") {
  SampleRun whole;
  whole.add(metrics::kIterations, {}, 1234);
  whole.add_completed("chat", "m", 300);
  whole.add_failed("chat", "m", "timeout", 7);
  whole.finish();
  SampleRun recent;
  recent.add_completed("chat", "m", 30);
  recent.finish();
  Progress progress = progress_at(12s);
  progress.planned = 5min;
  progress.store = &whole.store();
  progress.recent = &recent.store();
  progress.recent_span = 2s;
  CHECK(output::progress_line(progress) ==
        "12.0s of 5m00s · 10 VUs · 1,234 iterations · 15.0 requests/s · 1,500 tokens/s · "
        "ttft p95 400ms~ · itl p50 10.0ms · 7 failed");
}

TEST_CASE("a progress line before the first sample has dashes, not zeros") {
  SampleRun run;
  run.finish();
  Progress progress = progress_at(1s);
  CHECK(output::progress_line(progress) ==
        "1.00s · 10 VUs · 0 iterations · - requests/s · http p95 - · 0 failed");
  progress.store = progress.recent = &run.store();
  CHECK(output::progress_line(progress).find("http p95 -") != std::string::npos);
}

TEST_CASE("a script without LLM requests shows its HTTP requests") {
  SampleRun run;
  run.add(metrics::kHttpReqs, {}, 100);
  run.add(metrics::kHttpReqFailed, {}, 1, 3);
  run.add(metrics::kHttpReqDuration, {}, 0.25, 100);
  run.finish();
  Progress progress = progress_at(10s);
  progress.store = progress.recent = &run.store();
  progress.recent_span = 10s;
  progress.phase = "stopping";
  CHECK(output::progress_line(progress) ==
        "10.0s · 10 VUs · 0 iterations · 10.0 requests/s · http p95 250ms~ · 3 failed · stopping");
}

TEST_CASE("a percentile known only from below is marked in a progress line") {
  SampleRun run;
  run.add(metrics::kLlmRequests, {}, 2);
  run.add_lower_bound(metrics::kLlmTtft, {}, 3);
  run.finish();
  Progress progress = progress_at(10s);
  progress.store = progress.recent = &run.store();
  progress.recent_span = 10s;
  CHECK(output::progress_line(progress).find("ttft p95 ≥3.00s") != std::string::npos);
}

TEST_CASE("plain progress prints a line per interval of the run") {
  Screen screen;
  PlainProgress plain(screen.sink(), {.interval = 5s});
  std::vector<int> printed;
  for (int second = 0; second <= 16; ++second) {
    plain.on_progress(progress_at(std::chrono::seconds(second)));
    if (!screen.take().empty()) printed.push_back(second);
  }
  CHECK(printed == std::vector<int>{5, 10, 15});
}

TEST_CASE("a late call prints one line, not one for each interval that it missed") {
  Screen screen;
  PlainProgress plain(screen.sink(), {.interval = 5s});
  plain.on_progress(progress_at(23s));
  CHECK(tests::lines_of(screen.take()).size() == 1);
  plain.on_progress(progress_at(24s));
  CHECK(screen.take().empty());
  plain.on_progress(progress_at(25s));
  CHECK_FALSE(screen.take().empty());
}

TEST_CASE("plain progress passes messages on and says nothing at the end") {
  Screen screen;
  PlainProgress plain(screen.sink(), {});
  plain.on_message("hello");
  CHECK(screen.take() == "hello\n");
  plain.on_end({});
  CHECK(screen.take().empty());
}
