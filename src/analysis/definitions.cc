#include "analysis/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "analysis/profiles.h"
#include "base/text.h"
#include "llm/timeline_file.h"

namespace analysis {
namespace {

using Tool = std::variant<Vllm, Aiperf, Guidellm, InferencePerf, Mlperf, K6>;

Tool make_tool(Profile profile) {
  switch (profile) {
    case Profile::kVllm:
      return Vllm();
    case Profile::kAiperf:
      return Aiperf();
    case Profile::kGuidellm:
      return Guidellm();
    case Profile::kInferencePerf:
      return InferencePerf();
    case Profile::kMlperf:
      return Mlperf();
    case Profile::kK6:
      break;
  }
  return K6();
}

bool is_measured(const llm::Timeline& timeline, const RunFacts& facts) {
  if (!facts.measured) return true;
  return timeline.ended >= facts.measured->begin && timeline.asked <= facts.measured->end;
}

// What every tool leaves out; each says in its own lines what else it does.
std::vector<std::string> common_notes(const Requests& requests) {
  std::vector<std::string> left_out;
  const auto add = [&left_out](std::uint64_t count, const char* what) {
    if (count > 0) left_out.push_back(fmt::format("{} {}", count, what));
  };
  add(requests.failed(), "failed");
  add(requests.censored(), "unfinished at the end");
  add(requests.cancelled(), "cancelled by the script");
  std::vector<std::string> notes;
  if (!left_out.empty()) {
    notes.push_back(fmt::format("not answered to their end, of {} requests: {}",
                                base::format_count(requests.all()), base::join(left_out, ", ")));
  }
  if (requests.without_usage() > 0) {
    notes.push_back(fmt::format("without usage, so that each content event counts as a token: {}",
                                requests.without_usage()));
  }
  return notes;
}

Definition finish(const Tool& tool, const Requests& requests, const RunFacts& facts) {
  Definition definition =
      std::visit([&](const auto& chosen) { return chosen.finish(requests, facts); }, tool);
  for (std::string& note : common_notes(requests)) definition.notes.push_back(std::move(note));
  return definition;
}

void add(const llm::Timeline& timeline, Tool& tool) {
  std::visit([&](auto& chosen) { chosen.add(timeline); }, tool);
}

}  // namespace

std::string_view to_string(Profile profile) {
  switch (profile) {
    case Profile::kVllm:
      return "vllm";
    case Profile::kAiperf:
      return "aiperf";
    case Profile::kGuidellm:
      return "guidellm";
    case Profile::kInferencePerf:
      return "inference-perf";
    case Profile::kMlperf:
      return "mlperf";
    case Profile::kK6:
      break;
  }
  return "k6";
}

base::Result<std::vector<Profile>> parse_profiles(const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const Profile profile : kProfiles) known.emplace_back(to_string(profile));
  std::vector<Profile> profiles;
  for (const std::string& list : names) {
    for (const std::string& name : base::split(list, ',')) {
      const auto found = std::find(known.begin(), known.end(), name);
      if (found == known.end()) {
        return base::fail("unknown tool \"{}\"{}; known are {}", name,
                          base::did_you_mean(name, known), base::join(known, ", "));
      }
      const Profile profile = kProfiles[found - known.begin()];
      if (std::find(profiles.begin(), profiles.end(), profile) == profiles.end()) {
        profiles.push_back(profile);
      }
    }
  }
  return profiles;
}

Definition define(Profile profile, std::span<const llm::Timeline> timelines,
                  const RunFacts& facts) {
  Tool tool = make_tool(profile);
  Requests requests;
  for (const llm::Timeline& timeline : timelines) {
    if (!is_measured(timeline, facts)) continue;
    requests.add(timeline);
    add(timeline, tool);
  }
  return finish(tool, requests, facts);
}

base::Result<std::vector<Definition>> define(const std::vector<Profile>& profiles,
                                             const std::string& events_path, RunFacts facts) {
  // The span stands at the file's end.
  const auto measured = llm::read_measured_span(events_path);
  if (!measured) return tl::unexpected(measured.error());
  if (*measured) facts.measured = *measured;
  auto reader = llm::TimelineReader::open(events_path);
  if (!reader) return tl::unexpected(reader.error());

  std::vector<Tool> tools;
  for (const Profile profile : profiles) tools.push_back(make_tool(profile));
  Requests requests;
  while (true) {
    const auto timeline = reader->next();
    if (!timeline) return tl::unexpected(timeline.error());
    if (!*timeline) break;
    if (!is_measured(**timeline, facts)) continue;
    requests.add(**timeline);
    for (Tool& tool : tools) add(**timeline, tool);
  }
  std::vector<Definition> definitions;
  for (const Tool& tool : tools) definitions.push_back(finish(tool, requests, facts));
  return definitions;
}

}  // namespace analysis
