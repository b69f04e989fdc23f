#include "mock/service.h"

#include <utility>

#include "mock/answer.h"
#include "mock/api_error.h"
#include "mock/echo.h"
#include "mock/messages_api.h"
#include "mock/models.h"
#include "mock/stream.h"
#include "mock/stream_script.h"

namespace mock {
namespace {

constexpr std::string_view kModels = "/v1/models";

ApiHeaders deciding_headers(const Exchange& exchange) {
  return {exchange.header("x-api-key"), exchange.header("authorization"),
          exchange.header("anthropic-version")};
}

void reply_wrong_method(Exchange& exchange, std::string_view allowed, std::string_view request_id) {
  Reply reply = error_reply({405, "Method Not Allowed"}, request_id);
  reply.headers.emplace_back("allow", allowed);
  exchange.reply(reply);
}

// The non-streamed answer comes when its last token would have come.
base::Duration whole_answer_due(const Profile& profile, const Answer& answer, const Draws& draws) {
  TokenPace pace(profile, draws.pace);
  for (std::int64_t i = 0; i < answer.output_tokens; ++i) pace.next();
  return pace.current();
}

}  // namespace

Service::Service(net::EventLoop& loop, Options options, Recorder* recorder)
    : loop_(loop),
      options_(std::move(options)),
      recorder_(recorder),
      pacer_(loop, options_.freeze) {}

void Service::handle(std::unique_ptr<Exchange> exchange) {
  const base::TimePoint received = loop_.now();
  const base::TimePoint due = pacer_.thawed(received);
  if (due == received) {
    route(std::move(exchange), received);
  } else {
    route_at(due, std::move(exchange), received);
  }
  // libevent calls back for all sockets before any timer: in a burst of requests the tokens of
  // running streams would wait for the last of them.
  pacer_.catch_up();
}

void Service::route_at(base::TimePoint due, std::unique_ptr<Exchange> exchange,
                       base::TimePoint received) {
  // A task can be copied, so the exchange is held by something that can be, too.
  const auto held = std::make_shared<std::unique_ptr<Exchange>>(std::move(exchange));
  const auto id = pacer_.start(due, [this, held, received]() -> std::optional<base::TimePoint> {
    route(std::move(*held), received);
    return std::nullopt;
  });
  (*held)->on_close([this, id] { pacer_.cancel(id); });
}

void Service::route(std::unique_ptr<Exchange> exchange, base::TimePoint received) {
  const std::string_view path = exchange->path();
  if (path == "/v1/messages") return answer_messages(std::move(exchange), received);
  if (path == kModels || path.starts_with("/v1/models/")) return answer_models(*exchange);
  if (path == "/health") return exchange->reply(json_reply(200, R"({"status":"ok"})"));
  const auto echo = answer_echo(
      {exchange->method(), path, exchange->query(), exchange->headers(), exchange->body()});
  if (!echo) return exchange->reply(error_reply({404, "Not Found"}, next_request_id()));
  if (echo->delay == base::Duration::zero()) return exchange->reply(echo->reply);
  reply_at(std::move(exchange), received + echo->delay, [reply = echo->reply] { return reply; });
}

void Service::answer_messages(std::unique_ptr<Exchange> exchange, base::TimePoint received) {
  Draws draws(options_.seed, ++messages_);
  const std::string request_id = make_request_id(draws.ids);
  if (exchange->method() != "POST") return reply_wrong_method(*exchange, "POST", request_id);
  if (const auto error = check_headers(deciding_headers(*exchange))) {
    return exchange->reply(error_reply(*error, request_id));
  }
  const auto request = read_messages_request(exchange->body());
  if (!request) return exchange->reply(error_reply(request.error(), request_id));
  StreamRecord record;
  record.request_id = request_id;
  record.received = received;
  if (const auto status = draw_fault(options_.fail, draws.fault)) {
    record.status = *status;
    if (request->stream && recorder_ != nullptr) recorder_->record(std::move(record));
    return exchange->reply(fault_reply(*status, request_id));
  }
  Answer answer = make_answer(options_.profile, *request, draws);
  if (request->stream) {
    return start_stream(std::move(exchange),
                        StreamScript(options_.profile, std::move(answer), draws),
                        std::move(record));
  }
  const base::TimePoint due = received + whole_answer_due(options_.profile, answer, draws);
  reply_at(std::move(exchange), due, [answer, request_id, text = draws.text] {
    Reply reply = json_reply(200, message_json(answer, TokenText(text)));
    for (auto& header : api_headers(request_id)) reply.headers.push_back(std::move(header));
    return reply;
  });
}

void Service::answer_models(Exchange& exchange) {
  const std::string request_id = next_request_id();
  if (exchange.method() != "GET") return reply_wrong_method(exchange, "GET", request_id);
  if (const auto error = check_headers(deciding_headers(exchange))) {
    return exchange.reply(error_reply(*error, request_id));
  }
  const std::string_view path = exchange.path();
  auto body = path == kModels ? list_models_json() : model_json(path.substr(kModels.size() + 1));
  if (!body) {
    const auto name = path.substr(kModels.size() + 1);
    return exchange.reply(error_reply({404, fmt::format("model: {}", name)}, request_id));
  }
  Reply reply = json_reply(200, std::move(*body));
  for (auto& header : api_headers(request_id)) reply.headers.push_back(std::move(header));
  exchange.reply(reply);
}

void Service::reply_at(std::unique_ptr<Exchange> exchange, base::TimePoint due,
                       std::function<Reply()> make_reply) {
  const std::shared_ptr<Exchange> shared = std::move(exchange);
  const auto id = pacer_.start(due, [shared, make_reply = std::move(make_reply)] {
    shared->reply(make_reply());
    return std::nullopt;
  });
  shared->on_close([this, id] { pacer_.cancel(id); });
}

void Service::start_stream(std::unique_ptr<Exchange> exchange, StreamScript script,
                           StreamRecord record) {
  const auto stream = std::make_shared<Stream>(loop_, std::move(exchange), std::move(script),
                                               std::move(record), recorder_);
  const auto id = pacer_.start(stream->due(), [stream] { return stream->send_next(); });
  stream->exchange().on_close([this, id, weak = std::weak_ptr(stream)] {
    if (const auto alive = weak.lock()) alive->abandon();
    pacer_.cancel(id);
  });
}

// Ids of requests that draw nothing else come from a range of their own, so that they do not move
// what the messages draw.
std::string Service::next_request_id() {
  constexpr std::uint64_t kOtherRequests = std::uint64_t{1} << 63;
  Draws draws(options_.seed, kOtherRequests + ++other_requests_);
  return make_request_id(draws.ids);
}

}  // namespace mock
