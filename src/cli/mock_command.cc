#include "cli/mock_command.h"

#include <event2/event.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/distribution.h"
#include "mock/server.h"
#include "net/event_loop.h"

namespace cli {
namespace {

constexpr int kBadOption = 104;

struct EventDeleter {
  void operator()(event* to_free) const { event_free(to_free); }
};
using SignalEvent = std::unique_ptr<event, EventDeleter>;

std::optional<base::Error> override_with(const char* flag, const std::string& text,
                                         const base::ParseValue& parse_value,
                                         base::Distribution& distribution) {
  if (text.empty()) return std::nullopt;
  const auto parsed = base::parse_distribution(text, parse_value);
  if (!parsed) return base::Error{fmt::format("{}: {}", flag, parsed.error().message)};
  distribution = *parsed;
  return std::nullopt;
}

std::optional<base::Error> override_profile(const MockFlags& flags, mock::Profile& profile) {
  if (auto error = override_with("--ttft", flags.ttft, base::parse_seconds, profile.ttft)) {
    return error;
  }
  if (auto error = override_with("--itl", flags.itl, base::parse_seconds, profile.itl)) {
    return error;
  }
  if (auto error = override_with("--tokens", flags.tokens, base::parse_number, profile.tokens)) {
    return error;
  }
  return override_with("--tokens-per-delta", flags.tokens_per_delta, base::parse_number,
                       profile.tokens_per_delta);
}

SignalEvent stop_on(net::EventLoop& loop, int signal) {
  SignalEvent event(evsignal_new(
      loop.base(), signal,
      [](evutil_socket_t, short, void* to_stop) { static_cast<net::EventLoop*>(to_stop)->stop(); },
      &loop));
  event_add(event.get(), nullptr);
  return event;
}

void prepare_process(bool dies_with_parent) {
  rlimit descriptors = {};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  // The kernel groups timers of ordinary threads by 50 us.
  prctl(PR_SET_TIMERSLACK, 1UL);
  if (dies_with_parent) prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);
}

void announce(const mock::Options& options, std::uint16_t port, int ready_fd) {
  const bool is_ipv6 = options.host.find(':') != std::string::npos;
  fmt::print(stderr, "perigee mock: http://{}:{}, profile {}\n",
             is_ipv6 ? "[" + options.host + "]" : options.host, port,
             mock::describe_profile(options.profile));
  if (ready_fd < 0) return;
  const std::string line = fmt::format("{}\n", port);
  if (write(ready_fd, line.data(), line.size()) < 0) std::perror("perigee mock: --ready-fd");
  close(ready_fd);
}

int run_mock(const MockFlags& flags) {
  const auto options = parse_mock_flags(flags);
  if (!options) {
    fmt::print(stderr, "perigee mock: {}\n", options.error().message);
    return kBadOption;
  }
  prepare_process(flags.dies_with_parent);
  net::EventLoop loop;
  // Watched before the mock is announced: whoever waits for that may stop it at once.
  const SignalEvent on_interrupt = stop_on(loop, SIGINT);
  const SignalEvent on_terminate = stop_on(loop, SIGTERM);
  const auto server = mock::Server::start(loop, *options);
  if (!server) {
    fmt::print(stderr, "perigee mock: {}\n", server.error().message);
    return kBadOption;
  }
  announce(*options, (*server)->port(), flags.ready_fd);
  loop.run([] {});
  return 0;
}

}  // namespace

base::Result<mock::Options> parse_mock_flags(const MockFlags& flags) {
  auto profile = mock::find_profile(flags.profile);
  if (!profile) return base::fail_at("--profile", profile.error());
  if (const auto error = override_profile(flags, *profile)) return tl::unexpected(*error);
  const auto fail_rules = mock::parse_fail_rules(flags.fail);
  if (!fail_rules) return base::fail_at("--fail", fail_rules.error());
  mock::Freeze freeze;
  if (!flags.freeze.empty()) {
    const auto parsed = mock::parse_freeze(flags.freeze);
    if (!parsed) return base::fail_at("--freeze", parsed.error());
    freeze = *parsed;
  }
  if (flags.port < 0 || flags.port > 65535) {
    return base::fail("--port: expected a port from 0 to 65535, got {}", flags.port);
  }
  return mock::Options{flags.host,
                       static_cast<std::uint16_t>(flags.port),
                       *profile,
                       *fail_rules,
                       flags.record_file,
                       flags.seed,
                       freeze};
}

void add_mock_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("mock", "Run a server that behaves like the Claude API, with no key");
  const auto flags = std::make_shared<MockFlags>();
  command->add_option("--host", flags->host, "Address to listen on")->capture_default_str();
  command->add_option("--port", flags->port, "Port to listen on; 0 takes a free one")
      ->capture_default_str();
  command->add_option("--profile", flags->profile, "Latency profile: haiku, sonnet or opus")
      ->capture_default_str();
  command->add_option("--ttft", flags->ttft,
                      "Time to first token: 400ms, normal:400ms,50ms, lognormal:400ms,0.3, …");
  command->add_option("--itl", flags->itl, "Time between tokens, as a distribution");
  command->add_option("--tokens", flags->tokens, "Output tokens, as a distribution");
  command->add_option("--tokens-per-delta", flags->tokens_per_delta,
                      "Tokens that share one event, as a distribution");
  command->add_option("--fail", flags->fail, "Shares of requests that fail: 429=5%,529=1%");
  command->add_option("--freeze", flags->freeze,
                      "Answer nothing for a while at the end of each period: 1s/5s");
  command->add_option("--record", flags->record_file,
                      "File to write every stream's true send times to, as JSON lines");
  command->add_option("--seed", flags->seed, "Seed of everything random")->capture_default_str();
  // For `perigee run --mock`; an empty group hides them from the help.
  command->add_option("--ready-fd", flags->ready_fd)->group("");
  command->add_flag("--parent-dies", flags->dies_with_parent)->group("");
  command->callback([flags, &exit_code] { exit_code = run_mock(*flags); });
}

}  // namespace cli
