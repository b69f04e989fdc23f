// What the mock would have charged for, counted as a provider does.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "mock/usage.h"

namespace mock {

// US dollars per million tokens, of the mock's own table: the tester's is a second one, so that a
// mistake in either shows.
struct ModelPrice {
  double input = 0;
  double cache_write_5m = 0;
  double cache_write_1h = 0;
  double cache_read = 0;
  double output = 0;
};

// By id or alias, retired ones too; `fast` is fast mode. As of 2026-08-22:
// https://docs.claude.com/en/about-claude/pricing
// Null for a model that is not priced, as those of OpenAI, and for fast mode where it has none.
const ModelPrice* find_model_price(std::string_view model, bool fast = false);

double price_usd(const ModelPrice& price, const Usage& usage, bool in_batch);

// Totals by model.
struct BillEntry {
  std::uint64_t requests = 0;
  Usage usage;
  double usd = 0;
};

class Bill {
 public:
  // What was really delivered: of an answer that broke off, what had been sent.
  // Returns its cost; 0 for a model that is not priced.
  double add(const std::string& model, const Usage& usage, bool in_batch, bool fast = false);

  double usd() const { return usd_; }
  const std::map<std::string, BillEntry>& entries() const { return entries_; }

 private:
  std::map<std::string, BillEntry> entries_;
  double usd_ = 0;
};

}  // namespace mock
