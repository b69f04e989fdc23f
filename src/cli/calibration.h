// What `perigee calibrate` found out about a machine, and where later runs find it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.h"

namespace cli {

// What a calibration is valid for.
struct CalibratedHost {
  std::string cpu;  // Its model, as the kernel names it.
  long cpus = 0;
  int threads = 0;      // Workers.
  std::string version;  // perigee's.
  friend bool operator==(const CalibratedHost&, const CalibratedHost&) = default;
};

CalibratedHost this_host(int threads);

// A ceiling, and what set it: "client"; else the value is a lower bound, and the reason is "mock",
// "cores" (both sides took turns on them), "time" or "range" (of what was tried).
struct CalibratedValue {
  double value = 0;
  std::string limit = "client";
  bool is_at_least() const { return limit != "client"; }
  friend bool operator==(const CalibratedValue&, const CalibratedValue&) = default;
};

struct Calibration {
  CalibratedHost host;
  std::string at;           // RFC 3339, UTC.
  CalibratedValue streams;  // Open at once, each with an event every 20 ms.
  CalibratedValue events_per_second;
  CalibratedValue requests_per_second;      // Short ones, not streamed.
  std::optional<double> memory_per_stream;  // Bytes.
  friend bool operator==(const Calibration&, const Calibration&) = default;
};

nlohmann::ordered_json to_json(const Calibration& calibration);

// $XDG_CACHE_HOME/perigee/calibration.json, else ~/.cache/perigee/calibration.json; "" where
// neither folder is known.
std::string calibration_path();

// The calibration of such a host, nothing where there is none or no file.
// Errors: a file that cannot be read or understood, with its path and the mend.
base::Result<std::optional<Calibration>> load_calibration(const std::string& path,
                                                          const CalibratedHost& host);

// Takes the place of the one of the same host; those of others stay. The file is replaced whole,
// its folder made where there is none; one that is damaged is written anew.
// Errors: name the path and the system's reason.
base::Result<void> save_calibration(const std::string& path, const Calibration& calibration);

}  // namespace cli
