// Turns the bytes of a body of lines, such as NDJSON, into events.
#pragma once

#include <string>
#include <string_view>

#include "net/sse_parser.h"

namespace net {

// Each line that is not empty is the data of an event without a name. A line ends with LF or CR LF.
//
// Passive: the owner feeds bytes as they arrive, cut anywhere, and is called back for each line.
//
// Threads: none of its own; use from one thread.
// Errors:  a line over `max_bytes` ends the stream: feed() returns false and does nothing from then
//          on.
// Cost:    copies only lines that are cut by a read.
class LineParser {
 public:
  explicit LineParser(SseParser::OnEvent on_event,
                      std::size_t max_bytes = SseParser::kDefaultMaxBytes);

  // False once the limit was passed.
  bool feed(std::string_view bytes);

  // The body is over: a last line may have no end. Do not call where the body was cut off.
  void end();

 private:
  void on_line(std::string_view line);

  SseParser::OnEvent on_event_;
  std::size_t max_bytes_;
  std::string line_;  // The beginning of a line whose end has not come.
  bool ended_ = false;
};

}  // namespace net
