// What a request will be answered with, and when: decided in full when it arrives.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "mock/messages_api.h"
#include "mock/options.h"

namespace mock {

// One request's draws, from the server's seed and the request's number. Each purpose has a stream
// of its own, so that a draw more for one never moves the others.
struct Draws {
  Draws(std::uint64_t seed, std::uint64_t request_number);

  base::RandomStream ids;
  base::RandomStream fault;
  base::RandomStream length;
  base::RandomStream pace;
  base::RandomStream grouping;
  base::RandomStream text;
  base::RandomStream padding;
};

struct Answer {
  std::string message_id;
  std::string model;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::string_view stop_reason;
};

Answer make_answer(const Profile& profile, const MessagesRequest& request, Draws& draws);

std::string make_request_id(base::RandomStream& ids);

// When each token is due, as an offset from the request's arrival: the time to first token, then
// one drawn gap more per token. The offsets are sums of draws and know nothing of real sends, so a
// late token does not make the next one late.
class TokenPace {
 public:
  TokenPace(const Profile& profile, base::RandomStream random);

  // The offset of the next token; the first call gives the first token's.
  base::Duration next();

  // The offset that the last call gave; before the first, the time to first token.
  base::Duration current() const { return due_; }

 private:
  base::Distribution gap_;
  base::RandomStream random_;
  base::Duration due_;
  bool begun_ = false;
};

// The words that tokens are made of, one word a token.
class TokenText {
 public:
  explicit TokenText(base::RandomStream random) : random_(random) {}

  // Lifetime: the view stays valid for good. Nothing in it needs escaping in JSON.
  std::string_view next();

 private:
  base::RandomStream random_;
  bool begun_ = false;
};

// The body of an answer that is not streamed.
std::string message_json(const Answer& answer, TokenText text);

}  // namespace mock
