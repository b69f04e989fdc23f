// The uses of tools in a conversation and their results.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mock/request_fields.h"

namespace mock {

// Every use of a tool has its one result in the user's turn behind it, where results stand before
// all else. Turns are merged ones.
//
// Lifetime: ids are views into the body.
class ToolPairs {
 public:
  explicit ToolPairs(RequestFields& body) : body_(body) {}

  void begin_turn(std::string_view role);

  // A block of the turn; `message` is the path of the message it stands in.
  void read(RequestFields& block, const std::string& message);

  // Content that is a text.
  void read_text();

  void end() { require_results(); }

  // True if the latest turn of a user had results.
  bool answered() const { return !answered_.empty(); }

 private:
  void read_use(RequestFields& block, const std::string& message);
  void read_result(RequestFields& block);
  void require_results();

  RequestFields& body_;
  bool is_user_ = false;
  std::vector<std::string_view> open_;      // Uses without a result.
  std::vector<std::string_view> answered_;  // Those that have one.
  std::string message_;                     // Of the latest use.
};

}  // namespace mock
