#include "cli/script_flags.h"

#include <catch2/catch.hpp>

using Catch::Matchers::Contains;
using cli::check_script_flags;
using cli::flag_texts;
using cli::parse_script_flags;

namespace {

const std::vector<std::string> kOwn = {"--duration", "--vus"};
const std::vector<script::DeclaredOption> kDeclared = {
    {"topic", "string", "moon", "what to ask about"},
    {"max_words", "number", "200", "length of an answer"},
    {"verbose", "boolean", "false", "say more"},
};

// The message of the first thing that is wrong; "" where all is right.
std::string complaint(const std::vector<std::string>& words) {
  const auto flags = parse_script_flags(words, kOwn);
  if (!flags) return flags.error().message;
  const auto known = check_script_flags(*flags, kDeclared, kOwn);
  return known ? "" : known.error().message;
}

}  // namespace

TEST_CASE("a script's flags have values behind a space or an equals sign, booleans none") {
  const auto flags =
      parse_script_flags({"--topic", "the moon", "--max-words=5", "--verbose"}, kOwn);
  REQUIRE(flags);
  auto texts = flag_texts(*flags);
  CHECK(texts["topic"] == "the moon");
  CHECK(texts["max_words"] == "5");
  CHECK(texts["max-words"] == "5");
  CHECK(texts["verbose"].empty());
  CHECK(complaint({"--topic", "the moon", "--max-words=5", "--verbose"}) == "");
}

TEST_CASE("values may be negative, empty, or hold an equals sign") {
  const auto flags = parse_script_flags({"--max-words", "-5", "--topic=", "--where=a=b"}, kOwn);
  REQUIRE(flags);
  CHECK(flags->at("max-words").text == "-5");
  CHECK(flags->at("topic").has_value);
  CHECK(flags->at("where").text == "a=b");
}

TEST_CASE("a flag that nobody knows is met with the near name among both kinds") {
  CHECK_THAT(complaint({"--topci", "x"}), Contains("did you mean \"--topic\""));
  CHECK_THAT(complaint({"--duraton", "5s"}), Contains("did you mean \"--duration\""));
  CHECK_THAT(complaint({"-x"}), Contains("unknown flag \"-x\""));
}

TEST_CASE("stray words, missing values and values too many are refused") {
  CHECK_THAT(complaint({"other.lua"}), Contains("unexpected argument \"other.lua\""));
  CHECK(complaint({"--topic"}) == "--topic: expected a value");
  CHECK(complaint({"--verbose", "yes"}) == "--verbose takes no value, got \"yes\"");
  CHECK(complaint({"--verbose=false"}) == "");
  CHECK(complaint({"--topic=a", "--topic=b"}) == "--topic is given twice");
}

TEST_CASE("the help lists a script's options with their defaults") {
  const std::string help = cli::script_flags_help(kDeclared);
  CHECK_THAT(help, Contains("--topic string"));
  CHECK_THAT(help, Contains("length of an answer (default 200)"));
  CHECK(cli::script_flags_help({}).empty());
}

TEST_CASE("an option may not have the name of one of perigee's own flags") {
  const auto known = check_script_flags({}, {{"vus", "number", "3", ""}}, kOwn);
  REQUIRE_FALSE(known);
  CHECK(known.error().message ==
        "perigee.option(\"vus\"): --vus is a flag of perigee's own; take another name");
}
