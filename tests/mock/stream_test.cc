#include "mock/stream.h"

#include <catch2/catch.hpp>

#include "answer_fixture.h"
#include "count_allocations.h"

namespace {

mock::Stream stream_of(const mock::Answer& answer) {
  return {answer, tests::steps_of(answer, tests::steady_profile()), mock::Draws(1, 1).padding};
}

}  // namespace

TEST_CASE("a stream gives its events one after the other, each with its tokens") {
  const auto answer = tests::answer_of({tests::text_block(3)});
  mock::Stream stream = stream_of(answer);
  std::string names;
  std::int64_t tokens = 0;
  for (; stream.event() != nullptr; stream.skip()) {
    names += std::string(stream.event()->name) + " ";
    tokens += stream.tokens();
    CHECK(stream.tokens() == stream.event()->tokens);
  }
  CHECK(names ==
        "message_start content_block_start ping content_block_delta content_block_delta "
        "content_block_delta content_block_stop message_delta message_stop ");
  CHECK(tokens == 3);
}

TEST_CASE("tokens that no event bears count with the next event") {
  auto answer = tests::answer_of({tests::thinking_block(40, false), tests::text_block(2)});
  for (const auto dialect :
       {mock::Dialect::kMessages, mock::Dialect::kChat, mock::Dialect::kResponses}) {
    answer.dialect = dialect;
    mock::Stream stream = stream_of(answer);
    std::int64_t tokens = 0;
    for (; stream.event() != nullptr; stream.skip()) tokens += stream.tokens();
    CHECK(tokens == 42);
  }
}

TEST_CASE("a long answer's events need no memory of their own") {
  const auto answer = tests::answer_of({tests::text_block(2000)});
  mock::Stream stream = stream_of(answer);
  for (int i = 0; i < 500; ++i) stream.skip();
  const std::size_t allocations = tests::count_allocations([&stream] {
    for (int i = 0; i < 1000; ++i) stream.skip();
  });
  CHECK(allocations == 0);
}
