#include "output/annotations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "output/claims.h"
#include "output/client_findings.h"
#include "output/escape.h"

namespace output {
namespace {

bool is_file(const std::string& script) { return !script.starts_with("embedded:"); }

// Of an error text such as "3 × chat.lua:7: boom"; "" where it names no line of the script.
std::string line_in(const std::string& script, const std::string& text) {
  const std::string place = script + ":";
  const std::size_t at = text.find(place);
  if (at == std::string::npos) return "";
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at + place.size());
  const auto end = std::find_if(begin, text.end(),
                                [](unsigned char c) { return std::isdigit(c) == 0; });
  return end != text.end() && *end == ':' ? std::string(begin, end) : "";
}

std::string annotation(const char* command, const std::string& script, const std::string& title,
                       const std::string& text) {
  std::string properties;
  if (is_file(script)) {
    properties = "file=" + workflow_property(script) + ",";
    if (const std::string line = line_in(script, text); !line.empty()) {
      properties += "line=" + line + ",";
    }
  }
  return fmt::format("::{} {}title={}::{}\n", command, properties, workflow_property(title),
                     workflow_message(text));
}

std::string title_of(const Claim& claim) {
  if (claim.type == "threshold") return "Threshold failed";
  if (claim.type == "not_judged") return "Threshold not judged";
  if (claim.kind == "script_errors") return "Script error";
  if (claim.kind == "mark") return "Marked as failed";
  if (claim.kind == "hook") return claim.type + "() failed";
  if (claim.kind == "end") return "The run was ended: " + claim.type;
  return "Not run";
}

std::string text_of(const Claim& claim) {
  if (claim.kind == "threshold") return claim.name + ": " + claim.message;
  return claim.detail.empty() ? claim.message : claim.detail;
}

}  // namespace

std::string annotations(const RunResult& result) {
  std::string text;
  for (const Claim& claim : claims_of(result)) {
    const bool not_judged = claim.type == "not_judged";
    if (!claim.fails_the_run() && !not_judged) continue;
    text += annotation(not_judged ? "warning" : "error", result.script, title_of(claim),
                       text_of(claim));
  }
  for (const metrics::ClientFinding& finding : result.client_findings) {
    text += annotation("warning", result.script, "The client could not keep up",
                       finding_in_words(finding));
  }
  for (const std::string& warning : result.warnings) {
    text += annotation("warning", result.script, "Warning", warning);
  }
  return text;
}

}  // namespace output
