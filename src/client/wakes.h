// Word to those that wait, sent once the lock is released under which their turn was found.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace client {

// Called from any thread, and maybe late: what it was to wake can have been destroyed meanwhile. It
// must not call back into what woke it.
using Wake = std::function<void()>;

// Declared before the lock's guard, it is destroyed after it, and then calls.
class Wakes {
 public:
  Wakes() = default;
  ~Wakes() {
    for (const Wake& wake : due_) wake();
  }
  Wakes(const Wakes&) = delete;
  Wakes& operator=(const Wakes&) = delete;

  void add(Wake wake) { due_.push_back(std::move(wake)); }

 private:
  std::vector<Wake> due_;
};

}  // namespace client
