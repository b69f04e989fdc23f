// A page that is one file and opens offline: its frame, which reports on runs and on searches
// share.
#pragma once

#include <string>
#include <vector>

namespace output {

struct ReportSection {
  std::string id;  // "overview" is the first's; it has no heading but its verdict's.
  std::string title;
  std::string body;  // Markup.
};

// Plain text, but for the sections' bodies and the data.
struct ReportPage {
  std::string kind;   // "load test report"
  std::string title;  // Of the window.
  std::string script;
  std::string when;
  std::string version;  // perigee's.
  std::vector<ReportSection> sections;
  std::string data;  // chart_data()
};

std::string html_page(const ReportPage& page);

// "2026-11-02 10:15:00 UTC" of an RFC 3339 time.
std::string moment_in_words(std::string started_at);

}  // namespace output
