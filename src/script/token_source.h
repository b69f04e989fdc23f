// Bearer tokens that a command prints, such as `gcloud auth print-access-token`.
#pragma once

#include <future>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace script {

// Threads: any.
class TokenSource {
 public:
  // What the command prints, without white space around it. Waits for the command where it is asked
  // for the first time. When its token is older than `lifetime` the command runs again beside the
  // callers, who go on with the old token; one that fails then is tried again a little later.
  //
  // Errors: a command that fails or prints nothing. What it printed is in no error.
  base::Result<std::string> token(const std::string& command, base::Duration lifetime);

 private:
  struct Token {
    std::string text;
    base::TimePoint made{};                         // When the command was run that printed it.
    base::TimePoint asked{};                        // When the command was last run again.
    std::future<base::Result<std::string>> next{};  // Valid while the command runs again.
  };

  std::mutex mutex_;
  std::map<std::string, Token> tokens_;
};

}  // namespace script
