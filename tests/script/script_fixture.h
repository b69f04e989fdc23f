// Scripts from text, and a worker to run their VUs on.
#pragma once

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <lua.hpp>
#include <memory>
#include <string>

#include "client/worker_fixture.h"
#include "script/lua_vu.h"
#include "script/script.h"
#include "script/shared.h"

namespace tests {

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A file that is gone with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text, const std::string& extension = ".lua") {
    static int number = 0;
    path_ = std::filesystem::temp_directory_path() / ("perigee_test_" + std::to_string(::getpid()) +
                                                      "_" + std::to_string(++number) + extension);
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

struct ScriptFixture : WorkerFixture {
  base::Result<std::unique_ptr<script::Script>> load(const std::string& text) {
    const TemporaryFile file(text);
    return script::Script::load(file.path(), surroundings);
  }

  // Loads a script that must load, and attaches it to `scenario`, with the script's default users.
  script::Script& load_for_running(const std::string& text) {
    auto result = load(text);
    REQUIRE((result ? "" : result.error().message) == "");
    vu.reset();
    loaded = std::move(*result);
    load::Scenario described = scenario;
    for (const std::string& name : loaded->description().default_users) {
      for (const load::UserClass& user_class : loaded->description().classes) {
        if (user_class.name == name) described.users.push_back(user_class);
      }
    }
    plan.scenarios = {described};
    loaded->attach(context, plan);
    return *loaded;
  }

  // The same, and makes its first VU.
  script::LuaVu& start(const std::string& text) {
    load_for_running(text);
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
  base::Duration iterate(script::LuaVu& user, std::uint64_t number = 0) {
    std::optional<base::Duration> think_time;
    user.run_iteration({.due = loop.now(), .number = number},
                       [&](base::Duration t) { think_time = t; });
    run_until([&] { return think_time.has_value(); });
    return *think_time;
  }

  // Begins an iteration and runs it until its script logs something.
  void iterate_until_logged(script::LuaVu& user) {
    user.run_iteration({.due = loop.now()}, [](base::Duration) { FAIL("it ended"); });
    run_until([&] {
      logged = notices.take().lines;
      return !logged.empty();
    });
  }

  std::optional<base::Result<std::string>> run_hook(script::Hook hook,
                                                    const std::string& argument) {
    std::optional<base::Result<std::string>> returned;
    const auto hook_vu = loaded->run_hook(
        hook, argument, [&](base::Result<std::string> result) { returned = std::move(result); });
    run_until([&] { return returned.has_value(); });
    return returned;
  }

  // The error of a script that had one.
  std::string only_error() {
    const auto errors = notices.take().errors;
    REQUIRE(errors.size() == 1);
    return errors.begin()->first;
  }

  double counter(const std::string& name, const std::string& tags = "") {
    const metrics::Store& store_now = counted();
    if (tags.empty()) return store_now.counter(*registry.find(name));
    return store_now.counter(*registry.find(name), *metrics::parse_selector(tags));
  }

  // What the script holds in Lua's registry: it must not grow with what it runs.
  std::size_t kept_in_registry() {
    lua_State* L = loaded->lua();
    std::size_t kept = 0;
    for (lua_pushnil(L); lua_next(L, LUA_REGISTRYINDEX) != 0; lua_pop(L, 1)) {
      // Freed references hold the number of the next free one.
      if (lua_type(L, -2) == LUA_TNUMBER && lua_type(L, -1) != LUA_TNUMBER) ++kept;
    }
    return kept;
  }

  script::Notices notices;
  script::Shared shared;
  script::Surroundings surroundings{.registry = registry,
                                    .notices = notices,
                                    .shared = shared,
                                    .variables = {{"GREETING", "hello"}},
                                    .seed = 7};
  load::Scenario scenario;
  load::Plan plan;
  std::vector<std::string> logged;
  std::unique_ptr<script::Script> loaded;
  std::unique_ptr<script::LuaVu> vu;  // Last: it goes before the script.
};

}  // namespace tests
