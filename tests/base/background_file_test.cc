#include "base/background_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "temporary_file.h"

using base::BackgroundFile;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("what is written stands in the file in order, however much it is") {
  const tests::TemporaryFile path(".txt", "what was there before");
  auto file = BackgroundFile::open(path.path());
  REQUIRE(file);
  std::string expected;
  for (int i = 0; i < 200'000; ++i) {
    const std::string record = std::to_string(i) + "\n";
    REQUIRE((*file)->write(record));
    expected += record;
  }
  REQUIRE((*file)->flush());
  CHECK(text_of(path.path()) == expected);
  REQUIRE((*file)->write("more\n"));
  REQUIRE((*file)->close());
  REQUIRE((*file)->close());
  CHECK(text_of(path.path()) == expected + "more\n");
  CHECK((*file)->dropped() == 0);
}

TEST_CASE("records of several threads stay whole") {
  const tests::TemporaryFile path(".txt", "");
  auto file = BackgroundFile::open(path.path());
  REQUIRE(file);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&file, i] {
      const std::string record(50, static_cast<char>('a' + i));
      for (int k = 0; k < 5'000; ++k) (*file)->write(record + "\n");
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE((*file)->close());
  std::ifstream lines(path.path());
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    REQUIRE(line == std::string(50, line.at(0)));
    ++count;
  }
  CHECK(count == 20'000);
}

TEST_CASE(
    "a disk that takes nothing holds nobody up: records without room are dropped and counted") {
  int ends[2] = {};
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);  // Nobody reads: it takes 64 KB and then stands still.
  constexpr std::size_t kRoom = 400'000;
  auto file = std::make_unique<BackgroundFile>(ends[1], kRoom);
  const std::string record(1'000, 'x');
  std::size_t taken = 0;
  for (int i = 0; i < 1'000; ++i) taken += file->write(record) ? record.size() : 0;
  CHECK(taken >= kRoom);
  CHECK(taken <= kRoom + 70'000);
  CHECK(file->dropped() == 1'000 - taken / record.size());

  // Once there is a reader, what was taken comes whole.
  std::size_t came = 0;
  std::thread reader([&came, fd = ends[0]] {
    std::vector<char> bytes(65'536);
    while (true) {
      const ssize_t now = read(fd, bytes.data(), bytes.size());
      if (now <= 0) return;
      came += static_cast<std::size_t>(now);
    }
  });
  REQUIRE(file->close());
  reader.join();
  CHECK(came == taken);
  close(ends[0]);
}

TEST_CASE("a full disk is told, and what did not fit counts as dropped") {
  auto file = BackgroundFile::open("/dev/full");
  REQUIRE(file);
  CHECK((*file)->write("first\n"));
  const auto flushed = (*file)->flush();
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().message == "the file could not be written whole: No space left on device");
  CHECK_FALSE((*file)->write("second\n"));
  CHECK((*file)->dropped() == 1);
  CHECK_FALSE((*file)->close());
}

TEST_CASE("a file that cannot be opened is told with its path") {
  const auto file = BackgroundFile::open("/no/such/folder/file");
  REQUIRE_FALSE(file);
  CHECK(file.error().message == "cannot write /no/such/folder/file: No such file or directory");
}
