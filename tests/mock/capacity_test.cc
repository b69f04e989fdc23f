#include "mock/capacity.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace {

// Requests with letters; those that are let in are written down.
struct Line {
  explicit Line(std::uint64_t slots, std::uint64_t queue) : capacity(slots, queue) {}

  std::unique_ptr<mock::Capacity::Place> come(char letter) {
    auto place = std::make_unique<mock::Capacity::Place>(capacity);
    if (!capacity.take(*place, [this, letter] { inside += letter; })) return nullptr;
    return place;
  }

  mock::Capacity capacity;
  std::string inside;
};

}  // namespace

TEST_CASE("without a number of slots everybody is let in at once") {
  Line line(0, 0);
  const auto a = line.come('a');
  const auto b = line.come('b');
  CHECK(line.inside == "ab");
  CHECK(line.capacity.inside() == 2);
  CHECK(line.capacity.load() == 0);
}

TEST_CASE("who finds all slots taken waits, and is let in in the order of coming") {
  Line line(2, 10);
  auto a = line.come('a');
  auto b = line.come('b');
  auto c = line.come('c');
  auto d = line.come('d');
  CHECK(line.inside == "ab");
  CHECK(line.capacity.load() == 1);
  CHECK(line.capacity.waiting() == 2);
  b.reset();
  CHECK(line.inside == "abc");
  a.reset();
  CHECK(line.inside == "abcd");
  c.reset();
  CHECK(line.capacity.load() == 0.5);
  d.reset();
  CHECK(line.capacity.inside() == 0);
}

TEST_CASE("a full queue refuses") {
  Line line(1, 1);
  auto a = line.come('a');
  auto b = line.come('b');
  CHECK(line.come('c') == nullptr);
  a.reset();
  CHECK(line.inside == "ab");
  CHECK(line.come('d') != nullptr);
}

TEST_CASE("who leaves the queue is not let in, and leaves room") {
  Line line(1, 1);
  auto a = line.come('a');
  auto b = line.come('b');
  b.reset();
  CHECK(line.capacity.waiting() == 0);
  auto c = line.come('c');
  a.reset();
  CHECK(line.inside == "ac");
}

TEST_CASE("who is let in may leave at once, or make others leave") {
  mock::Capacity capacity(1, 10);
  std::string inside;
  auto first = std::make_unique<mock::Capacity::Place>(capacity);
  auto second = std::make_unique<mock::Capacity::Place>(capacity);
  auto third = std::make_unique<mock::Capacity::Place>(capacity);
  auto fourth = std::make_unique<mock::Capacity::Place>(capacity);
  capacity.take(*first, [&] { inside += '1'; });
  capacity.take(*second, [&] {
    inside += '2';
    third.reset();
    second.reset();
  });
  capacity.take(*third, [&] { inside += '3'; });
  capacity.take(*fourth, [&] { inside += '4'; });
  first.reset();
  CHECK(inside == "124");
  CHECK(capacity.inside() == 1);
  CHECK(capacity.waiting() == 0);
}
