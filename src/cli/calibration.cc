#include "cli/calibration.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/version.h"

namespace cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "perigee-calibration";
constexpr int kSchemaVersion = 1;
constexpr std::size_t kMostHosts = 50;  // A home may be shared by many; the oldest go.

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  while (std::getline(info, line)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || !line.starts_with("model name")) continue;
    return std::string(base::trim(line.substr(colon + 1)));
  }
  return "unknown";
}

Json value_to_json(const CalibratedValue& value) {
  return {{"value", value.value}, {"limit", value.limit}};
}

CalibratedValue read_value(const Json& json) {
  return {json.at("value").get<double>(), json.at("limit").get<std::string>()};
}

// Throws what nlohmann does.
Calibration read_calibration(const Json& json) {
  Calibration calibration;
  calibration.host = {json.at("cpu").get<std::string>(), json.at("cpus").get<long>(),
                      json.at("threads").get<int>(), json.at("perigee").get<std::string>()};
  calibration.at = json.at("calibrated_at").get<std::string>();
  calibration.streams = read_value(json.at("streams"));
  calibration.events_per_second = read_value(json.at("events_per_s"));
  calibration.requests_per_second = read_value(json.at("requests_per_s"));
  const Json& memory = json.at("memory_per_stream_bytes");
  if (!memory.is_null()) calibration.memory_per_stream = memory.get<double>();
  return calibration;
}

base::Result<std::vector<Calibration>> read_all(const std::string& path) {
  const auto damaged = [&path](const std::string& why) {
    return base::fail(
        "{}: not a calibration that this perigee can read ({}); delete it, or write it anew with "
        "`perigee calibrate`",
        path, why);
  };
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::vector<Calibration>();
  std::ifstream file(path);
  if (!file) return damaged(std::strerror(errno));
  const Json document = Json::parse(file, nullptr, false);
  if (!document.is_object()) return damaged("no JSON object");
  if (document.value("schema", Json()) != kSchema) return damaged("another schema");
  if (document.value("schema_version", Json()) != kSchemaVersion) return damaged("another version");
  std::vector<Calibration> all;
  try {
    for (const Json& each : document.at("calibrations")) all.push_back(read_calibration(each));
  } catch (const nlohmann::json::exception& error) {
    return damaged(error.what());
  }
  return all;
}

base::Result<void> write_whole(const std::string& path, const std::string& text) {
  const auto failed = [&path](const std::string& why) {
    return base::fail("cannot write {}: {}", path, why);
  };
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (error) return failed(error.message());
  const std::string beside = fmt::format("{}.{}.tmp", path, getpid());
  std::ofstream file(beside, std::ios::binary);
  file << text;
  file.close();
  if (!file) {
    const std::string why = std::strerror(errno);
    fs::remove(beside, error);
    return failed(why);
  }
  fs::rename(beside, path, error);
  if (!error) return {};
  const std::string why = error.message();
  fs::remove(beside, error);
  return failed(why);
}

}  // namespace

CalibratedHost this_host(int threads) {
  return {cpu_model(), sysconf(_SC_NPROCESSORS_ONLN), threads, kVersion};
}

Json to_json(const Calibration& calibration) {
  const auto& memory = calibration.memory_per_stream;
  return {{"calibrated_at", calibration.at},
          {"cpu", calibration.host.cpu},
          {"cpus", calibration.host.cpus},
          {"threads", calibration.host.threads},
          {"perigee", calibration.host.version},
          {"streams", value_to_json(calibration.streams)},
          {"events_per_s", value_to_json(calibration.events_per_second)},
          {"requests_per_s", value_to_json(calibration.requests_per_second)},
          {"memory_per_stream_bytes", memory ? Json(*memory) : Json()}};
}

std::string calibration_path() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  // The XDG rules want relative paths ignored.
  if (cache != nullptr && cache[0] == '/') return std::string(cache) + "/perigee/calibration.json";
  if (home != nullptr && home[0] == '/') {
    return std::string(home) + "/.cache/perigee/calibration.json";
  }
  return "";
}

base::Result<std::optional<Calibration>> load_calibration(const std::string& path,
                                                          const CalibratedHost& host) {
  if (path.empty()) return std::nullopt;
  const auto all = read_all(path);
  if (!all) return tl::unexpected(all.error());
  for (const Calibration& each : *all) {
    if (each.host == host) return each;
  }
  return std::nullopt;
}

base::Result<void> save_calibration(const std::string& path, const Calibration& calibration) {
  std::vector<Calibration> all = {calibration};
  const auto before = read_all(path);
  for (const Calibration& each : before.value_or(std::vector<Calibration>())) {
    if (each.host != calibration.host && all.size() < kMostHosts) all.push_back(each);
  }
  Json json = {{"schema", kSchema}, {"schema_version", kSchemaVersion}};
  json["calibrations"] = Json::array();
  for (const Calibration& each : all) json["calibrations"].push_back(to_json(each));
  return write_whole(path, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace cli
