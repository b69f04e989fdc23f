#include "script/shared.h"

#include <algorithm>
#include <filesystem>

namespace script {

std::size_t DataSet::next_sequential() { return next(sequential_) % rows_->size(); }

std::optional<std::size_t> DataSet::next_unique() {
  const std::uint64_t row = next(unique_);
  if (row >= rows_->size()) return {};
  return row;
}

base::Result<DataSet*> Shared::data_set(const std::string& path, base::RowFile::Format format) {
  // A path that does not exist stays as it is and fails to open.
  std::error_code ignored;
  const std::string file = std::filesystem::weakly_canonical(path, ignored).string();
  const std::scoped_lock lock(mutex_);
  std::unique_ptr<DataSet>& set = data_sets_[{file, format}];
  if (!set) {
    auto rows = base::RowFile::open(path, format);
    if (!rows) return tl::unexpected(rows.error());
    set = std::make_unique<DataSet>(std::move(*rows), instance_, instances_);
  }
  return set.get();
}

std::atomic<double>& Shared::counter(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  return counters_[name];
}

base::Result<void> Shared::declare(DeclaredOption option) {
  const std::scoped_lock lock(mutex_);
  const auto known = std::find_if(declared_.begin(), declared_.end(),
                                  [&](const auto& other) { return other.name == option.name; });
  if (known == declared_.end()) {
    declared_.push_back(std::move(option));
    return {};
  }
  if (known->kind == option.kind && known->default_text == option.default_text) return {};
  return base::fail(
      "option \"{}\": declared twice, as {} with the default \"{}\" and as {} with \"{}\"",
      option.name, known->kind, known->default_text, option.kind, option.default_text);
}

void Shared::declare_model(DeclaredModel model) {
  const std::scoped_lock lock(mutex_);
  models_.insert(std::move(model));
}

std::set<DeclaredModel> Shared::models() const {
  const std::scoped_lock lock(mutex_);
  return models_;
}

std::shared_ptr<client::Pacing> Shared::pacing(const std::string& key,
                                               const client::PacingLimits& limits) {
  const std::scoped_lock lock(mutex_);
  std::shared_ptr<client::Pacing>& pacing = pacings_[key];
  if (!pacing) pacing = std::make_shared<client::Pacing>(limits, base::MonotonicClock().now());
  return pacing;
}

std::vector<DeclaredOption> Shared::declared() const {
  const std::scoped_lock lock(mutex_);
  return declared_;
}

}  // namespace script
