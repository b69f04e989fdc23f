#include "mock/dialect.h"

#include <algorithm>
#include <utility>

#include "mock/chat_writer.h"
#include "mock/messages_api.h"
#include "mock/messages_writer.h"
#include "mock/openai_api.h"
#include "mock/openai_chat_request.h"
#include "mock/openai_responses_request.h"
#include "mock/responses_writer.h"
#include "mock/vertex.h"

namespace mock {
namespace {

tl::expected<ModelRequest, ApiError> read_openai_request(Dialect dialect, std::string_view body,
                                                         const ApiHeaders& headers) {
  if (auto error = check_bearer(headers.authorization)) return tl::unexpected(std::move(*error));
  return dialect == Dialect::kChat ? read_chat_request(body) : read_responses_request(body);
}

// Calls `read` with a body of the Messages API, which one of Vertex' is made into.
template <typename Read>
auto read_as_messages(const Exchange& exchange, const ApiHeaders& headers, Read read) {
  const auto call = find_vertex_call(exchange.path());
  if (!call) return read(exchange.body(), headers);
  return messages_body(*call, exchange.body(), headers).and_then([&](const std::string& body) {
    return read(body, headers);
  });
}

// What comes from the edge before the API has no request id.
bool is_from_edge(const Reply& reply) {
  return std::none_of(reply.headers.begin(), reply.headers.end(),
                      [](const auto& header) { return header.first.ends_with("request-id"); });
}

}  // namespace

ApiHeaders deciding_headers(const Exchange& exchange) {
  ApiHeaders headers = {exchange.header("x-api-key"), exchange.header("authorization"),
                        exchange.header("anthropic-version"), exchange.header("anthropic-beta")};
  if (find_vertex_call(exchange.path())) {
    headers.api_key.reset();
    headers.version = "2023-06-01";
  }
  return headers;
}

tl::expected<ModelRequest, ApiError> read_model_request(Dialect dialect, const Exchange& exchange) {
  const ApiHeaders headers = deciding_headers(exchange);
  if (dialect != Dialect::kMessages) {
    return read_openai_request(dialect, exchange.body(), headers);
  }
  return read_as_messages(exchange, headers, read_messages_request);
}

tl::expected<std::int64_t, ApiError> count_tokens(const Exchange& exchange) {
  return read_as_messages(exchange, deciding_headers(exchange), read_count_request);
}

Reply refusal_reply(Dialect dialect, const ApiError& error, std::string_view request_id,
                    std::string_view organization) {
  Reply reply = dialect == Dialect::kMessages ? error_reply(error, request_id)
                                              : openai_error_reply(error, request_id);
  merge_headers(reply.headers, answer_headers(dialect, request_id, organization, {}));
  return reply;
}

Reply wrong_method_reply(Dialect dialect, std::string_view allowed, std::string_view request_id,
                         std::string_view organization) {
  Reply reply = refusal_reply(dialect, {405, "Method Not Allowed"}, request_id, organization);
  reply.headers.emplace_back("allow", allowed);
  return reply;
}

Reply status_fault_reply(Dialect dialect, const Fault& fault, std::string_view request_id,
                         std::string_view organization) {
  Reply reply = dialect == Dialect::kMessages ? fault_reply(fault, request_id)
                                              : openai_fault_reply(fault, request_id);
  if (is_from_edge(reply)) return reply;
  merge_headers(reply.headers, answer_headers(dialect, request_id, organization, {}));
  return reply;
}

Headers answer_headers(Dialect dialect, std::string_view request_id, std::string_view organization,
                       base::Duration processing) {
  return dialect == Dialect::kMessages ? api_headers(request_id, organization)
                                       : openai_headers(request_id, processing);
}

void merge_headers(Headers& headers, const Headers& more) {
  for (const auto& [name, value] : more) {
    std::erase_if(headers, [&name](const auto& header) { return header.first == name; });
    headers.emplace_back(name, value);
  }
}

std::string whole_answer(const Answer& answer, TokenText text) {
  switch (answer.dialect) {
    case Dialect::kMessages:
      return message_json(answer, text);
    case Dialect::kChat:
      return chat_json(answer, text);
    case Dialect::kResponses:
      break;
  }
  return response_json(answer, text);
}

}  // namespace mock
