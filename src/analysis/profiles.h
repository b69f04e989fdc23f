// The tools' definitions, one class each. analysis/definitions.h is what others use.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/definitions.h"
#include "analysis/sample.h"

namespace analysis {

// What several tools' rules have in common.
class Requests {
 public:
  void add(const llm::Timeline& timeline);

  std::uint64_t all() const { return all_; }
  std::uint64_t failed() const { return failed_; }
  std::uint64_t cancelled() const { return cancelled_; }
  std::uint64_t censored() const { return censored_; }
  std::uint64_t without_usage() const { return without_usage_; }

  // From the first request's start to the last one's end; 0 where there was none.
  double span() const;
  base::TimePoint first_start() const { return first_start_; }
  base::TimePoint last_end() const { return last_end_; }

 private:
  std::uint64_t all_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t cancelled_ = 0;
  std::uint64_t censored_ = 0;
  std::uint64_t without_usage_ = 0;
  base::TimePoint first_start_{};
  base::TimePoint last_end_{};
};

// The moments of a stream's content that most definitions begin with.
struct ContentTimes {
  explicit ContentTimes(const llm::Timeline& timeline);

  std::vector<base::TimePoint> all;             // Text, thinking and tool input.
  std::optional<base::TimePoint> first_answer;  // Not thinking.
};

// HTTP did its part and the model answered; a refusal is an answer to every tool but perigee.
bool is_answered(const llm::Timeline& timeline);

// As usage has it; where that never came, one for each content event.
std::uint64_t output_tokens(const llm::Timeline& timeline);

double seconds_between(base::TimePoint begin, base::TimePoint end);

// How a tool's statistics are called and computed.
struct Statistic {
  enum Kind { kMean, kStddev, kMin, kMax, kQuantile };
  std::string name;
  Kind kind = kMean;
  double q = 0;  // Of kQuantile, in 0..1.
};

Figure distribution(std::string name, metrics::Unit unit, const Sample& sample,
                    const std::vector<Statistic>& statistics, Quantile method,
                    std::string explanation);
Figure single(std::string name, metrics::Unit unit, double value, std::string explanation);
// Total / seconds; nothing where no time passed.
Figure throughput(std::string name, metrics::Unit unit, double total, double seconds,
                  std::string explanation);

// `vllm bench serve` as of 2026: an event counts when a chat completion would send it with a
// choice.
class Vllm {
 public:
  void add(const llm::Timeline& timeline);
  Definition finish(const Requests& requests, const RunFacts& facts) const;

 private:
  Sample ttft_, tpot_, itl_, e2el_;
  std::uint64_t completed_ = 0;
  std::uint64_t cut_short_ = 0;
  std::uint64_t no_stream_ = 0;
  std::uint64_t input_ = 0;
  std::uint64_t output_ = 0;
};

class Aiperf {
 public:
  void add(const llm::Timeline& timeline);
  Definition finish(const Requests& requests, const RunFacts& facts) const;

 private:
  Sample ttft_, ttst_, ttfo_, latency_, itl_, icl_, per_user_, osl_, isl_;
  std::uint64_t completed_ = 0;
  std::uint64_t output_ = 0;
  base::TimePoint first_request_{};
  base::TimePoint last_response_{};
};

class Guidellm {
 public:
  void add(const llm::Timeline& timeline);
  Definition finish(const Requests& requests, const RunFacts& facts) const;

 private:
  Sample latency_, ttft_, ttfo_, itl_, tpot_;
  std::uint64_t completed_ = 0;
  std::uint64_t input_ = 0;
  std::uint64_t output_ = 0;
};

class InferencePerf {
 public:
  void add(const llm::Timeline& timeline);
  Definition finish(const Requests& requests, const RunFacts& facts) const;

 private:
  void add_stream(const llm::Timeline& timeline, std::uint64_t tokens);

  Sample latency_, ntpot_, tpot_, ttft_, itl_;
  std::uint64_t completed_ = 0;
  std::uint64_t input_ = 0;
  std::uint64_t output_ = 0;
};

// LoadGen's server scenario with token latencies.
class Mlperf {
 public:
  void add(const llm::Timeline& timeline);
  Definition finish(const Requests& requests, const RunFacts& facts) const;

 private:
  Sample latency_, first_token_, tpot_;
  std::uint64_t completed_ = 0;
  std::uint64_t too_short_ = 0;
  std::uint64_t without_due_ = 0;
  std::uint64_t tokens_ = 0;
  base::TimePoint last_done_{};
};

// k6 with its http module, and what the SSE extension counts.
class K6 {
 public:
  void add(const llm::Timeline& timeline);
  Definition finish(const Requests& requests, const RunFacts& facts) const;

 private:
  Sample duration_, waiting_, sending_, receiving_;
  std::uint64_t requests_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace analysis
