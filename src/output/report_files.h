// The files that a report is put together from, as they were when perigee was built: the templates
// in report/ and Chart.js.
#pragma once

#include <string_view>

namespace output {

std::string_view report_page();    // page.html, with {{slots}}
std::string_view report_style();   // style.css
std::string_view report_format();  // format.js
std::string_view report_charts();  // charts.js
std::string_view report_script();  // page.js
std::string_view report_chart_js();

}  // namespace output
