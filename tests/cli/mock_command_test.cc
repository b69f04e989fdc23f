#include "cli/mock_command.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "temporary_file.h"

using namespace std::chrono_literals;

namespace {

base::Result<mock::Options> parse(std::vector<std::string> words) {
  cli::MockFlags flags;
  CLI::App app("perigee");
  CLI::App* command = app.add_subcommand("mock");
  cli::add_mock_flags(*command, flags);
  words.insert(words.begin(), "mock");
  // Later words stand first, as CLI11 wants them.
  std::reverse(words.begin(), words.end());
  app.parse(words);
  return cli::parse_mock_flags(flags);
}

std::string refusal(const std::vector<std::string>& words) {
  const auto options = parse(words);
  REQUIRE_FALSE(options);
  return options.error().message;
}

}  // namespace

TEST_CASE("without flags the mock is a haiku without limits and faults") {
  const auto options = parse({});
  REQUIRE(options);
  CHECK(options->host == "127.0.0.1");
  CHECK(options->port == 8787);
  CHECK(options->profile.name == "haiku");
  CHECK(options->faults.empty());
  CHECK_FALSE(options->limits);
  CHECK(options->seed == 1);
  CHECK_FALSE(options->tls);
}

TEST_CASE("flags go before the profile's own figures") {
  const auto options = parse({"--profile",
                              "loaded",
                              "--ttft",
                              "normal:400ms,50ms",
                              "--itl",
                              "5ms",
                              "--tokens",
                              "7",
                              "--tokens-per-delta",
                              "2",
                              "--thinking",
                              "uniform:10,20",
                              "--prefill-rate",
                              "5000",
                              "--tool-share",
                              "0.5",
                              "--slots",
                              "4",
                              "--queue",
                              "9",
                              "--slowdown",
                              "2"});
  REQUIRE(options);
  const mock::Profile& profile = options->profile;
  CHECK(profile.ttft.kind() == base::Distribution::Kind::kNormal);
  CHECK(profile.itl.first() == Approx(0.005));
  CHECK(profile.tokens.first() == 7);
  CHECK(profile.tokens_per_delta.first() == 2);
  CHECK(profile.thinking_tokens.second() == 20);
  CHECK(profile.prefill_rate == 5000);
  CHECK(profile.tool_share == 0.5);
  CHECK(profile.slots == 4);
  CHECK(profile.queue == 9);
  CHECK(profile.slowdown == 2);
}

TEST_CASE("a profile may be a file") {
  const tests::TemporaryFile file(".json", R"({"ttft":"1s","itl":"10ms","tokens":5})");
  const auto options = parse({"--profile", file.path()});
  REQUIRE(options);
  CHECK(options->profile.ttft.first() == 1);
}

TEST_CASE("faults come from both flags and from a file") {
  const tests::TemporaryFile file(".json", R"([{"fault":"eof","event":3,"share":"1%"}])");
  const auto options = parse({"--fail", "429=5%,529=1%", "--faults", "@" + file.path()});
  REQUIRE(options);
  REQUIRE(options->faults.size() == 3);
  CHECK(options->faults[0].fault.status == 429);
  CHECK(options->faults[0].share == Approx(0.05));
  CHECK(options->faults[2].fault.kind == mock::Fault::Kind::kEof);
  CHECK(parse({"--faults", "stall:2s#7"})->faults.at(0).request == 7);
}

TEST_CASE("limits, batches, freezes, records and certificates are taken over") {
  const auto options =
      parse({"--limits", "tier-1", "--batch-speed", "100", "--batch-duration", "30s", "--freeze",
             "1s/5s", "--record", "r.jsonl", "--seed", "9", "--cert", "c.pem", "--key", "k.pem"});
  REQUIRE(options);
  CHECK(options->limits);
  CHECK(options->batches.speed == 100);
  CHECK(options->batches.duration == 30s);
  CHECK(options->freeze.period == 5s);
  CHECK(options->record_file == "r.jsonl");
  CHECK(options->seed == 9);
  CHECK(options->tls);
  CHECK(options->certificate_file == "c.pem");
  CHECK(options->key_file == "k.pem");
  CHECK(parse({"--tls"})->tls);
}

TEST_CASE("bad values are refused with the flag in front") {
  CHECK(refusal({"--itl", "5x"}) == "--itl: expected a duration such as \"30s\", got \"5x\"");
  CHECK(refusal({"--slots", "2.5"}) ==
        "--slots: expected a whole number of zero or more, got \"2.5\"");
  CHECK(refusal({"--slowdown", "0"}) == "--slowdown: expected a number of 1 or more, got \"0\"");
  CHECK(refusal({"--tool-share", "80"}) ==
        "--tool-share: expected a number from 0 to 1, got \"80\"");
  CHECK(refusal({"--batch-speed", "0"}) == "--batch-speed: expected a number above 0, got \"0\"");
  CHECK(refusal({"--port", "70000"}) == "--port: expected a port from 0 to 65535, got 70000");
  CHECK(refusal({"--cert", "c.pem"}) == "--cert: needs --key beside it");
  CHECK(refusal({"--key", "k.pem"}) == "--key: needs --cert beside it");
  for (const char* flag : {"--profile", "--fail", "--faults", "--limits", "--freeze", "--thinking",
                           "--prefill-rate", "--queue", "--batch-duration", "--tokens"}) {
    CHECK(refusal({flag, "nonsense"}).starts_with(std::string(flag) + ": "));
  }
}
