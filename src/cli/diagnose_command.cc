#include "cli/diagnose_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "analysis/result_reader.h"
#include "analysis/rules.h"
#include "cli/terminal.h"
#include "output/evidence.h"
#include "output/findings_json.h"
#include "output/findings_text.h"
#include "output/stored_result.h"
#include "output/summary.h"
#include "output/verdict.h"

namespace cli {
namespace {

struct DiagnoseFlags {
  std::string file;
  bool json = false;
  bool markdown = false;
};

base::Result<std::string> diagnosis(const DiagnoseFlags& flags) {
  if (flags.json && flags.markdown) {
    return base::fail("--json, --markdown: expected one of them, got both");
  }
  const auto run = analysis::read_result_file(flags.file);
  if (!run) return tl::unexpected(run.error());
  const auto result = output::to_run_result(*run, flags.file);
  if (!result) return tl::unexpected(result.error());
  const auto findings = analysis::diagnose(output::evidence_of(*result));
  if (flags.json) return output::findings_to_json(*result, findings).dump(2) + "\n";
  if (flags.markdown) return output::findings_markdown(*result, findings);
  return output::findings_text(*result, findings, summary_options());
}

int print_diagnosis(const DiagnoseFlags& flags) {
  const auto text = diagnosis(flags);
  if (!text) {
    fmt::print(stderr, "perigee: {}\n", text.error().message);
    return output::kExitBadOptions;
  }
  std::fwrite(text->data(), 1, text->size(), stdout);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return output::kExitPassed;
  fmt::print(stderr, "perigee: the diagnosis could not be written to stdout\n");
  return output::kExitInternalError;
}

}  // namespace

void add_diagnose_command(CLI::App& app, int& exit_code) {
  const auto flags = std::make_shared<DiagnoseFlags>();
  CLI::App* command =
      app.add_subcommand("diagnose", "Say what held a run up and what to do, by its result file");
  command->add_option("file", flags->file, "What run --json wrote")->required();
  command->add_flag("--json", flags->json, "Print the findings as JSON");
  command->add_flag("--markdown", flags->markdown, "Print them as Markdown");
  command->callback([flags, &exit_code] { exit_code = print_diagnosis(*flags); });
}

}  // namespace cli
