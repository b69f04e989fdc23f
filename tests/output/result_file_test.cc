#include "output/result_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "output/sample_run.h"

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using tests::SampleRun;

namespace {

// A directory of the test's own, removed at its end.
class Directory {
 public:
  Directory() {
    std::string path = (fs::temp_directory_path() / "perigee-result-XXXXXX").string();
    REQUIRE(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path_), fs::directory_iterator{}));
  }

 private:
  fs::path path_;
};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Json metric_of(const Json& json, const std::string& name) {
  for (const Json& metric : json["metrics"]) {
    if (metric["name"] == name) return metric;
  }
  return nullptr;
}

// The recipe of docs/result-file.md, word for word.
double percentile_from_file(const Json& histogram, double percent) {
  const auto count = histogram["count"].get<double>();
  const auto rank = static_cast<std::uint64_t>(std::max(1.0, std::ceil(percent / 100 * count)));
  std::uint64_t seen = histogram["zeros"].get<std::uint64_t>();
  if (seen >= rank) return 0;
  const double step = std::exp2(std::exp2(-histogram["scale"].get<double>()));
  int index = 0;
  for (std::size_t i = 0; i < histogram["counts"].size(); ++i) {
    index += histogram["index_deltas"][i].get<int>();
    seen += histogram["counts"][i].get<std::uint64_t>();
    if (seen < rank) continue;
    const double low = std::pow(step, index);
    const double high = low * step;
    const double value = 2 * low * high / (low + high);
    return std::clamp(value, histogram["min"].get<double>(), histogram["max"].get<double>());
  }
  return histogram["max"].get<double>();
}

}  // namespace

TEST_CASE("the file says what it is and which run it holds") {
  SampleRun run;
  run.result().exit_code = 98;
  run.result().end = output::End::kInterrupted;
  run.result().end_reason = "SIGINT";
  const Json json = tests::json_of(run.finish());
  CHECK(json.begin().key() == "schema");
  CHECK(json["schema"] == "perigee-result");
  CHECK(json["schema_version"] == 2);
  CHECK(json["perigee"] == Json{{"version", "0.1.0"}});
  CHECK(json["run"] == Json{{"script", "chat.lua"},
                            {"started_at", "2026-01-02T03:04:05Z"},
                            {"elapsed_s", 20.0},
                            {"warmup_s", 0.0},
                            {"judged_s", 20.0},
                            {"seed", 42},
                            {"workers", 2},
                            {"end", "interrupted"},
                            {"end_reason", "SIGINT"},
                            {"exit_code", 98},
                            {"verdict", "not_judged"}});
  CHECK(json["options"]["vus"] == 10);
  CHECK(json["host"]["stamps"] == "kernel");
}

TEST_CASE("a seed keeps all its digits") {
  SampleRun run;
  run.result().seed = 18446744073709551615U;
  CHECK(tests::json_of(run.finish())["run"]["seed"].dump() == "18446744073709551615");
}

TEST_CASE("series of each type have their values and tags") {
  SampleRun run;
  run.add(metrics::kLlmRequests, {{"task", "chat"}, {"outcome", "completed"}}, 3);
  run.add(metrics::kChecks, {{"check", "ok"}}, 1, 3);
  run.add(metrics::kChecks, {{"check", "ok"}}, 0, 1);
  run.add(metrics::kVus, {}, 5);
  run.add(metrics::kVus, {}, 2);
  const Json json = tests::json_of(run.finish());
  CHECK(metric_of(json, "llm_requests") ==
        Json::parse(R"({"name":"llm_requests","type":"counter","unit":"","of":"","series":[
          {"tags":{"outcome":"completed","task":"chat"},"sum":3.0}]})"));
  CHECK(metric_of(json, "checks") ==
        Json::parse(R"({"name":"checks","type":"rate","unit":"share","of":"checks","series":[
          {"tags":{"check":"ok"},"trues":3,"total":4,"own_trues":0,"share":0.75}]})"));
  CHECK(metric_of(json, "vus")["series"] ==
        Json::parse(R"([{"tags":{},"count":2,"last":2.0,"min":2.0,"max":5.0}])"));
}

TEST_CASE("a metric without samples is not in the file") {
  SampleRun run;
  CHECK(tests::json_of(run.finish())["metrics"].empty());
}

TEST_CASE("a trend keeps its values apart from what is known only from below") {
  SampleRun run;
  run.add(metrics::kLlmTtft, {}, 0.5, 98);
  run.add_lower_bound(metrics::kLlmTtft, {}, 2);
  run.add_lower_bound(metrics::kLlmTtft, {}, 3);
  const Json json = tests::json_of(run.finish());
  const Json series = metric_of(json, "llm_ttft")["series"][0];
  CHECK(series["count"] == 100);
  CHECK(series["values"]["count"] == 98);
  CHECK(series["values"]["sum"] == 49.0);
  CHECK(series["lower_bounds"]["count"] == 2);
  CHECK(series["lower_bounds"]["min"] == 2.0);
  CHECK(series["max"] == 3.0);
  CHECK(series["p50"].get<double>() == Approx(0.5).epsilon(0.003));
  CHECK(series["at_least"] == Json({"avg", "max", "p99"}));
}

TEST_CASE("any percentile can be computed from the histogram in the file") {
  SampleRun run;
  for (int i = 1; i <= 1000; ++i) run.add(metrics::kLlmTtft, {}, i / 1000.0);
  run.add(metrics::kLlmTtft, {}, 0, 10);
  const output::RunResult& result = run.finish();
  const Json json = Json::parse(tests::json_of(result).dump());
  const Json series = metric_of(json, "llm_ttft")["series"][0];
  const metrics::Trend trend = result.store->trend(metrics::kLlmTtft);
  for (const double percent : {0.0, 0.5, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    INFO(percent);
    CHECK(percentile_from_file(series["values"], percent) ==
          Approx(trend.values.quantile(percent / 100)).epsilon(1e-9).margin(1e-12));
  }
  CHECK(series["values"]["zeros"] == 10);
}

TEST_CASE("the worked example of docs/result-file.md is true") {
  SampleRun run;
  for (const double value : {0.1, 0.2, 0.2, 0.4}) run.add(metrics::kLlmTtft, {}, value);
  const Json json = tests::json_of(run.finish());
  const Json values = metric_of(json, "llm_ttft")["series"][0]["values"];
  CHECK(values["index_deltas"] == Json({-426, 128, 128}));
  CHECK(values["counts"] == Json({1, 2, 1}));
  CHECK(percentile_from_file(values, 50) == Approx(0.19968).epsilon(1e-4));
  const std::string docs = read(FIXTURES "/../../docs/result-file.md");
  CHECK(docs.find(R"("index_deltas": [-426, 128, 128], "counts": [1, 2, 1])") != std::string::npos);
}

TEST_CASE("every key of the file is in its documentation") {
  SampleRun run;
  run.add_completed("chat", "m", 1);
  run.add(metrics::kVus, {}, 1);
  run.add_threshold("x", metrics::kLlmTtft, metrics::Threshold::Aggregate::kAvg, {});
  run.result().thresholds[0].judgement.worst_window = metrics::Span{};
  run.result().script_errors = {{"boom", 1}};
  run.result().hook_errors = {{"teardown", "boom"}};
  run.result().objectives = {{"llm_ttft < 2s"}};
  Json json = tests::json_of(run.finish());
  json["options"] = json["host"] = nullptr;
  const std::string docs = read(FIXTURES "/../../docs/result-file.md");
  REQUIRE_FALSE(docs.empty());
  const std::function<void(const Json&)> visit = [&](const Json& value) {
    if (!value.is_structured()) return;
    for (const auto& [key, inner] : value.items()) {
      if (value.is_object()) {
        INFO(key);
        CHECK(docs.find("`" + key + "`") != std::string::npos);
      }
      if (key != "tags") visit(inner);
    }
  };
  visit(json);
}

TEST_CASE("thresholds are written with their verdict, value and unit") {
  using Aggregate = metrics::Threshold::Aggregate;
  SampleRun run;
  run.add_threshold("llm_ttft p(95) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
                    {metrics::Verdict::kNotJudged, {1.5, true}, 10, "a reason", "a note"});
  run.add_threshold("llm_request_failed rate < 1%", metrics::kLlmRequestFailed, Aggregate::kRate,
                    {});
  run.add_threshold("llm_ttft count > 1", metrics::kLlmTtft, Aggregate::kCount, {});
  run.add_threshold("llm_output_tokens rate > 1", metrics::kLlmOutputTokens, Aggregate::kRate, {});
  const Json thresholds = tests::json_of(run.finish())["thresholds"];
  CHECK(thresholds[0] == Json::parse(R"({"source":"llm_ttft p(95) < 2s","verdict":"not_judged",
    "value":1.5,"unit":"s","is_lower_bound":true,"error_below":0.0,"error_above":0.0,"samples":10,"window_s":0.0,
    "min_samples":0,"allow_empty":false,"abort_on_fail":false,"delay_s":0.0,"worst_window":null,"windows":0,"windows_failed":0,"reason":"a reason","note":"a note"})"));
  CHECK(thresholds[1]["unit"] == "share");
  CHECK(thresholds[2]["unit"] == "");
  CHECK(thresholds[3]["unit"] == "tokens/s");
}

TEST_CASE("a threshold with a window is written with the worst one") {
  SampleRun run;
  run.add_threshold(
      "llm_ttft p(95) < 2s", metrics::kLlmTtft, metrics::Threshold::Aggregate::kPercentile,
      {.verdict = metrics::Verdict::kFailed,
       .measured = {2.4},
       .samples = 90,
       .worst_window = metrics::Span{std::chrono::seconds(70), std::chrono::seconds(100)},
       .windows = 271,
       .windows_failed = 3});
  run.result().thresholds[0].threshold.window = std::chrono::seconds(30);
  const Json threshold = tests::json_of(run.finish())["thresholds"][0];
  CHECK(threshold["window_s"] == 30.0);
  CHECK(threshold["worst_window"] == Json::parse(R"({"begin_s":70.0,"end_s":100.0})"));
  CHECK(threshold["windows"] == 271);
  CHECK(threshold["windows_failed"] == 3);
}

TEST_CASE("goodput is over the judged time, with every request in the denominator") {
  SampleRun run;
  run.result().warmup = std::chrono::seconds(10);
  run.result().judged = std::chrono::seconds(10);
  run.result().objectives = {{"llm_ttft < 2s"}, {"llm_tpot < 50ms"}};
  run.add(metrics::kLlmGood, {}, 1, 30);
  run.add(metrics::kLlmGood, {}, 0, 10);
  run.add(metrics::kLlmGoodRequests, {}, 30);
  run.add(metrics::kLlmGoodOutputTokens, {}, 3000);
  const Json json = tests::json_of(run.finish());
  CHECK(json["run"]["warmup_s"] == 10.0);
  CHECK(json["run"]["judged_s"] == 10.0);
  CHECK(json["objectives"] == Json::parse(R"({"sources":["llm_ttft < 2s","llm_tpot < 50ms"],
    "good":30,"requests":40,"share":0.75,"requests_per_s":3.0,"output_tokens_per_s":300.0})"));
  SampleRun without;
  CHECK(tests::json_of(without.finish())["objectives"].is_null());
}

TEST_CASE("what was kept apart is in the file, and not among the metrics") {
  SampleRun warm;
  warm.add_completed("chat", "m", 5);
  warm.finish();
  SampleRun run;
  run.add_completed("chat", "m", 3);
  run.result().apart = &warm.store();
  const Json json = tests::json_of(run.finish());
  CHECK(metric_of(json, "llm_requests")["series"][0]["sum"] == 3.0);
  CHECK(metric_of({{"metrics", json["apart"]}}, "llm_requests")["series"][0]["sum"] == 5.0);
}

TEST_CASE("intervals are columns of the same length") {
  SampleRun run;
  run.result().intervals = {{1, 5, 10, 20, 30, 1, 400}, {2, 6, 11, 21, 31, 2, 401, 0.5, 0.25}};
  run.result().intervals[1].client.cpu = 0.9;
  Json intervals = tests::json_of(run.finish())["intervals"];
  CHECK(intervals["client"]["client_cpu"] == Json::parse("[null,0.9]"));
  CHECK(intervals["client"]["client_lag_p99"] == Json::parse("[null,null]"));
  CHECK(intervals["client"]["port_errors"] == Json::parse("[0.0,0.0]"));
  intervals.erase("client");
  for (const char* series : {"failures", "trends", "rates"}) {
    CHECK(intervals[series].empty());
    intervals.erase(series);
  }
  CHECK(intervals == Json::parse(R"({"elapsed_s":[1.0,2.0],"vus":[5,6],"iterations":[10.0,11.0],
          "http_reqs":[20.0,21.0],"llm_requests":[30.0,31.0],"llm_requests_failed":[1.0,2.0],
          "input_tokens":[0.0,0.0],"cache_read_tokens":[0.0,0.0],"cache_write_tokens":[0.0,0.0],
          "output_tokens":[400.0,401.0],"cost_usd":[0.0,0.5],
          "ratelimit_requests_used":[null,0.25],"ratelimit_tokens_used":[null,null],
          "ratelimit_input_tokens_used":[null,null],"ratelimit_output_tokens_used":[null,null]})"));
}

TEST_CASE("what held the client up is written with its seconds and what to do about it") {
  using namespace std::chrono_literals;
  SampleRun run;
  run.add(metrics::kClientLag, {}, 0.001, 499);
  run.result().client_findings = {{metrics::ClientCause::kCpu,
                                   {{1s, 3s}, {5s, 6s}},
                                   {2s, 3s},
                                   "a worker used 99% of its core"}};
  const Json client = tests::json_of(run.finish())["client"];
  CHECK(client["reads"] == 499);
  CHECK(client["enough_reads"] == false);
  REQUIRE(client["findings"].size() == 1);
  const Json& finding = client["findings"][0];
  CHECK(finding["cause"] == "cpu");
  CHECK(finding["figure"] == "a worker used 99% of its core");
  CHECK(finding["worst"] == Json::parse(R"({"begin_s":2.0,"end_s":3.0})"));
  CHECK(finding["spans"].size() == 2);
  CHECK(finding["advice"].get<std::string>().find("--threads") != std::string::npos);
}

TEST_CASE("a trend's errors are written where there are any") {
  SampleRun run;
  run.add(metrics::kLlmTtft, {}, 0.5, 98);
  const Json json = tests::json_of(run.finish());
  CHECK(metric_of(json, "llm_ttft")["series"][0]["errors"].is_null());
}

TEST_CASE("errors, failures and warnings are in the file, and so is a run without a store") {
  output::RunResult result;
  result.script_errors = {{"boom", 3}};
  result.hook_errors = {{"teardown", "bang"}};
  result.failures = {"wrong"};
  result.warnings = {"no price"};
  const Json json = tests::json_of(result);
  CHECK(json["script_errors"] == Json::parse(R"([{"text":"boom","count":3}])"));
  CHECK(json["hook_errors"] == Json::parse(R"([{"hook":"teardown","text":"bang"}])"));
  CHECK(json["failures"] == Json({"wrong"}));
  CHECK(json["warnings"] == Json({"no price"}));
  CHECK(json["metrics"].is_array());
}

TEST_CASE("the file is written whole, on one line, and leaves nothing beside it") {
  Directory directory;
  SampleRun run;
  run.add_completed("chat", "m", 5);
  const std::string path = directory.file("result.json");
  REQUIRE(output::write_result_file(run.finish(), path));
  const std::string text = read(path);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(Json::parse(text) == tests::json_of(run.result()));
  CHECK(directory.files() == 1);
}

TEST_CASE("an older file is replaced, and a link to it stays a link") {
  Directory directory;
  SampleRun run;
  std::ofstream(directory.file("old.json")) << "old";
  fs::create_symlink(directory.file("old.json"), directory.file("link.json"));
  REQUIRE(output::write_result_file(run.finish(), directory.file("link.json")));
  CHECK(fs::is_symlink(directory.file("link.json")));
  CHECK(Json::parse(read(directory.file("old.json")))["schema"] == "perigee-result");
  CHECK(directory.files() == 2);
}

TEST_CASE("a device is written to, not replaced") {
  SampleRun run;
  CHECK(output::write_result_file(run.finish(), "/dev/null"));
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("a file that cannot be written is an error with its path and the reason") {
  Directory directory;
  SampleRun run;
  const std::string path = directory.file("missing/result.json");
  const auto written = output::write_result_file(run.finish(), path);
  REQUIRE_FALSE(written);
  CHECK(written.error().message ==
        "cannot write the result file \"" + path + "\": No such file or directory");
  const auto full = output::write_result_file(run.result(), "/dev/full");
  REQUIRE_FALSE(full);
  CHECK(full.error().message ==
        "cannot write the result file \"/dev/full\": No space left on device");
}

TEST_CASE("a directory in the file's place is an error, and nothing is left beside it") {
  Directory directory;
  SampleRun run;
  fs::create_directory(directory.file("result.json"));
  CHECK_FALSE(output::write_result_file(run.finish(), directory.file("result.json")));
  CHECK(directory.files() == 1);
}

TEST_CASE("bytes that are not UTF-8 do not lose the file") {
  Directory directory;
  SampleRun run;
  run.result().script_errors = {{"bad \xff byte", 1}};
  const std::string path = directory.file("result.json");
  REQUIRE(output::write_result_file(run.finish(), path));
  CHECK(Json::parse(read(path))["script_errors"][0]["text"] == "bad \xEF\xBF\xBD byte");
}
