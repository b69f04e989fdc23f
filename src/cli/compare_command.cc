#include "cli/compare_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analysis/comparison.h"
#include "analysis/gate.h"
#include "base/text.h"
#include "cli/option_values.h"
#include "cli/terminal.h"
#include "output/comparison_documents.h"
#include "output/stored_result.h"
#include "output/text_file.h"

namespace cli {
namespace {

struct CompareFlags {
  std::vector<std::string> files;  // Base and new, where there is one of each.
  std::vector<std::string> base;
  std::vector<std::string> next;
  std::vector<std::string> gates;
  std::vector<std::string> across;
  std::string markdown;
  std::string html;
  std::string json;
};

base::Result<void> place_files(CompareFlags& flags) {
  if (flags.files.size() == 2 && flags.base.empty() && flags.next.empty()) {
    flags.base = {flags.files[0]};
    flags.next = {flags.files[1]};
    return {};
  }
  if (!flags.files.empty()) {
    return base::fail(
        "compare: expected two files, base and new, or --base and --new for each of several; got "
        "{} beside {} --base and {} --new",
        flags.files.size() == 1 ? "1 file" : fmt::format("{} files", flags.files.size()),
        flags.base.size(), flags.next.size());
  }
  if (!flags.base.empty() && !flags.next.empty()) return {};
  return base::fail(
      "compare: {} is missing: perigee compare base.json new.json, or --base and --new "
      "for each of several runs",
      flags.base.empty() ? flags.next.empty() ? "what to compare" : "--base" : "--new");
}

base::Result<std::vector<analysis::ComparedRun>> read_runs(const std::vector<std::string>& paths) {
  std::vector<analysis::ComparedRun> runs;
  for (const std::string& path : paths) {
    auto run = analysis::read_result_file(path);
    if (!run) return tl::unexpected(run.error());
    // Whatever else is read of the file later on is there then.
    if (auto whole = output::to_run_result(*run, path); !whole) {
      return tl::unexpected(whole.error());
    }
    runs.push_back({path, std::move(*run)});
  }
  return runs;
}

// A file given twice would look like two runs that agree to the last digit.
base::Result<void> check_distinct(const CompareFlags& flags) {
  std::vector<std::string> all = flags.base;
  all.insert(all.end(), flags.next.begin(), flags.next.end());
  std::sort(all.begin(), all.end());
  const auto twice = std::adjacent_find(all.begin(), all.end());
  if (twice == all.end()) return {};
  return base::fail("compare: {} is given twice; each run counts once", *twice);
}

base::Result<std::vector<analysis::Trait>> parse_across(const std::vector<std::string>& names) {
  std::vector<analysis::Trait> traits;
  std::vector<std::string> known;
  for (const analysis::Trait trait : analysis::all_traits()) known.emplace_back(to_string(trait));
  for (const std::string& list : names) {
    for (const std::string& name : base::split(list, ',')) {
      const auto found = std::find(known.begin(), known.end(), name);
      if (found == known.end()) {
        return within("--across: ", unknown_name("trait", name, known).value());
      }
      traits.push_back(analysis::all_traits()[static_cast<std::size_t>(found - known.begin())]);
    }
  }
  return traits;
}

base::Result<std::vector<analysis::Gate>> parse_gates(
    const std::vector<std::string>& sources, const std::vector<analysis::ComparedRun>& base,
    const std::vector<analysis::ComparedRun>& next) {
  metrics::Registry registry;
  std::vector<const analysis::ComparedRun*> runs;
  for (const auto& run : base) runs.push_back(&run);
  for (const auto& run : next) runs.push_back(&run);
  analysis::declare_metrics(runs, registry);
  std::vector<analysis::Gate> gates;
  for (const std::string& source : sources) {
    auto gate = analysis::parse_gate(source, registry);
    if (!gate) return base::fail("--fail-if {}", gate.error().message);
    gates.push_back(std::move(*gate));
  }
  return gates;
}

base::Result<void> check_places(const CompareFlags& flags) {
  for (const auto& [flag, path] :
       {std::pair("--markdown", &flags.markdown), std::pair("--html", &flags.html),
        std::pair("--json", &flags.json)}) {
    if (path->empty()) continue;
    if (auto writable = output::check_writable(*path); !writable) {
      return base::fail_at(flag, writable.error());
    }
  }
  return {};
}

base::Result<void> write_documents(const CompareFlags& flags, const output::ComparisonView& view,
                                   const analysis::Comparison& comparison,
                                   const std::vector<analysis::JudgedGate>& gates) {
  const auto write = [](const std::string& path, const char* flag, const std::string& text) {
    auto written = output::write_file(text, path);
    if (written) return written;
    return base::Result<void>(
        base::fail("{}: cannot write \"{}\": {}", flag, path, written.error().message));
  };
  base::Result<void> done;
  if (!flags.markdown.empty()) {
    done = write(flags.markdown, "--markdown", output::comparison_markdown(view));
  }
  if (done && !flags.html.empty())
    done = write(flags.html, "--html", output::comparison_html(view));
  if (done && !flags.json.empty()) {
    done = write(flags.json, "--json", output::comparison_json(comparison, gates));
  }
  return done;
}

struct Compared {
  analysis::Comparison comparison;
  std::vector<analysis::Gate> gates;
};

base::Result<Compared> compare_runs(CompareFlags& flags) {
  if (auto placed = place_files(flags); !placed) return tl::unexpected(placed.error());
  if (auto distinct = check_distinct(flags); !distinct) return tl::unexpected(distinct.error());
  if (auto places = check_places(flags); !places) return tl::unexpected(places.error());
  auto across = parse_across(flags.across);
  if (!across) return tl::unexpected(across.error());
  auto base = read_runs(flags.base);
  if (!base) return tl::unexpected(base.error());
  auto next = read_runs(flags.next);
  if (!next) return tl::unexpected(next.error());
  auto gates = parse_gates(flags.gates, *base, *next);
  if (!gates) return tl::unexpected(gates.error());

  analysis::ComparisonOptions options{.wanted = {}, .across = std::move(*across)};
  for (const analysis::Gate& gate : *gates) options.wanted.push_back(gate.figure);
  return Compared{analysis::compare(std::move(*base), std::move(*next), options),
                  std::move(*gates)};
}

int run_compare(CompareFlags flags) {
  const auto refuse = [](const base::Error& error, int code) {
    fmt::print(stderr, "perigee: {}\n", error.message);
    return code;
  };
  const auto compared = compare_runs(flags);
  if (!compared) return refuse(compared.error(), output::kExitBadOptions);
  const auto gates = analysis::judge_gates(compared->gates, compared->comparison);
  const output::ComparisonView view = output::comparison_view(compared->comparison, gates);
  const std::string text = output::comparison_text(view, summary_options());
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return refuse({"compare: stdout could not be written"}, output::kExitInternalError);
  }
  if (auto written = write_documents(flags, view, compared->comparison, gates); !written) {
    return refuse(written.error(), output::kExitInternalError);
  }
  return output::exit_code_of(gates);
}

}  // namespace

void add_compare_command(CLI::App& app, int& exit_code) {
  const auto flags = std::make_shared<CompareFlags>();
  CLI::App* command =
      app.add_subcommand("compare", "Tell whether runs are better or worse than others");
  command->add_option("files", flags->files,
                      "Result files of run --json: the base's and the new one's");
  command->add_option("--base", flags->base, "A result file of the base's side; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--new", flags->next, "A result file of the new side; may be repeated")
      ->allow_extra_args(false);
  command
      ->add_option("--fail-if", flags->gates,
                   "Exit with 99 on evidence for it, as in \"llm_ttft p(95) worse by 10%\"; may be "
                   "repeated")
      ->allow_extra_args(false);
  command
      ->add_option("--across", flags->across,
                   "Compare though they differ in load, model, script, connection or objectives")
      ->allow_extra_args(false);
  command->add_option("--markdown", flags->markdown,
                      "Write the comparison as Markdown to this file");
  command->add_option("--html", flags->html, "Write it as a page of HTML");
  command->add_option("--json", flags->json, "Write it as JSON");
  command->callback([flags, &exit_code] { exit_code = run_compare(*flags); });
}

}  // namespace cli
