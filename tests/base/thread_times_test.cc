#include "base/thread_times.h"

#include <catch2/catch.hpp>

TEST_CASE("a thread's CPU time grows while it works") {
  const base::Duration before = base::thread_cpu_time();
  volatile unsigned sink = 0;
  for (unsigned i = 0; i < 3'000'000; ++i) sink = sink + i;
  CHECK(base::thread_cpu_time() > before);
}

TEST_CASE("a run delay never shrinks") {
  const base::RunDelay delay;
  const base::Duration before = delay.total();
  volatile unsigned sink = 0;
  for (unsigned i = 0; i < 3'000'000; ++i) sink = sink + i;
  CHECK(delay.total() >= before);
}
