// What the scripts of all workers of a process share.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/row_file.h"
#include "client/pacing.h"
#include "script/token_source.h"

namespace script {

// A data file with the cursors that hand its rows out over all VUs. Of a run on several instances
// each hands out every n-th row, so that together they hand out all of them.
//
// Threads: any.
class DataSet {
 public:
  DataSet(std::shared_ptr<const base::RowFile> rows, std::uint64_t instance,
          std::uint64_t instances)
      : rows_(std::move(rows)), instance_(instance), instances_(instances) {}

  const base::RowFile& rows() const { return *rows_; }

  // The next row, from the first again after the last.
  std::size_t next_sequential();
  // The next row, each handed out once; nothing when all were.
  std::optional<std::size_t> next_unique();

 private:
  std::uint64_t next(std::atomic<std::uint64_t>& cursor) const {
    return instance_ + cursor.fetch_add(1, std::memory_order_relaxed) * instances_;
  }

  const std::shared_ptr<const base::RowFile> rows_;
  const std::uint64_t instance_;
  const std::uint64_t instances_;
  std::atomic<std::uint64_t> sequential_{0};
  std::atomic<std::uint64_t> unique_{0};
};

// An option that a script declares with perigee.option.
struct DeclaredOption {
  std::string name;
  std::string kind;  // "string", "number", "boolean", "duration"
  std::string default_text;
  std::string help;
};

// A model that a client of the script is for.
struct DeclaredModel {
  std::string model;
  std::string base_url;

  friend auto operator<=>(const DeclaredModel&, const DeclaredModel&) = default;
};

// Threads:  any.
// Lifetime: outlives all scripts; references that it hands out stay valid.
class Shared {
 public:
  // Which of how many instances of the run this process is, from 0.
  explicit Shared(std::uint64_t instance = 0, std::uint64_t instances = 1)
      : instance_(instance), instances_(instances) {}

  // The same file is opened once, however many workers ask for it, and under whatever path.
  base::Result<DataSet*> data_set(const std::string& path, base::RowFile::Format format);

  // The counter of that name, from 0.
  std::atomic<double>& counter(const std::string& name);

  // Declares an option (again: does nothing). Errors: the same name with another kind or default.
  base::Result<void> declare(DeclaredOption option);
  std::vector<DeclaredOption> declared() const;  // In the order of their declaration.

  void declare_model(DeclaredModel model);
  std::set<DeclaredModel> models() const;

  // The buckets of that key, full when first asked for.
  std::shared_ptr<client::Pacing> pacing(const std::string& key,
                                         const client::PacingLimits& limits);

  TokenSource& tokens() { return tokens_; }

 private:
  const std::uint64_t instance_;
  const std::uint64_t instances_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, base::RowFile::Format>, std::unique_ptr<DataSet>> data_sets_;
  std::map<std::string, std::atomic<double>> counters_;
  std::vector<DeclaredOption> declared_;
  std::set<DeclaredModel> models_;
  std::map<std::string, std::shared_ptr<client::Pacing>> pacings_;
  TokenSource tokens_;
};

}  // namespace script
