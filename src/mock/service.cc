#include "mock/service.h"

#include <fmt/format.h>

#include <utility>

#include "mock/answer.h"
#include "mock/control_api.h"
#include "mock/dialect.h"
#include "mock/echo.h"
#include "mock/limits.h"
#include "mock/messages_api.h"
#include "mock/messages_writer.h"
#include "mock/models.h"
#include "mock/openai_api.h"
#include "mock/vertex.h"

namespace mock {
namespace {

constexpr std::string_view kModels = "/v1/models";
constexpr std::string_view kBatches = "/v1/messages/batches";
constexpr std::size_t kLargestBody = 32 << 20;  // Of all but batches.

// Requests that are not to a model, and those of batches, draw from ranges of their own, so that
// they do not move what the requests to models draw.
constexpr std::uint64_t kOtherRequests = std::uint64_t{1} << 63;
constexpr std::uint64_t kBatchedRequests = std::uint64_t{1} << 62;

bool is_at_or_below(std::string_view path, std::string_view root) {
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

bool takes_messages(std::string_view path) {
  const auto call = find_vertex_call(path);
  return path == "/v1/messages" || (call && call->kind != VertexCall::Kind::kCount);
}

bool counts_tokens(std::string_view path) {
  const auto call = find_vertex_call(path);
  return path == "/v1/messages/count_tokens" || (call && call->kind == VertexCall::Kind::kCount);
}

// A bearer token, and nothing that Anthropic asks for.
bool is_of_openai(const ApiHeaders& headers) {
  return headers.authorization && !headers.api_key && !headers.version;
}

EchoRequest echo_request(const Exchange& exchange) {
  return {exchange.method(), exchange.path(), exchange.query(), exchange.headers(),
          exchange.body()};
}

}  // namespace

Service::Service(net::EventLoop& loop, Options options, Recorder* recorder)
    : backend_(loop, std::move(options), recorder),
      calls_(backend_),
      batches_(backend_.options.batches, backend_.options.seed,
               [this](const BatchJob& job) { return answer_batched(job); }) {}

void Service::handle(std::unique_ptr<Exchange> exchange) {
  const base::TimePoint received = backend_.loop.now();
  const base::TimePoint due = backend_.pacer.thawed(received);
  if (due == received) {
    route(std::move(exchange), received);
  } else {
    route_at(due, std::move(exchange), received);
  }
  // libevent calls back for all sockets before any timer: in a burst of requests the tokens of
  // running streams would wait for the last of them.
  backend_.pacer.catch_up();
}

void Service::route_at(base::TimePoint due, std::unique_ptr<Exchange> exchange,
                       base::TimePoint received) {
  // A task can be copied, so the exchange is held by something that can be, too.
  const auto held = std::make_shared<std::unique_ptr<Exchange>>(std::move(exchange));
  const auto id =
      backend_.pacer.start(due, [this, held, received]() -> std::optional<base::TimePoint> {
        route(std::move(*held), received);
        return std::nullopt;
      });
  (*held)->on_close([this, id] { backend_.pacer.cancel(id); });
}

void Service::route(std::unique_ptr<Exchange> exchange, base::TimePoint received) {
  const std::string_view path = exchange->path();
  if (exchange->body().size() > kLargestBody && path != kBatches) {
    return exchange->reply(*edge_reply(413));
  }
  if (takes_messages(path)) {
    return calls_.start(Dialect::kMessages, std::move(exchange), received);
  }
  if (path == "/v1/chat/completions") {
    return calls_.start(Dialect::kChat, std::move(exchange), received);
  }
  if (path == "/v1/responses") {
    return calls_.start(Dialect::kResponses, std::move(exchange), received);
  }
  if (const auto reply = answer_api(*exchange)) return exchange->reply(*reply);
  auto echo = answer_echo(echo_request(*exchange));
  if (!echo) return exchange->reply(error_reply({404, "Not Found"}, next_request_id()));
  if (echo->delay == base::Duration::zero()) return exchange->reply(echo->reply);
  reply_at(received + echo->delay, std::move(exchange), std::move(echo->reply));
}

void Service::reply_at(base::TimePoint due, std::unique_ptr<Exchange> exchange, Reply reply) {
  const std::shared_ptr<Exchange> shared = std::move(exchange);
  const auto id = backend_.pacer.start(due, [shared, reply = std::move(reply)] {
    shared->reply(reply);
    return std::nullopt;
  });
  shared->on_close([this, id] { backend_.pacer.cancel(id); });
}

std::optional<Reply> Service::answer_api(const Exchange& exchange) {
  const std::string_view path = exchange.path();
  if (path == "/health") return json_reply(200, R"({"status":"ok"})");
  if (counts_tokens(path)) return answer_count(exchange);
  if (path == "/v1/organizations/rate_limits") return answer_rate_limits(exchange);
  if (is_at_or_below(path, kBatches)) return answer_batches(exchange);
  if (is_at_or_below(path, kModels)) return answer_models(exchange);
  if (!path.starts_with("/__mock/")) return std::nullopt;
  batches_.settle(backend_.loop.now());  // They are billed then.
  return answer_control(exchange.method(), path, backend_, batches_.count());
}

Reply Service::answer_models(const Exchange& exchange) {
  const ApiHeaders headers = deciding_headers(exchange);
  const Dialect dialect = is_of_openai(headers) ? Dialect::kChat : Dialect::kMessages;
  if (exchange.method() != "GET") return refuse_method(exchange, dialect, "GET");
  const auto error =
      dialect == Dialect::kMessages ? check_headers(headers) : check_bearer(headers.authorization);
  if (error) return finish(exchange, dialect, tl::unexpected(*error));
  const bool is_list = exchange.path() == kModels;
  const std::string_view name = is_list ? "" : exchange.path().substr(kModels.size() + 1);
  if (dialect == Dialect::kMessages) {
    return finish(exchange, dialect,
                  is_list ? list_models(exchange.query()) : describe_model(name));
  }
  return finish(exchange, dialect, is_list ? openai_models_json() : describe_openai_model(name));
}

Reply Service::answer_count(const Exchange& exchange) {
  if (exchange.method() != "POST") return refuse_method(exchange, Dialect::kMessages, "POST");
  const auto tokens = count_tokens(exchange);
  return finish(exchange, Dialect::kMessages, tokens.map([](std::int64_t count) {
    return fmt::format(R"({{"input_tokens":{}}})", count);
  }));
}

Reply Service::answer_rate_limits(const Exchange& exchange) {
  if (exchange.method() != "GET") return refuse_method(exchange, Dialect::kMessages, "GET");
  if (auto error = check_headers(deciding_headers(exchange))) {
    return finish(exchange, Dialect::kMessages, tl::unexpected(*error));
  }
  return finish(exchange, Dialect::kMessages,
                rate_limits_json(backend_.options.limits.value_or(LimitOptions{})));
}

Reply Service::answer_batches(const Exchange& exchange) {
  const ApiHeaders headers = deciding_headers(exchange);
  if (auto error = check_headers(headers)) {
    return finish(exchange, Dialect::kMessages, tl::unexpected(*error));
  }
  const base::TimePoint now = backend_.loop.now();
  const std::string host(exchange.header("host").value_or("127.0.0.1"));
  const Batches::Request request = {
      .method = exchange.method(),
      .path = exchange.path(),
      .query = exchange.query(),
      .body = exchange.body(),
      .base_url = (backend_.options.tls ? "https://" : "http://") + host,
      .request_id = next_request_id(),
      .organization = organization_of(headers)};
  return batches_.handle(request, now, backend_.wall(now));
}

// Batches have no limits and, since nobody says when they are worked on, no cache either.
Service::Body Service::answer_batched(const BatchJob& job) {
  auto request = read_batched_request(job.params, {"batch", {}, "2023-06-01"});
  if (!request) return tl::unexpected(request.error());
  request->in_batch = true;
  Draws draws(backend_.options.seed, kBatchedRequests + job.number);
  const Answer answer = make_answer(backend_.options.profile, *request, {},
                                    backend_.wall(backend_.loop.now()), draws);
  if (job.first) backend_.ledger->bill.add(answer.model, answer.usage, true, answer.fast);
  return message_json(answer, TokenText(draws.text));
}

Reply Service::refuse_method(const Exchange& exchange, Dialect dialect, std::string_view allowed) {
  return wrong_method_reply(dialect, allowed, next_request_id(),
                            organization_of(deciding_headers(exchange)));
}

Reply Service::finish(const Exchange& exchange, Dialect dialect, const Body& body) {
  const std::string request_id = next_request_id();
  const std::string organization = organization_of(deciding_headers(exchange));
  if (!body) return refusal_reply(dialect, body.error(), request_id, organization);
  Reply reply = json_reply(200, *body);
  merge_headers(reply.headers, answer_headers(dialect, request_id, organization, {}));
  return reply;
}

std::string Service::next_request_id() {
  Draws draws(backend_.options.seed, kOtherRequests + ++other_requests_);
  return make_request_id(draws.ids);
}

}  // namespace mock
