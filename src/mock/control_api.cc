#include "mock/control_api.h"

#include <nlohmann/json.hpp>
#include <string>

namespace mock {
namespace {

using nlohmann::ordered_json;

template <typename Key>
ordered_json counts_json(const std::map<Key, std::uint64_t>& counts) {
  ordered_json json = ordered_json::object();
  for (const auto& [key, count] : counts) json[fmt::format("{}", key)] = count;
  return json;
}

void add(const Usage& usage, Usage& total) {
  total.input_tokens += usage.input_tokens;
  total.cache.read_tokens += usage.cache.read_tokens;
  total.cache.write_5m_tokens += usage.cache.write_5m_tokens;
  total.cache.write_1h_tokens += usage.cache.write_1h_tokens;
  total.output_tokens += usage.output_tokens;
  total.thinking_tokens += usage.thinking_tokens;
}

ordered_json billed_json(std::uint64_t requests, const Usage& usage, double usd) {
  return {{"requests", requests},
          {"input_tokens", usage.input_tokens},
          {"cache_read_tokens", usage.cache.read_tokens},
          {"cache_write_5m_tokens", usage.cache.write_5m_tokens},
          {"cache_write_1h_tokens", usage.cache.write_1h_tokens},
          {"output_tokens", usage.output_tokens},
          {"thinking_tokens", usage.thinking_tokens},
          {"usd", usd}};
}

ordered_json bill_json(const Bill& bill) {
  ordered_json models = ordered_json::object();
  std::uint64_t requests = 0;
  Usage total;
  for (const auto& [model, entry] : bill.entries()) {
    models[model] = billed_json(entry.requests, entry.usage, entry.usd);
    requests += entry.requests;
    add(entry.usage, total);
  }
  return {{"total", billed_json(requests, total, bill.usd())}, {"models", std::move(models)}};
}

Reply stats_reply(const Backend& backend, std::uint64_t batches) {
  const Capacity& capacity = backend.capacity;
  const Stats& stats = backend.ledger->stats;
  const ordered_json body = {
      {"requests", stats.requests},
      {"by_status", counts_json(stats.by_status)},
      {"by_fault", counts_json(stats.by_fault)},
      {"rate_limited", counts_json(stats.rate_limited)},
      {"open",
       {{"inside", capacity.inside()}, {"waiting", capacity.waiting()}, {"load", capacity.load()}}},
      {"cache_entries", backend.cache.entries()},
      {"batches", batches},
      {"billed", bill_json(backend.ledger->bill)}};
  return json_reply(200, body.dump());
}

Reply truth_reply(const Recorder* recorder) {
  if (recorder == nullptr) {
    return json_reply(404, R"({"error":"nothing is recorded; start the mock with --record FILE"})");
  }
  Recorder::Tail tail = recorder->tail();
  Reply reply = {200, {{"content-type", "application/jsonl"}}, std::move(tail.lines)};
  if (tail.is_cut) reply.headers.emplace_back("x-mock-truncated", "true");
  return reply;
}

Reply wrong_method(std::string_view allowed) {
  Reply reply = json_reply(405, R"({"error":"Method Not Allowed"})");
  reply.headers.emplace_back("allow", allowed);
  return reply;
}

}  // namespace

std::optional<Reply> answer_control(std::string_view method, std::string_view path,
                                    Backend& backend, std::uint64_t batches) {
  const bool is_reset = path == "/__mock/reset";
  const bool is_stats = path == "/__mock/stats";
  if (!is_reset && !is_stats && path != "/__mock/truth") return std::nullopt;
  const std::string_view allowed = is_reset ? "POST" : "GET";
  if (method != allowed) return wrong_method(allowed);
  if (is_stats) return stats_reply(backend, batches);
  if (!is_reset) return truth_reply(backend.recorder);
  backend.reset();
  return json_reply(200, R"({"status":"reset"})");
}

}  // namespace mock
