// What the scripts of all workers of a process share.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/row_file.h"

namespace script {

// A data file with the cursors that hand its rows out, each row to one VU of the whole process.
struct DataSet {
  std::shared_ptr<const base::RowFile> rows;
  std::atomic<std::uint64_t> sequential{0};
  std::atomic<std::uint64_t> unique{0};
};

// An option that a script declares with perigee.option.
struct DeclaredOption {
  std::string name;
  std::string kind;  // "string", "number", "boolean", "duration"
  std::string default_text;
  std::string help;
};

// Threads:  any.
// Lifetime: outlives all scripts; references that it hands out stay valid.
class Shared {
 public:
  // The same file is opened once, however many workers ask for it.
  base::Result<DataSet*> data_set(const std::string& path, base::RowFile::Format format);

  // The counter of that name, from 0.
  std::atomic<double>& counter(const std::string& name);

  // Declares an option (again: does nothing). Errors: the same name with another kind or default.
  base::Result<void> declare(DeclaredOption option);
  std::vector<DeclaredOption> declared() const;  // In the order of their declaration.

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<DataSet>> data_sets_;
  std::map<std::string, std::atomic<double>> counters_;
  std::vector<DeclaredOption> declared_;
};

}  // namespace script
