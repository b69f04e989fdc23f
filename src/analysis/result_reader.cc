#include "analysis/result_reader.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "analysis/histogram_json.h"

namespace analysis {
namespace {

using nlohmann::json;

// What makes a file no result file though it is JSON; its text says why.
struct Damage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

metrics::Type type_from_file(const std::string& name) {
  using metrics::Type;
  for (const Type type : {Type::kCounter, Type::kGauge, Type::kRate, Type::kTrend}) {
    if (metrics::to_string(type) == name) return type;
  }
  throw Damage("unknown type of metric \"" + name + "\"");
}

metrics::TagSet tags_from_json(const json& written) {
  metrics::TagSet tags;
  for (const auto& [key, value] : written.items()) tags.set(key, value.get<std::string>());
  return tags;
}

metrics::Series series_from_json(metrics::Type type, const json& written) {
  switch (type) {
    case metrics::Type::kCounter:
      return metrics::Counter{written.at("sum").get<double>()};
    case metrics::Type::kGauge:
      return metrics::Gauge{
          .last = written.at("last").get<double>(),
          .min = written.at("min").get<double>(),
          .max = written.at("max").get<double>(),
          .count = written.at("count").get<std::uint64_t>(),
      };
    case metrics::Type::kRate:
      return metrics::Rate{written.at("trues").get<std::uint64_t>(),
                           written.at("total").get<std::uint64_t>(),
                           written.value("own_trues", std::uint64_t{0})};
    case metrics::Type::kTrend:
      break;
  }
  // Null where there is nothing in it; files of earlier versions do not know of errors.
  const auto histogram_at = [&written](const char* field) {
    const auto found = written.find(field);
    return found == written.end() || found->is_null() ? metrics::Histogram{}
                                                      : histogram_from_json(*found);
  };
  return metrics::Trend{histogram_from_json(written.at("values")), histogram_at("lower_bounds"),
                        histogram_at("errors")};
}

std::unique_ptr<metrics::Store> store_from_json(const json& written, metrics::Registry& registry) {
  auto store = std::make_unique<metrics::Store>(registry);
  metrics::Delta delta;
  for (const json& metric : written) {
    const metrics::Type type = type_from_file(metric.at("type").get<std::string>());
    const auto id = registry.declare({.name = metric.at("name").get<std::string>(),
                                      .type = type,
                                      .unit = unit_from_file(metric.at("unit").get<std::string>()),
                                      .of = metric.at("of").get<std::string>(),
                                      .meaning = ""});
    if (!id) throw Damage(id.error().message);
    for (const json& series : metric.at("series")) {
      auto tags = std::make_shared<const metrics::TagSet>(tags_from_json(series.at("tags")));
      delta.entries.push_back({*id, std::move(tags), series_from_json(type, series)});
    }
  }
  store->merge(delta);
  return store;
}

base::Result<void> check_schema(const json& document, const std::string& place) {
  if (!document.is_object() || document.value("schema", json()) != "perigee-result") {
    return base::fail("{}: is no result file: perigee run --json writes one", place);
  }
  const json version = document.value("schema_version", json());
  if (!version.is_number_integer()) return base::fail("{}: schema_version is missing", place);
  if (version.get<std::int64_t>() <= kReadableSchemaVersion) return {};
  return base::fail("{}: is of schema version {}, and this perigee reads up to version {}", place,
                    version.dump(), kReadableSchemaVersion);
}

}  // namespace

metrics::Unit unit_from_file(const std::string& name) {
  using metrics::Unit;
  if (name == "share") return Unit::kShare;
  for (const Unit unit : {Unit::kNone, Unit::kTime, Unit::kTokens, Unit::kTokensPerSecond,
                          Unit::kEvents, Unit::kBytes, Unit::kUsd}) {
    if (metrics::to_string(unit) == name) return unit;
  }
  throw Damage("unknown unit \"" + name + "\"");
}

base::Result<StoredRun> read_result(const std::string& text, const std::string& place) {
  StoredRun run;
  run.document = json::parse(text, nullptr, false);
  if (run.document.is_discarded()) return base::fail("{}: is not JSON, or is cut short", place);
  if (auto fits = check_schema(run.document, place); !fits) return tl::unexpected(fits.error());
  run.registry = std::make_unique<metrics::Registry>();
  try {
    run.store = store_from_json(run.document.at("metrics"), *run.registry);
    run.store->note_tags_overflowed(run.document.at("tags_overflowed").get<std::uint64_t>());
    run.apart = store_from_json(run.document.at("apart"), *run.registry);
  } catch (const std::exception& error) {  // A field that is missing or of another type.
    return base::fail("{}: is damaged: {}", place, error.what());
  }
  return run;
}

base::Result<StoredRun> read_result_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.fail()) {
    return base::fail("cannot read {}: {}", path, std::strerror(errno != 0 ? errno : EIO));
  }
  return read_result(text.str(), path);
}

}  // namespace analysis
