#include "mock/answer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace mock {
namespace {

enum Purpose : std::uint64_t { kIds, kFault, kLength, kPace, kGrouping, kText, kPadding };

base::RandomStream stream_for(std::uint64_t seed, std::uint64_t request, Purpose purpose) {
  return base::RandomStream(base::derive_seed(base::derive_seed(seed, request), purpose));
}

std::string random_base58(base::RandomStream& random, size_t length) {
  constexpr std::string_view kAlphabet =
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::string text;
  text.reserve(length);
  while (text.size() < length) text += kAlphabet[random.below(kAlphabet.size())];
  return text;
}

// Words of three to nine letters, near the four bytes that a token of English takes.
constexpr std::array<std::string_view, 64> kWords = {
    " the",   " of",     " and",   " to",     " in",     " is",    " that",  " it",
    " was",   " for",    " on",    " are",    " as",     " with",  " they",  " at",
    " be",    " this",   " from",  " have",   " or",     " by",    " one",   " had",
    " not",   " but",    " what",  " all",    " were",   " when",  " we",    " there",
    " can",   " each",   " which", " their",  " said",   " if",    " do",    " will",
    " about", " many",   " then",  " them",   " would",  " write", " like",  " so",
    " these", " long",   " make",  " thing",  " see",    " him",   " two",   " look",
    " more",  " answer", " token", " stream", " second", " model", " river", " light"};

}  // namespace

Draws::Draws(std::uint64_t seed, std::uint64_t request_number)
    : ids(stream_for(seed, request_number, kIds)),
      fault(stream_for(seed, request_number, kFault)),
      length(stream_for(seed, request_number, kLength)),
      pace(stream_for(seed, request_number, kPace)),
      grouping(stream_for(seed, request_number, kGrouping)),
      text(stream_for(seed, request_number, kText)),
      padding(stream_for(seed, request_number, kPadding)) {}

Answer make_answer(const Profile& profile, const MessagesRequest& request, Draws& draws) {
  Answer answer;
  answer.message_id = "msg_01" + random_base58(draws.ids, 22);
  answer.model = request.model;
  answer.input_tokens = request.input_tokens;
  // Kept within what llround can take; max_tokens cuts it further.
  const double drawn = std::min(profile.tokens.sample(draws.length), 1e15);
  const std::int64_t wanted = std::max<std::int64_t>(1, std::llround(drawn));
  answer.output_tokens = std::min(wanted, request.max_tokens);
  answer.stop_reason = wanted > request.max_tokens ? "max_tokens" : "end_turn";
  return answer;
}

std::string make_request_id(base::RandomStream& ids) { return "req_011C" + random_base58(ids, 20); }

TokenPace::TokenPace(const Profile& profile, base::RandomStream random)
    : gap_(profile.itl), random_(random), due_(base::from_seconds(profile.ttft.sample(random_))) {}

base::Duration TokenPace::next() {
  if (begun_) due_ += base::from_seconds(gap_.sample(random_));
  begun_ = true;
  return due_;
}

std::string_view TokenText::next() {
  const std::string_view word = kWords[random_.below(kWords.size())];
  if (begun_) return word;
  begun_ = true;
  return word.substr(1);
}

std::string message_json(const Answer& answer, TokenText text) {
  nlohmann::ordered_json content = nlohmann::ordered_json::array();
  if (answer.output_tokens > 0) {
    std::string words;
    for (std::int64_t i = 0; i < answer.output_tokens; ++i) words += text.next();
    content.push_back({{"type", "text"}, {"text", std::move(words)}});
  }
  const nlohmann::ordered_json usage = {
      {"input_tokens", answer.input_tokens},
      {"cache_creation_input_tokens", 0},
      {"cache_read_input_tokens", 0},
      {"cache_creation", {{"ephemeral_5m_input_tokens", 0}, {"ephemeral_1h_input_tokens", 0}}},
      {"output_tokens", answer.output_tokens},
      {"service_tier", "standard"},
      {"inference_geo", "not_available"}};
  const nlohmann::ordered_json message = {{"model", answer.model},
                                          {"id", answer.message_id},
                                          {"type", "message"},
                                          {"role", "assistant"},
                                          {"content", std::move(content)},
                                          {"stop_reason", answer.stop_reason},
                                          {"stop_sequence", nullptr},
                                          {"usage", usage}};
  return message.dump();
}

}  // namespace mock
