// What makes runs differ other than by what is to be compared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/result_reader.h"

namespace analysis {

struct ComparedRun {
  std::string path;
  StoredRun run;
};

// kLoad: scenarios and warm-up. kModel: the models that were asked. kScript: the script's name.
// kConnection: HTTP version, reuse of connections, proxy. kObjectives: what llm_good means.
enum class Trait { kLoad, kModel, kScript, kConnection, kObjectives };

std::string_view to_string(Trait trait);  // "load", ... as --across has them.
std::vector<Trait> all_traits();

struct Mismatch {
  Trait trait = Trait::kLoad;
  std::string text;  // `model: base.json asked "a", new.json asked "b"`
};

// One for each trait in which any of the runs differs from the first.
std::vector<Mismatch> mismatches(const std::vector<const ComparedRun*>& runs);

// Runs that did not come to their end, each in words.
std::vector<std::string> unfinished_runs(const std::vector<const ComparedRun*>& runs);

// What a reader should know though the figures can be compared: other machines, another way of
// stamping, clients that did not keep up, other programs.
std::vector<std::string> cautions(const std::vector<const ComparedRun*>& runs);

}  // namespace analysis
