// From the command line to a loaded script's description and the settings of its run: what all
// commands that take a script begin with.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/run_options.h"
#include "cli/script_flags.h"
#include "metrics/registry.h"
#include "script/notices.h"
#include "script/script.h"
#include "script/shared.h"

namespace cli {

// Lifetime: the surroundings refer to the other members, so it stays where it was made.
class Loading {
 public:
  Loading();
  Loading(const Loading&) = delete;
  Loading& operator=(const Loading&) = delete;

  // Reads what stands outside the script: variables, config file, environment.
  base::Result<void> prepare(const RunFlags& flags);

  // Loads the script once, reads its options, and lets its state go again. What the script logs is
  // printed on stderr.
  base::Result<RunSettings> load(const RunFlags& flags);

  // As load(), without looking at the options.
  base::Result<void> load_description(const RunFlags& flags);

  const script::Description& description() const { return description_; }
  const metrics::Registry& registry() const { return registry_; }
  const script::Shared& shared() const { return shared_; }
  script::Surroundings& surroundings() { return surroundings_; }

 private:
  void print_notices();

  metrics::Registry registry_;
  script::Notices notices_;
  script::Shared shared_;
  script::Surroundings surroundings_;
  OptionSources sources_;
  ScriptFlags script_flags_;
  script::Description description_;
};

// What a script declares of options, for --help. Errors: those of loading it.
base::Result<std::string> script_help(const std::string& script);

// For commands that load a script but send nothing: clients want a key, and any will do.
void pretend_keys(script::Surroundings& surroundings);

}  // namespace cli
