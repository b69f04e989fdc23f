#include "mock/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "mock/answer.h"
#include "mock/api_headers.h"
#include "mock/page.h"

namespace mock {
namespace {

constexpr std::string_view kRoot = "/v1/messages/batches";

tl::unexpected<ApiError> refuse(int status, std::string message) {
  return tl::unexpected(ApiError{status, std::move(message)});
}

// Behind its prefix, a request's id is as random as a batch's has to be.
std::string make_batch_id(base::RandomStream& ids) {
  constexpr std::size_t kPrefix = std::string_view("req_011C").size();
  return "msgbatch_01" + make_request_id(ids).substr(kPrefix);
}

std::string results_url(const std::string& base_url, const MessageBatch& batch) {
  return fmt::format("{}{}/{}/results", base_url, kRoot, batch.id());
}

std::string describe(const MessageBatch& batch, const std::string& base_url, base::TimePoint now) {
  return batch.json(now, results_url(base_url, batch));
}

// What stands in a path after the batches' own: "/msgbatch_01…/results".
struct Target {
  std::string_view id;
  std::string_view action;
};

Target target_of(std::string_view path) {
  path.remove_prefix(kRoot.size() + 1);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return {path, ""};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

Batches::Batches(const BatchOptions& options, std::uint64_t seed, BatchAnswer answer)
    : options_(options), seed_(seed), answer_(std::move(answer)) {}

Reply Batches::handle(const Request& request, base::TimePoint now, std::int64_t wall) {
  settle(now);
  auto body = route(request, now, wall);
  if (!body) return error_reply(body.error(), request.request_id);
  Reply reply = json_reply(200, std::move(*body));
  if (request.path.ends_with("/results")) reply.headers = {{"content-type", "application/x-jsonl"}};
  for (auto& header : api_headers(request.request_id, request.organization)) {
    reply.headers.push_back(std::move(header));
  }
  return reply;
}

void Batches::settle(base::TimePoint now) {
  for (MessageBatch& batch : batches_) batch.settle(now, answer_);
}

Batches::Body Batches::route(const Request& request, base::TimePoint now, std::int64_t wall) {
  const bool gets = request.method == "GET";
  const bool posts = request.method == "POST";
  if (request.path == kRoot) {
    if (gets) return list(request, now);
    return posts ? create(request, now, wall) : refuse(405, "Method Not Allowed");
  }
  if (!request.path.substr(kRoot.size()).starts_with('/')) return refuse(404, "Not Found");
  const auto [id, action] = target_of(request.path);
  MessageBatch* batch = find(request, id);
  if (batch == nullptr) return refuse(404, fmt::format("Batch {} not found", id));
  if (action.empty() && gets) return describe(*batch, request.base_url, now);
  if (action.empty() && request.method == "DELETE") return remove(batch->id(), now);
  if (action == "results" && gets) return results(*batch, now);
  if (action == "cancel" && posts) return cancel(*batch, request, now);
  const bool known = action.empty() || action == "results" || action == "cancel";
  return known ? refuse(405, "Method Not Allowed") : refuse(404, "Not Found");
}

Batches::Body Batches::create(const Request& request, base::TimePoint now, std::int64_t wall) {
  auto requests = BatchRequests::read(request.body);
  if (!requests) return tl::unexpected(requests.error());
  const std::uint64_t seed = base::derive_seed(seed_, ++created_);
  base::RandomStream ids(seed);
  const std::uint64_t first_number = requests_ + 1;
  requests_ += requests->size();
  batches_.push_back(MessageBatch(options_, {make_batch_id(ids), request.organization,
                                             std::move(*requests), first_number, seed, now, wall}));
  // A batch may have ended at once, where no time is asked for.
  batches_.back().settle(now, answer_);
  return describe(batches_.back(), request.base_url, now);
}

Batches::Body Batches::list(const Request& request, base::TimePoint now) const {
  std::vector<std::string_view> ids;
  std::vector<const MessageBatch*> own;
  for (auto batch = batches_.rbegin(); batch != batches_.rend(); ++batch) {
    if (batch->organization() != request.organization) continue;
    own.push_back(&*batch);
    ids.push_back(batch->id());
  }
  const auto page = cut_page(request.query, ids);
  if (!page) return tl::unexpected(page.error());
  std::vector<std::string> items;
  for (std::size_t i = page->begin; i < page->end; ++i) {
    items.push_back(describe(*own[i], request.base_url, now));
  }
  return page_json(*page, items, ids);
}

Batches::Body Batches::cancel(MessageBatch& batch, const Request& request, base::TimePoint now) {
  if (batch.has_ended(now)) {
    return refuse(400, fmt::format("Batch {} has ended and cannot be canceled", batch.id()));
  }
  batch.cancel(now);
  return describe(batch, request.base_url, now);
}

Batches::Body Batches::results(const MessageBatch& batch, base::TimePoint now) const {
  if (batch.has_results(now)) return batch.results(answer_);
  return refuse(404, fmt::format("Batch {} has no available results", batch.id()));
}

Batches::Body Batches::remove(const std::string& id, base::TimePoint now) {
  const auto found = std::find_if(batches_.begin(), batches_.end(),
                                  [&id](const MessageBatch& batch) { return batch.id() == id; });
  if (!found->has_ended(now)) {
    return refuse(
        400, fmt::format("Batch {} is in progress and cannot be deleted: cancel it first", id));
  }
  Body body = fmt::format(R"({{"id":"{}","type":"message_batch_deleted"}})", id);
  batches_.erase(found);
  return body;
}

MessageBatch* Batches::find(const Request& request, std::string_view id) {
  const auto found = std::find_if(batches_.begin(), batches_.end(), [&](const MessageBatch& batch) {
    return batch.id() == id && batch.organization() == request.organization;
  });
  return found == batches_.end() ? nullptr : &*found;
}

}  // namespace mock
