// Scripts from text, and a worker to run their VUs on.
#pragma once

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "client/worker_fixture.h"
#include "script/lua_vu.h"
#include "script/script.h"

namespace tests {

// A file that is gone with the test.
class TemporaryScript {
 public:
  explicit TemporaryScript(const std::string& text) {
    static int number = 0;
    path_ = std::filesystem::temp_directory_path() / ("perigee_test_" + std::to_string(::getpid()) +
                                                      "_" + std::to_string(++number) + ".lua");
    std::ofstream(path_) << text;
  }
  ~TemporaryScript() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

struct ScriptFixture : WorkerFixture {
  base::Result<std::unique_ptr<script::Script>> load(const std::string& text) {
    const TemporaryScript file(text);
    return script::Script::load(file.path(), surroundings);
  }

  // Loads a script that must load, and makes its first VU.
  script::LuaVu& start(const std::string& text) {
    auto result = load(text);
    REQUIRE((result ? "" : result.error().message) == "");
    loaded = std::move(*result);
    load::Scenario scenario;
    scenario.users = loaded->description().users;
    plan.scenarios = {scenario};
    loaded->attach(context, plan);
    vu = std::make_unique<script::LuaVu>(*loaded, load::VuIdentity{1, 0, 0});
    return *vu;
  }

  // Runs the loop until `done` says so.
  template <typename Done>
  void run_until(Done done) {
    loop.post([] {});  // A first turn, for what is ready already.
    bool stopped = false;
    loop.run([&] {
      if (stopped) return;
      loaded->resume_ready(base::TimePoint::max());
      if (done()) {
        stopped = true;
        loop.stop();
      } else if (loaded->has_ready()) {
        loop.post([] {});
      }
    });
  }

  // Runs one iteration to its end and returns the think time.
  base::Duration iterate(script::LuaVu& user) {
    std::optional<base::Duration> think_time;
    user.run_iteration(loop.now(), [&](base::Duration t) { think_time = t; });
    run_until([&] { return think_time.has_value(); });
    return *think_time;
  }

  script::Notices notices;
  script::Surroundings surroundings{registry, notices, {{"GREETING", "hello"}}, 7, false, 1, true};
  load::Plan plan;
  std::unique_ptr<script::Script> loaded;
  std::unique_ptr<script::LuaVu> vu;  // Last: it goes before the script.
};

}  // namespace tests
