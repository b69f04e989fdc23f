#include "output/report_files.h"

// The assembler puts a file's bytes between two symbols. As a string literal, Chart.js would be
// longer than compilers must take.
// clang-format off
#define PERIGEE_EMBED(name, path)                                    \
  __asm__(".section .rodata\n"                                       \
          ".global perigee_embedded_" #name "\n"                     \
          ".global perigee_embedded_" #name "_end\n"                 \
          "perigee_embedded_" #name ":\n"                            \
          ".incbin \"" path "\"\n"                                   \
          "perigee_embedded_" #name "_end:\n"                        \
          ".byte 0\n"                                                \
          ".previous\n");                                            \
  extern "C" const char perigee_embedded_##name[];                   \
  extern "C" const char perigee_embedded_##name##_end[];             \
  static std::string_view name##_bytes() {                           \
    return {perigee_embedded_##name, perigee_embedded_##name##_end}; \
  }
// clang-format on

PERIGEE_EMBED(page, PERIGEE_REPORT_FOLDER "/page.html")
PERIGEE_EMBED(style, PERIGEE_REPORT_FOLDER "/style.css")
PERIGEE_EMBED(format, PERIGEE_REPORT_FOLDER "/format.js")
PERIGEE_EMBED(charts, PERIGEE_REPORT_FOLDER "/charts.js")
PERIGEE_EMBED(script, PERIGEE_REPORT_FOLDER "/page.js")
PERIGEE_EMBED(chart_js, PERIGEE_CHART_JS)

namespace output {

std::string_view report_page() { return page_bytes(); }
std::string_view report_style() { return style_bytes(); }
std::string_view report_format() { return format_bytes(); }
std::string_view report_charts() { return charts_bytes(); }
std::string_view report_script() { return script_bytes(); }
std::string_view report_chart_js() { return chart_js_bytes(); }

}  // namespace output
