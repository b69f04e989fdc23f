// Reading the values of options, which arrive as JSON from wherever they were written.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace cli {

// The place in front of an error, as errors travel outwards: "stages" and "[2].duration: expected
// …" make one path, "duration" and "expected …" a path and a text.
tl::unexpected<base::Error> within(const std::string& place, const base::Error& error);

// A value as it stands in error messages.
std::string shown(const nlohmann::json& value);

// Errors of all: what was expected and what was given; the caller puts the field's name in front.
base::Result<base::Duration> read_duration(const nlohmann::json& value);
base::Result<base::Duration> read_positive_duration(const nlohmann::json& value);

// A flag of a command that takes a time of a second or more. Errors begin with the flag's name.
base::Result<void> read_duration_flag(const char* flag, const std::string& text,
                                      base::Duration& target);

base::Result<std::uint64_t> read_whole(const nlohmann::json& value);  // Zero or more.
base::Result<double> read_number(const nlohmann::json& value);        // Zero or more.
base::Result<double> read_positive(const nlohmann::json& value);
base::Result<bool> read_boolean(const nlohmann::json& value);
base::Result<std::string> read_text(const nlohmann::json& value);  // Not empty.

// A list of texts that is not empty; one text alone is a list of one.
base::Result<std::vector<std::string>> read_texts(const nlohmann::json& value);

// A table from names to texts; numbers and booleans become texts. A list of texts such as
// "name=value", as flags have it, does as well.
base::Result<std::map<std::string, std::string>> read_text_map(const nlohmann::json& value);

// "NAME=VALUE"; the value may be empty and may hold anything.
base::Result<std::pair<std::string, std::string>> read_pair(const std::string& text);

// Errors: `unknown field "durration" (did you mean "duration"?)`, or the known ones where no name
// is near; REQUIRES: a JSON object.
base::Result<void> check_fields(const nlohmann::json& object,
                                const std::vector<std::string>& known);

// `unknown user class "chatt" (did you mean "chat"?)`, or the known ones where no name is near.
tl::unexpected<base::Error> unknown_name(const std::string& what, const std::string& name,
                                         const std::vector<std::string>& known);

}  // namespace cli
