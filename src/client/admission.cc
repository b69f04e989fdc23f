#include "client/admission.h"

#include <algorithm>
#include <utility>

#include "llm/prices.h"

namespace client {
namespace {

// What a request brings in, as far as its bytes tell; settled by what the provider counts.
constexpr double kBytesPerToken = 4;

double input_estimate(const net::HttpRequest& request) {
  return request.body ? static_cast<double>(request.body->size()) / kBytesPerToken : 0;
}

}  // namespace

Admission::Admission(Context& context, const LlmSpec& spec, std::function<void()> on_admitted)
    : context_(context), spec_(spec), on_admitted_(std::move(on_admitted)) {
  const llm::Price* price = context.prices->find(spec.model);
  if (context.budget != nullptr && price != nullptr) {
    const auto body = spec.request.body ? std::string_view(*spec.request.body) : "";
    worst_case_ = llm::worst_case_usd(*price, body, spec.max_output_tokens);
    money_ = std::make_unique<Budget::Part>(*context.budget);
  }
  if (spec.pacing) pace_ = std::make_unique<Pacing::Part>(*spec.pacing);
  if (is_free()) return;
  door_ = std::make_shared<Door>();
  door_->inside = this;
}

Admission::~Admission() {
  if (!door_) return;
  const std::scoped_lock lock(door_->mutex);
  door_->inside = nullptr;
}

bool Admission::enter() {
  if (money_ && !money_->reserve(worst_case_, from_any_thread(&Admission::take_place))) {
    return !(context_.load_over && context_.budget->state().exhausted);
  }
  take_place();
  return true;
}

void Admission::take_place() {
  if (pace_ && !pace_->take_place(from_any_thread(&Admission::charge))) return;
  charge();
}

void Admission::charge() {
  if (pace_) {
    const auto most = static_cast<double>(spec_.max_output_tokens);
    pace_->charge({.input_tokens = input_estimate(spec_.request),
                   .output_tokens = spec_.pacing->expected_output(most)},
                  context_.loop.now(), from_any_thread(&Admission::wait_for_bucket));
  }
  wait_for_bucket();
}

void Admission::wait_for_bucket() {
  if (admitted_) return;  // Word that it may go sooner can come when it has gone.
  if (pace_) {
    const base::TimePoint now = context_.loop.now();
    const base::TimePoint ready = pace_->ready_at(now);
    if (ready > now) {
      if (!timer_) {
        timer_ =
            std::make_unique<net::EventLoop::Timer>(context_.loop, [this] { wait_for_bucket(); });
      }
      return timer_->arm_at(ready);
    }
    pace_->sent();
  }
  admitted_ = true;
  on_admitted_();
}

Wake Admission::from_any_thread(void (Admission::*next)()) {
  return [door = door_, next] {
    const std::scoped_lock lock(door->mutex);
    if (door->inside == nullptr) return;
    door->inside->context_.loop.post([weak = std::weak_ptr(door), next] {
      // On the loop's own thread nobody else can destroy it meanwhile.
      const auto still = weak.lock();
      if (still && still->inside != nullptr) (still->inside->*next)();
    });
  };
}

void Admission::settle(const LlmAnswer& answer, bool was_sent) {
  if (money_) {
    settle_money(answer, was_sent);
  } else if (context_.budget != nullptr && answer.cost_usd) {
    context_.budget->spend(*answer.cost_usd);  // By the name that the answer bore.
  }
  if (!pace_) return;
  settle_pace(answer, was_sent);
  record_used_here(answer);
}

// Providers bill what they answered with 200. Where that broke off before the final usage nobody
// knows how much it was.
void Admission::settle_money(const LlmAnswer& answer, bool was_sent) {
  const bool refused = answer.status >= 400;
  if (!was_sent || refused) {
    money_->settle(0);
  } else if (answer.reply.usage.final && answer.cost_usd) {
    money_->settle(*answer.cost_usd);
  }
}

// What the buckets here say, of a service whose answers say nothing.
void Admission::record_used_here(const LlmAnswer& answer) {
  if (!answer.limits.empty()) return;
  const Pacing::Used used = spec_.pacing->used(context_.loop.now());
  for (const auto& [quantity, share] :
       {std::pair{llm::LimitedQuantity::kRequests, used.requests},
        std::pair{llm::LimitedQuantity::kInputTokens, used.input_tokens},
        std::pair{llm::LimitedQuantity::kOutputTokens, used.output_tokens}}) {
    // Those that wait are charged already, which makes more than all of it.
    if (share) record_used(context_, quantity, spec_.model, "", std::min(1.0, *share));
  }
}

void Admission::settle_pace(const LlmAnswer& answer, bool was_sent) {
  const llm::Usage& usage = answer.reply.usage;
  const base::TimePoint now = context_.loop.now();
  if (!was_sent) {
    pace_->undo(now);
  } else if (answer.status >= 400) {
    pace_->settle({}, now);
  } else if (usage.final) {
    // Anthropic does not count what its cache serves.
    const bool cache_is_free = spec_.dialect == Dialect::kAnthropic;
    pace_->settle({.input_tokens = static_cast<double>(
                       usage.all_input() - (cache_is_free ? usage.cache_read_tokens : 0)),
                   .output_tokens = static_cast<double>(usage.output_tokens)},
                  now);
  }
}

}  // namespace client
