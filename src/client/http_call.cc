#include "client/http_call.h"

#include <utility>

#include "metrics/builtin.h"

namespace client {

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
    : context_(context), on_done_(std::move(on_done)), discard_body_(spec.discard_body) {
  record_.origin = origin;
  record_.tags = join_tags(context, origin, spec.tags, spec.request.method);
  record_.asked = context.loop.now();
  record_.result.stamps.start = record_.asked;
  std::uint64_t last_read = 0;
  transfer_ = context.http.start(
      std::move(spec.request),
      {.on_headers = {},
       .on_body =
           [this, last_read](const net::BodyPart& part) mutable {
             if (part.read_number != last_read) {
               last_read = part.read_number;
               note_read(context_, part);
             }
             if (!discard_body_) answer_.body.append(part.bytes);
             return true;
           },
       .on_done = [this](net::HttpResult result) { finish(std::move(result)); }});
}

HttpCall::~HttpCall() {
  if (done_) return;
  record_.result = transfer_->result_so_far();
  record_.outcome = Outcome::kCensored;
  record_.ended = context_.loop.now();
  record_http(context_, record_);
}

void HttpCall::finish(net::HttpResult result) {
  done_ = true;
  answer_.error = to_error_kind(result.error);
  answer_.error_message = result.message;
  if (!answer_.error && result.status >= 400) {
    answer_.error = llm::classify(result.status, "");
    answer_.error_message = fmt::format("the server answered {}", result.status);
  }
  record_.ended = context_.loop.now();
  record_.error = answer_.error;
  record_.outcome = answer_.error ? Outcome::kFailed : Outcome::kCompleted;
  record_.result = std::move(result);
  record_http(context_, record_);
  answer_.result = std::move(record_.result);
  on_done_();
}

}  // namespace client
