// How the mock behaves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mock/batches.h"
#include "mock/faults.h"
#include "mock/freeze.h"
#include "mock/limit_options.h"
#include "mock/profile.h"

namespace mock {

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0 takes a free one.
  Profile profile;
  std::vector<FaultRule> faults;
  std::optional<LimitOptions> limits;  // None where it has no value.
  BatchOptions batches;
  std::string record_file;  // "" records nothing.
  std::uint64_t seed = 1;
  Freeze freeze{};  // None where its length is zero.
  bool tls = false;
  std::string certificate_file;  // PEM; "" with tls: one made at the start for the host's names.
  std::string key_file;
};

}  // namespace mock
