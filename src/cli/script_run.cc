#include "cli/script_run.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/descriptors.h"
#include "base/text.h"
#include "cli/signals.h"
#include "net/http_client.h"

namespace cli {

base::Result<void> ScriptRun::prepare() {
  base::reserve_descriptors();  // No thread has been made yet.
  if (auto prepared = loading_.prepare(flags_); !prepared) return prepared;
  if (auto started = start_mock(); !started) return started;
  net::initialize_http();
  auto settings = loading_.load(flags_);
  if (!settings) return tl::unexpected(settings.error());
  settings_ = std::move(*settings);
  block_stop_signals();  // The control thread waits for them.
  std::signal(SIGPIPE, SIG_IGN);
  return {};
}

base::Result<output::RunResult> ScriptRun::execute(
    std::vector<std::unique_ptr<output::Output>> outputs, Keys* keys) {
  if (!settings_) {
    if (auto prepared = prepare(); !prepared) return tl::unexpected(prepared.error());
  }
  run_ = std::make_unique<Run>(std::move(*settings_), flags_, loading_.description(),
                               loading_.surroundings(), std::move(outputs), keys);
  return run_->execute();
}

base::Result<void> ScriptRun::start_mock() {
  if (flags_.mock.empty()) return {};
  std::vector<std::string> arguments = {"--profile", flags_.mock};
  for (const std::string& word : base::split(flags_.mock_args, ' ')) {
    if (!word.empty()) arguments.push_back(word);
  }
  if (flags_.progress == "none") arguments.emplace_back("--quiet");
  auto mock = MockProcess::start(arguments);
  if (!mock) return base::fail_at("--mock", mock.error());
  mock_ = std::move(*mock);
  script::Surroundings& surroundings = loading_.surroundings();
  // emplace: what the user gave with -e stands.
  surroundings.variables.emplace("ANTHROPIC_BASE_URL", mock_->base_url());
  surroundings.variables.emplace("ANTHROPIC_API_KEY", "mock");
  surroundings.variables.emplace("ANTHROPIC_VERTEX_BASE_URL", mock_->base_url());
  surroundings.variables.emplace("OPENAI_BASE_URL", mock_->base_url() + "/v1");
  surroundings.variables.emplace("OPENAI_API_KEY", "mock");
  if (surroundings.host.empty()) surroundings.host = mock_->base_url();
  return {};
}

void ScriptRun::end_process(int exit_code) {
  std::fflush(nullptr);
  mock_.reset();
  std::_Exit(exit_code);
}

}  // namespace cli
