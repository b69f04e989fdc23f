#include "client/http_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/redirect.h"
#include "client/request_log.h"

namespace client {
namespace {

constexpr std::size_t kMaxBody = 64 * 1024 * 1024;

bool is_success(int status) { return status >= 200 && status <= 299; }

bool is_expected(int status, const std::vector<StatusRange>& ranges) {
  if (ranges.empty()) return status >= 100 && status < 400;
  return std::any_of(ranges.begin(), ranges.end(), [&](const StatusRange& range) {
    return range.low <= status && status <= range.high;
  });
}

}  // namespace

std::optional<llm::ErrorKind> to_error_kind(net::TransferError error) {
  switch (error) {
    case net::TransferError::kNone:
    case net::TransferError::kStopped:
      return std::nullopt;
    case net::TransferError::kTimeout:
      return llm::ErrorKind::kTimeout;
    case net::TransferError::kConnect:
      return llm::ErrorKind::kConnect;
    case net::TransferError::kDns:
      return llm::ErrorKind::kDns;
    case net::TransferError::kTls:
      return llm::ErrorKind::kTls;
    case net::TransferError::kReset:
    case net::TransferError::kPartial:
      return llm::ErrorKind::kReset;
    case net::TransferError::kProtocol:
      break;
  }
  return llm::ErrorKind::kProtocol;
}

metrics::TagSet join_tags(const Context& context, const Origin& origin,
                          const metrics::TagSet& request_tags, const std::string& method) {
  metrics::TagSet tags = context.shard.tags(origin.tags);
  for (const auto& [key, value] : request_tags.tags()) tags.set(key, value);
  tags.set("method", method);
  return tags;
}

HttpCall::HttpCall(Context& context, HttpSpec spec, Origin origin, std::function<void()> on_done)
    : context_(context),
      spec_(std::move(spec)),
      on_done_(std::move(on_done)),
      deadline_(context.loop.now() + spec_.request.total_timeout) {
  record_.origin = origin;
  record_.tags = join_tags(context, origin, spec_.tags, spec_.request.method);
  send(std::move(spec_.request));
}

HttpCall::~HttpCall() {
  if (done_) return;
  record_.cancelled = context_.left_by_script;
  record_.outcome = record_.cancelled ? Outcome::kCompleted : Outcome::kCensored;
  record(transfer_->result_so_far());
}

void HttpCall::send(net::HttpRequest request) {
  record_.asked = context_.loop.now();
  answer_.url = request.url;
  transfer_ = context_.http.start(
      std::move(request),
      {.on_headers = [this](int status, const net::Headers&) { status_ = status; },
       .on_body = [this](const net::BodyPart& part) { return on_body(part); },
       .on_done = [this](net::HttpResult result) { on_answer(std::move(result)); }});
}

bool HttpCall::on_body(const net::BodyPart& part) {
  if (part.read_number != last_read_) {
    last_read_ = part.read_number;
    note_read(context_, part);
  }
  if (spec_.discard_body) return true;
  if (spec_.body_sink && is_success(status_)) return spec_.body_sink(part.bytes);
  if (answer_.body.size() + part.bytes.size() > kMaxBody) return false;
  answer_.body.append(part.bytes);
  return true;
}

void HttpCall::on_answer(net::HttpResult result) {
  answer_.error = to_error_kind(result.error);
  answer_.error_message = result.message;
  if (result.error == net::TransferError::kStopped) {
    answer_.error = llm::ErrorKind::kProtocol;
    answer_.error_message = spec_.body_sink && is_success(result.status)
                                ? "the answer is not what was asked for"
                                : "the answer is larger than 64 MB";
    answer_.body = {};
  }
  if (std::optional<net::HttpRequest> next = next_request(result)) {
    record_.outcome = Outcome::kCompleted;
    record(std::move(result));
    ++answer_.redirects;
    answer_.body.clear();
    record_.origin.due.reset();  // Only the iteration's first request counts from its due time.
    record_.tags.set("method", next->method);
    return send(std::move(*next));
  }
  if (!answer_.error) judge(result);
  done_ = true;
  record_.error = answer_.error;
  record_.outcome = answer_.error ? Outcome::kFailed : Outcome::kCompleted;
  record(std::move(result));
  answer_.result = std::move(record_.result);
  on_done_();
}

void HttpCall::judge(const net::HttpResult& result) {
  if (is_expected(result.status, spec_.expected_statuses)) return;
  const bool is_error = result.status >= 400;
  answer_.error = is_error ? llm::classify(result.status, "") : llm::ErrorKind::kOther;
  answer_.error_message = fmt::format(
      fmt::runtime(is_error ? "the server answered {}" : "unexpected status {}"), result.status);
}

std::optional<net::HttpRequest> HttpCall::next_request(const net::HttpResult& result) {
  if (answer_.error || spec_.redirects == 0 || !is_redirect(result)) return std::nullopt;
  if (answer_.redirects == spec_.redirects) {
    answer_.error = llm::ErrorKind::kProtocol;
    answer_.error_message = fmt::format("stopped after {} redirects", spec_.redirects);
    return std::nullopt;
  }
  net::HttpRequest request = transfer_->take_request();
  if (auto followed = follow(request, result); !followed) {
    answer_.error = llm::ErrorKind::kProtocol;
    answer_.error_message = followed.error().message;
    return std::nullopt;
  }
  request.total_timeout = std::max(base::Duration::zero(), deadline_ - context_.loop.now());
  return request;
}

void HttpCall::record(net::HttpResult result) {
  record_.ended = context_.loop.now();
  record_.result = std::move(result);
  record_http(context_, record_);
  if (context_.request_log == nullptr) return;
  context_.request_log->add(record_, answer_.error_message, context_.apart);
}

}  // namespace client
