#include "output/live_view.h"

#include <catch2/catch.hpp>

#include "output/sample_run.h"
#include "output/table.h"

using namespace std::chrono_literals;
using output::FrameSize;
using output::LiveView;
using output::Progress;
using tests::SampleRun;

namespace {

// Collects what a view writes, piece by piece.
struct Screen {
  FrameSize size{.columns = 80, .rows = 24};
  bool in_foreground = true;
  std::vector<std::string> pieces;

  output::LiveViewOptions options() {
    return {.size = [this] { return size; },
            .in_foreground = [this] { return in_foreground; },
            .colours = false};
  }
  output::Sink sink() {
    return [this](std::string_view piece) { pieces.emplace_back(piece); };
  }
  std::string take() {
    std::string all;
    for (const std::string& piece : std::exchange(pieces, {})) all += piece;
    return all;
  }
};

Progress progress_at(base::Duration elapsed) {
  Progress progress;
  progress.elapsed = elapsed;
  progress.vus = 10;
  progress.max_vus = 20;
  progress.phase = "running";
  progress.scenarios = {{.name = "steady", .executor = "constant-vus", .duration = 60s, .vus = 10}};
  return progress;
}

std::vector<std::string> frame(const Progress& progress, FrameSize size = {100, 24}) {
  return output::frame_lines(progress, size, output::Paint(false));
}

std::string line_of(const Progress& progress, const std::string& begin) {
  for (const std::string& line : frame(progress)) {
    if (line.rfind(begin, 0) == 0) return line;
  }
  return "";
}

}  // namespace

TEST_CASE("a frame is one piece, drawn over the one before and never blank") {
  Screen screen;
  LiveView live(screen.sink(), screen.options());
  live.on_progress(progress_at(1s));
  CHECK(screen.pieces.size() == 1);
  CHECK(screen.take().rfind("running  1.00s", 0) == 0);
  live.on_progress(progress_at(2s));
  CHECK(screen.pieces.size() == 1);
  const std::string second = screen.take();
  CHECK(second.rfind("\x1b[2Frunning  2.00s  10/20 VUs\x1b[K\n", 0) == 0);
  CHECK(second.find("\x1b[J") == second.size() - 3);
}

TEST_CASE("messages scroll above the frame, which stands below again, in one piece") {
  Screen screen;
  LiveView live(screen.sink(), screen.options());
  live.on_message("loading");
  CHECK(screen.take() == "loading\n");
  live.on_progress(progress_at(1s));
  const std::string drawn = screen.take();
  live.on_message("one\ntwo");
  CHECK(screen.pieces.size() == 1);
  CHECK(screen.take() == "\x1b[2Fone\x1b[K\ntwo\x1b[K\n" + drawn);
}

TEST_CASE("the end removes the frame, once") {
  Screen screen;
  LiveView live(screen.sink(), screen.options());
  live.on_end({});
  CHECK(screen.take().empty());
  live.on_progress(progress_at(1s));
  screen.take();
  live.on_end({});
  CHECK(screen.take() == "\x1b[2F\x1b[J");
  live.on_message("after");
  CHECK(screen.take() == "after\n");
}

TEST_CASE("a terminal that became narrower is cleared, and keeps the last messages") {
  Screen screen;
  LiveView live(screen.sink(), screen.options());
  live.on_message("said before");
  live.on_progress(progress_at(1s));
  screen.take();
  screen.size.columns = 40;
  live.on_progress(progress_at(2s));
  CHECK(screen.take().rfind("\x1b[H\x1b[2Jsaid before\nrunning  2.00s", 0) == 0);
  live.on_progress(progress_at(3s));
  CHECK(screen.take().rfind("\x1b[2Frunning", 0) == 0);
  screen.size.columns = 120;
  live.on_progress(progress_at(4s));
  CHECK(screen.take().rfind("\x1b[2Frunning", 0) == 0);
}

TEST_CASE("in the background nothing is drawn and messages are plain") {
  Screen screen;
  screen.in_foreground = false;
  LiveView live(screen.sink(), screen.options());
  live.on_progress(progress_at(1s));
  live.on_message("hello");
  CHECK(screen.take() == "hello\n");
}

TEST_CASE("a view that is suspended leaves nothing, and starts anew where the cursor is") {
  Screen screen;
  LiveView live(screen.sink(), screen.options());
  live.on_progress(progress_at(1s));
  screen.take();
  live.on_suspend();
  CHECK(screen.take() == "\x1b[2F\x1b[J");
  live.on_continue();
  live.on_progress(progress_at(2s));
  CHECK(screen.take().rfind("running", 0) == 0);
}

TEST_CASE("scenarios show how far they have come by their own measure") {
  Progress progress = progress_at(15s);
  CHECK(line_of(progress, "  steady") ==
        "  steady  [======                  ]  25%  15.0s of 1m00s  10 VUs  constant-vus");
  progress.scenarios[0].planned_iterations = 200;
  progress.scenarios[0].iterations = 250;
  CHECK(line_of(progress, "  steady").find("100%  200 of 200 iterations") != std::string::npos);
  progress.scenarios[0] = {.name = "late", .executor = "x", .start_time = 20s, .duration = 5s};
  CHECK(line_of(progress, "  late").find("   -  starts at 20.0s") != std::string::npos);
}

TEST_CASE("figures of the last seconds are told from those of the whole run") {
  SampleRun whole;
  whole.add_completed("chat", "m", 300);
  whole.add_failed("chat", "m", "timeout", 7);
  whole.add_failed("chat", "m", "rate_limited", 9);
  whole.add(metrics::kLlmRatelimitRequestsUsed, {}, 0.42);
  whole.finish();
  SampleRun recent;
  recent.add_completed("chat", "m", 30);
  recent.finish();
  Progress progress = progress_at(12s);
  progress.store = &whole.store();
  progress.recent = &recent.store();
  progress.recent_span = 2s;
  progress.budget = output::BudgetUse{.limit = 10, .spent = 0.5};
  CHECK(line_of(progress, "requests") == "requests  316 · 15.0/s, 900/min · 16 failed");
  CHECK(line_of(progress, "tokens") == "tokens    out 1,500/s, 90,000/min · in 750/s, 45,000/min");
  CHECK(line_of(progress, "latency") ==
        "latency   ttft p50 400ms p95 400ms~ · itl p50 10.0ms p95 10.0ms");
  CHECK(line_of(progress, "failures") == "failures  rate_limited 9 · timeout 7");
  CHECK(line_of(progress, "limits") == "limits    requests 42% used");
  CHECK(line_of(progress, "budget") == "budget    $0.5000 of $10.00 spent (5%)");
  CHECK(line_of(progress, "client") == "client    keeps up");
  progress.held_up = "a worker used 99% of its core";
  CHECK(line_of(progress, "client") == "client    held up: a worker used 99% of its core");
}

TEST_CASE("a frame is narrower than the terminal and lower") {
  SampleRun run;
  run.add_completed("chat", "m", 1000);
  run.add_failed("chat", "m", "timeout", 7);
  run.finish();
  Progress progress = progress_at(1s);
  progress.scenarios.resize(30, progress.scenarios[0]);
  progress.scenarios[3].name = std::string(200, 'x');
  progress.store = progress.recent = &run.store();
  progress.recent_span = 1s;
  progress.keys = "q stop";
  for (const std::size_t columns : {2U, 20U, 60U, 80U, 120U, 200U}) {
    for (const std::size_t rows : {2U, 5U, 24U, 100U}) {
      const auto lines = frame(progress, {columns, rows});
      CHECK(lines.size() < rows);
      for (const std::string& line : lines) CHECK(output::width_of(line) < columns);
    }
  }
  CHECK(frame(progress, {100, 24}).back() == "keys      q stop");
}
