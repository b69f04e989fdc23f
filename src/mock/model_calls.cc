#include "mock/model_calls.h"

#include <string>
#include <utility>

#include "mock/dialect.h"

namespace mock {
namespace {

std::string name_of(const Fault& fault) {
  if (fault.kind == Fault::Kind::kStatus) return std::to_string(fault.status);
  return std::string(to_string(fault.kind));
}

}  // namespace

void ModelCalls::start(Dialect dialect, std::unique_ptr<Exchange> exchange,
                       base::TimePoint received) {
  Draws draws(backend_.options.seed, ++number_);
  std::string request_id = make_request_id(draws.ids);
  const std::string organization = organization_of(deciding_headers(*exchange));
  Arrival arrival = {std::move(exchange), {}, std::move(request_id), received, draws,
                     backend_.ledger};
  arrival.request.dialect = dialect;
  arrival.request.organization = organization;
  ++arrival.ledger->stats.requests;
  if (arrival.exchange->method() != "POST") {
    return refuse(backend_, arrival,
                  wrong_method_reply(dialect, "POST", arrival.request_id, organization));
  }
  auto request = read_model_request(dialect, *arrival.exchange);
  if (!request) return refuse(backend_, arrival, request.error());
  arrival.request = std::move(*request);
  arrival.request.organization = organization;
  if (meets_fault(arrival) || meets_limit(arrival)) return;
  const auto call = calls_.emplace(calls_.end(), backend_, std::move(arrival));
  call->start([this, call] { calls_.erase(call); });
}

bool ModelCalls::meets_fault(Arrival& arrival) {
  arrival.fault = draw_fault(backend_.options.faults, number_, arrival.draws.fault);
  if (!arrival.fault) return false;
  ++arrival.ledger->stats.by_fault[name_of(*arrival.fault)];
  if (arrival.fault->kind != Fault::Kind::kStatus) return false;
  refuse(backend_, arrival,
         status_fault_reply(arrival.request.dialect, *arrival.fault, arrival.request_id,
                            arrival.request.organization));
  return true;
}

bool ModelCalls::meets_limit(Arrival& arrival) {
  if (!backend_.limits) return false;
  auto admission =
      backend_.limits->admit(arrival.request, arrival.received, backend_.wall(arrival.received));
  if (admission) {
    arrival.admission = std::move(*admission);
    return false;
  }
  const Limits::Refusal& refusal = admission.error();
  ++arrival.ledger->stats.rate_limited[std::string(to_string(refusal.kind))];
  refuse(backend_, arrival, refusal.error, refusal.headers);
  return true;
}

}  // namespace mock
