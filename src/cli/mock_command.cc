#include "cli/mock_command.h"

#include <event2/event.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "base/descriptors.h"
#include "base/distribution.h"
#include "base/duration.h"
#include "mock/server.h"
#include "net/event_loop.h"

namespace cli {
namespace {

constexpr int kBadOption = 104;

struct EventDeleter {
  void operator()(event* to_free) const { event_free(to_free); }
};
using SignalEvent = std::unique_ptr<event, EventDeleter>;

using base::Result;

// A flag that sets a field of the profile.
struct ProfileFlag {
  const char* flag;
  const char* field;
  const char* help;
};

constexpr ProfileFlag kProfileFlags[] = {
    {"--ttft", "ttft", "Time to first token: 400ms, normal:400ms,50ms, lognormal:400ms,0.3, …"},
    {"--itl", "itl", "Time between tokens, as a distribution"},
    {"--tokens", "tokens", "Output tokens, as a distribution"},
    {"--tokens-per-delta", "tokens_per_delta", "Tokens that share one event, as a distribution"},
    {"--thinking", "thinking_tokens",
     "Tokens of thinking, where asked to think, as a distribution"},
    {"--prefill-rate", "prefill_rate",
     "Input tokens read per second, where no cache serves them; 0 reads in no time"},
    {"--tool-share", "tool_share", "Share of the requests with tools that call one: 0.8"},
    {"--slots", "slots", "Requests worked on at once; 0 for any number"},
    {"--queue", "queue", "Requests that may wait for a slot; more are overload, 529"},
    {"--slowdown", "slowdown", "How many times slower tokens come when all slots are taken"},
};

Result<mock::Profile> read_profile(const MockFlags& flags) {
  auto profile = mock::find_profile(flags.profile);
  if (!profile) return base::fail_at("--profile", profile.error());
  for (const ProfileFlag& known : kProfileFlags) {
    const auto given = flags.profile_settings.find(known.flag);
    if (given == flags.profile_settings.end() || given->second.empty()) continue;
    const auto set = mock::set_profile_field(*profile, known.field, given->second);
    if (!set) return base::fail_at(known.flag, set.error());
  }
  return profile;
}

// Leaves the target alone where the flag was not given.
template <typename Read, typename Target>
Result<void> read_flag(const char* flag, const std::string& text, const Read& read,
                       Target& target) {
  if (text.empty()) return {};
  auto value = read(text);
  if (!value) return base::fail_at(flag, value.error());
  target = std::move(*value);
  return {};
}

Result<std::vector<mock::FaultRule>> read_faults(const std::string& text) {
  return text.starts_with('@') ? mock::read_faults_file(text.substr(1)) : mock::parse_faults(text);
}

Result<double> read_speed(const std::string& text) {
  const auto speed = base::parse_number(text);
  if (speed && *speed > 0) return speed;
  return base::fail("expected a number above 0, got \"{}\"", text);
}

// What goes wrong on purpose. The rules of --fail come first.
Result<void> read_troubles(const MockFlags& flags, mock::Options& options) {
  std::vector<mock::FaultRule> more;
  return read_flag("--fail", flags.fail, mock::parse_faults, options.faults)
      .and_then([&] { return read_flag("--faults", flags.faults, read_faults, more); })
      .and_then([&]() -> Result<void> {
        options.faults.insert(options.faults.end(), more.begin(), more.end());
        return read_flag("--limits", flags.limits, mock::parse_limits, options.limits);
      })
      .and_then(
          [&] { return read_flag("--freeze", flags.freeze, mock::parse_freeze, options.freeze); });
}

Result<void> read_batches(const MockFlags& flags, mock::BatchOptions& batches) {
  return read_flag("--batch-speed", flags.batch_speed, read_speed, batches.speed).and_then([&] {
    return read_flag("--batch-duration", flags.batch_duration, base::parse_duration,
                     batches.duration);
  });
}

Result<void> read_tls(const MockFlags& flags, mock::Options& options) {
  if (flags.certificate_file.empty() != flags.key_file.empty()) {
    return flags.key_file.empty() ? base::fail("--cert: needs --key beside it")
                                  : base::fail("--key: needs --cert beside it");
  }
  options.tls = flags.tls || !flags.certificate_file.empty();
  options.certificate_file = flags.certificate_file;
  options.key_file = flags.key_file;
  return {};
}

SignalEvent stop_on(net::EventLoop& loop, int signal) {
  SignalEvent event(evsignal_new(
      loop.base(), signal,
      [](evutil_socket_t, short, void* to_stop) { static_cast<net::EventLoop*>(to_stop)->stop(); },
      &loop));
  event_add(event.get(), nullptr);
  return event;
}

void prepare_process() {
  base::reserve_descriptors();
  // The kernel groups timers of ordinary threads by 50 us.
  prctl(PR_SET_TIMERSLACK, 1UL);
  std::signal(SIGPIPE, SIG_IGN);
}

void announce(const mock::Options& options, std::uint16_t port) {
  const bool is_ipv6 = options.host.find(':') != std::string::npos;
  fmt::print(stderr, "perigee mock: {}://{}:{}, profile {}\n", options.tls ? "https" : "http",
             is_ipv6 ? "[" + options.host + "]" : options.host, port,
             mock::describe_profile(options.profile));
}

void tell_ready(std::uint16_t port, int ready_fd) {
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
  prepare_process();
  net::EventLoop loop;
  // Watched before the mock is announced: whoever waits for that may stop it at once.
  const SignalEvent on_interrupt = stop_on(loop, SIGINT);
  const SignalEvent on_terminate = stop_on(loop, SIGTERM);
  const auto server = mock::Server::start(loop, *options);
  if (!server) {
    fmt::print(stderr, "perigee mock: {}\n", server.error().message);
    return kBadOption;
  }
  if (!flags.quiet) announce(*options, (*server)->port());
  if (flags.ready_fd >= 0) tell_ready((*server)->port(), flags.ready_fd);
  loop.run([] {});
  return 0;
}

}  // namespace

Result<mock::Options> parse_mock_flags(const MockFlags& flags) {
  auto profile = read_profile(flags);
  if (!profile) return tl::unexpected(profile.error());
  if (flags.port < 0 || flags.port > 65535) {
    return base::fail("--port: expected a port from 0 to 65535, got {}", flags.port);
  }
  mock::Options options = {.host = flags.host,
                           .port = static_cast<std::uint16_t>(flags.port),
                           .profile = std::move(*profile),
                           .faults = {},
                           .limits = {},
                           .batches = {},
                           .record_file = flags.record_file,
                           .seed = flags.seed,
                           .freeze = {},
                           .tls = false,
                           .certificate_file = {},
                           .key_file = {}};
  return read_troubles(flags, options)
      .and_then([&] { return read_batches(flags, options.batches); })
      .and_then([&] { return read_tls(flags, options); })
      .map([&] { return std::move(options); });
}

void add_mock_flags(CLI::App& command, MockFlags& flags) {
  command.add_option("--host", flags.host, "Address to listen on")->capture_default_str();
  command.add_option("--port", flags.port, "Port to listen on; 0 takes a free one")
      ->capture_default_str();
  command
      .add_option("--profile", flags.profile,
                  "How answers are made and paced: haiku, sonnet, opus, loaded, fast or FILE.json")
      ->capture_default_str();
  for (const ProfileFlag& known : kProfileFlags) {
    command.add_option(known.flag, flags.profile_settings[known.flag], known.help);
  }
  command.add_option("--fail", flags.fail, "Shares of requests that fail: 429=5%,529=1%");
  command.add_option("--faults", flags.faults,
                     "More that goes wrong: eof:event=10=2%,stall:2s#7,…, or @FILE.json");
  command.add_option("--limits", flags.limits,
                     "Rate limits: tier-1, start, or rpm=50,itpm=30000,otpm=8000");
  command.add_option("--freeze", flags.freeze,
                     "Answer nothing for a while at the end of each period: 1s/5s");
  command.add_option("--batch-speed", flags.batch_speed,
                     "How many times faster the clock of batches runs");
  command.add_option("--batch-duration", flags.batch_duration, "How long batches take, about: 2m");
  command.add_option("--record", flags.record_file,
                     "File to write every stream's true send times to, as JSON lines");
  command.add_option("--seed", flags.seed, "Seed of everything random")->capture_default_str();
  command.add_flag("--tls", flags.tls, "Serve https, with a certificate made for the occasion");
  command.add_option("--cert", flags.certificate_file, "PEM file with the certificate for https");
  command.add_option("--key", flags.key_file, "PEM file with its key");
  // An empty one is most likely a variable of a shell that was not set.
  const CLI::Validator not_empty(
      [](const std::string& text) { return text.empty() ? "expected a value, got none" : ""; }, "");
  for (CLI::Option* option : command.get_options()) {
    if (option->get_items_expected() > 0) option->check(not_empty);
  }
  // For `perigee run --mock`; an empty group hides them from the help.
  command.add_option("--ready-fd", flags.ready_fd)->group("");
  command.add_flag("--quiet", flags.quiet)->group("");
}

void add_mock_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "mock", "Run a server that behaves like the Claude API and OpenAI's, with no key");
  const auto flags = std::make_shared<MockFlags>();
  add_mock_flags(*command, *flags);
  command->callback([flags, &exit_code] { exit_code = run_mock(*flags); });
}

}  // namespace cli
