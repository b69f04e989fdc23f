// What goes wrong on purpose, and where in an answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace mock {

// What goes wrong with one request.
struct Fault {
  enum class Kind : std::uint8_t {
    kStatus,         // An error status instead of the answer.
    kStreamError,    // An error event in the stream, then its end.
    kEof,            // The connection is closed in good order.
    kReset,          // It is reset.
    kStall,          // Nothing comes for `length`, then the rest.
    kSlowHeaders,    // The answer's head comes `length` late.
    kMalformed,      // An event whose JSON is cut off.
    kSplit,          // Every byte in a write of its own.
    kCoalesce,       // Events are held back and come together, `count` in one write.
    kCrlf,           // Lines end with CR LF.
    kComments,       // Comment lines between events.
    kUnknownEvents,  // Events of a type that nobody knows.
    kLongLine,       // A comment line of `count` bytes.
    kRefusal,        // The model refuses.
    kPause,          // stop_reason pause_turn.
  };
  // What happens once happens at an event: kStreamError, kEof, kReset, kStall, kMalformed and
  // kLongLine. kSplit, kCoalesce, kCrlf, kComments and kUnknownEvents go on from an event, or from
  // the first one where none is given. An answer in one piece has no events: kEof and kReset break
  // it off wherever they stand.
  Kind kind = Kind::kStatus;
  int status = 500;            // Of kStatus.
  std::string error_type;      // Of kStatus and kStreamError; "" for the status' own, and for
                               // overloaded_error.
  bool gzip = false;           // Of kStatus: the body is compressed.
  std::uint64_t at_event = 0;  // Before the so-manyth event, from 1; 0 for a drawn one.
  std::uint64_t at_byte = 0;   // Of kEof, kReset and kStall: after so many bytes of the stream,
                               // instead of at an event; 0 for not so.
  base::Duration length{};
  std::uint64_t count = 0;
};

std::string_view to_string(Fault::Kind kind);  // "status", "stream-error", "eof", …

// Who has the fault: every request whose number the rule names, or a share of them.
struct FaultRule {
  Fault fault;
  double share = 0;
  std::uint64_t request = 0;  // The so-manyth request to a model, from 1; 0 for by share.
};

// Rules with commas between them. A rule is a kind with its settings after colons, then "=" and a
// share of the requests, or "#" and the number of one:
//
//   429=5%  529:gzip=2%  400:billing_error#3  overloaded=1%  stream-error:api_error:event=4=1%
//   eof:event=10=2%  reset:byte=500#3  stall:2s:event=5=1%  slow-headers:800ms=5%
//   malformed:event=3#7  split=1%  coalesce:16=1%  crlf=1%  comments=1%  unknown-events=1%
//   long-line:100000=1%  refusal=1%  pause=1%
//
// A status is from 400 to 599. "overloaded" is the stream error overloaded_error. Without its
// setting a stall is of 2 s, a head comes 1 s late, 8 events are sent at once, and a line is of
// 65,536 bytes.
//
// Errors: unknown kinds with "did you mean"; settings that a kind does not have; shares of more
// than 100 % together.
base::Result<std::vector<FaultRule>> parse_faults(std::string_view text);

// A file of them: JSON, [{"fault":"stall","length":"2s","event":5,"share":"1%"}, …]. The keys are
// fault, type, gzip, length, count, event, byte, and one of share and request.
base::Result<std::vector<FaultRule>> read_faults_file(const std::string& path);

// The fault of a request, by its number and its draws; nothing for most. The first rule that names
// its number wins, else the shares are laid end to end. Takes one number from `random`.
std::optional<Fault> draw_fault(const std::vector<FaultRule>& rules, std::uint64_t request,
                                base::RandomStream& random);

}  // namespace mock
