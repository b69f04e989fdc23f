#include "llm/error_body.h"

#include <catch2/catch.hpp>
#include <string>

using llm::ErrorKind;
using llm::LimitKind;

namespace {

llm::Failure error_of(int status, std::string_view body) {
  llm::ErrorAnswer answer;
  answer.status = status;
  answer.body = body;
  return llm::parse_error(answer);
}

llm::Failure stream_error_of(std::string_view body) {
  llm::ErrorAnswer answer;
  answer.status = 200;
  answer.body = body;
  return llm::parse_stream_error(answer);
}

std::optional<base::Duration> wait_of(std::string_view retry_after,
                                      std::string_view retry_after_ms = "",
                                      std::string_view date = "") {
  llm::ErrorAnswer answer;
  answer.status = 429;
  answer.retry_after = retry_after;
  answer.retry_after_ms = retry_after_ms;
  answer.date = date;
  return llm::parse_error(answer).retry_after;
}

std::string rate_limit_error(const std::string& message, const std::string& more = "") {
  return R"({"type":"error","error":{"type":"rate_limit_error","message":")" + message + "\"" +
         more + R"(},"request_id":"req_1"})";
}

}  // namespace

TEST_CASE("an error's type, message and request id are kept") {
  const llm::Failure failure =
      error_of(529, R"({"type":"error","error":{"details":null,"type":"overloaded_error",)"
                    R"("message":"Overloaded"},"request_id":"req_011CTz"})");
  CHECK(failure.kind == ErrorKind::kOverloaded);
  CHECK(failure.status == 529);
  CHECK(failure.type == "overloaded_error");
  CHECK(failure.message == "Overloaded");
  CHECK(failure.request_id == "req_011CTz");
}

TEST_CASE("the header's request id goes before the body's") {
  llm::ErrorAnswer answer;
  answer.status = 500;
  answer.body = R"({"request_id":"req_body"})";
  CHECK(llm::parse_error(answer).request_id == "req_body");
  answer.request_id = "req_header";
  CHECK(llm::parse_error(answer).request_id == "req_header");
}

TEST_CASE("the type in the body decides over the status") {
  const char* body = R"({"type":"error","error":{"type":"not_found_error","message":"model: x"}})";
  CHECK(error_of(400, body).kind == ErrorKind::kNotFound);
  const char* unknown = R"({"type":"error","error":{"type":"moon_error","message":"x"}})";
  CHECK(error_of(400, unknown).kind == ErrorKind::kInvalidRequest);
  CHECK(error_of(400, unknown).type == "moon_error");
}

TEST_CASE("OpenAI's code decides over its type, which is the same for most") {
  const auto error = [](const std::string& type, const std::string& code) {
    return R"({"error":{"message":"m","type":)" + type + R"(,"param":null,"code":)" + code + "}}";
  };
  struct Row {
    int status;
    const char* type;
    const char* code;
    ErrorKind kind;
    const char* shown;
  };
  const Row rows[] = {
      {401, "\"invalid_request_error\"", "\"invalid_api_key\"", ErrorKind::kAuth,
       "invalid_request_error"},
      {401, "\"invalid_request_error\"", "null", ErrorKind::kAuth, "invalid_request_error"},
      {404, "\"invalid_request_error\"", "\"model_not_found\"", ErrorKind::kNotFound,
       "invalid_request_error"},
      {404, "\"invalid_request_error\"", "null", ErrorKind::kNotFound, "invalid_request_error"},
      {400, "\"invalid_request_error\"", "\"context_length_exceeded\"", ErrorKind::kInvalidRequest,
       "invalid_request_error"},
      {429, "\"tokens\"", "\"rate_limit_exceeded\"", ErrorKind::kRateLimited, "tokens"},
      {429, "null", "\"rate_limit_exceeded\"", ErrorKind::kRateLimited, "rate_limit_exceeded"},
      {500, "\"server_error\"", "null", ErrorKind::kServerError, "server_error"},
      {503, "\"service_unavailable_error\"", "\"server_is_overloaded\"", ErrorKind::kOverloaded,
       "service_unavailable_error"},
      {503, "null", "null", ErrorKind::kServerError, ""},
      {400, "\"BadRequestError\"", "400", ErrorKind::kInvalidRequest, "BadRequestError"},
  };
  for (const Row& row : rows) {
    const std::string text = error(row.type, row.code);
    INFO(row.status << " " << text);
    const llm::Failure failure = error_of(row.status, text);
    CHECK(failure.kind == row.kind);
    CHECK(failure.type == row.shown);
  }
}

TEST_CASE("errors of other shapes are understood") {
  struct Row {
    const char* body;
    const char* type;
    const char* message;
  };
  const Row rows[] = {
      {R"({"error":{"message":"m","type":"BadRequestError","code":400}})", "BadRequestError", "m"},
      {R"({"object":"error","message":"m","type":"BadRequestError"})", "BadRequestError", "m"},
      {R"({"error":"m","error_type":"generation"})", "generation", "m"},
      {R"({"error":{"message":"m","type":null,"param":null,"code":"tomorrow"}})", "tomorrow", "m"},
      {R"({"error":{"code":503,"message":"m","status":"UNAVAILABLE"}})", "UNAVAILABLE", "m"},
      {R"([{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}])", "UNAVAILABLE", "m"},
      {R"({"message":"m"})", "", "m"},
      {R"({"__type":"com.amazon.coral.service#InternalServerException","Message":"m"})",
       "InternalServerException", "m"},
      {R"({"detail":"m"})", "", "m"},
      {R"({"detail":[{"type":"missing","loc":["body","messages",0],"msg":"Field required"}]})", "",
       "body.messages.0: Field required"},
      {R"({"detail":[]})", "", R"({"detail":[]})"},
      {R"({"error":{"message":"m","http_status_code":502}})", "", "m"},
      {R"("m")", "", "m"},
      {"  m\n", "", "m"},
      {"<html><head><TITLE>502 Bad Gateway</TITLE></head><body>...</body></html>", "",
       "502 Bad Gateway"},
      {"<html><title>  </title>m</html>", "", "<html><title> </title>m</html>"},
      {"<title", "", "<title"},
      {"</title><title>", "", "</title><title>"},
      {"", "", "the server answered 502 and gave no reason"},
      {" \r\n", "", "the server answered 502 and gave no reason"},
      {R"({"error":{"type":"x","message":null}})", "x", R"({"error":{"type":"x","message":null}})"},
  };
  for (const Row& row : rows) {
    INFO(row.body);
    const llm::Failure failure = error_of(502, row.body);
    CHECK(failure.type == row.type);
    CHECK(failure.message == row.message);
    CHECK(failure.kind == ErrorKind::kServerError);
  }
}

TEST_CASE("each variant of a 429 of the Messages API names its limit") {
  const std::pair<std::string, LimitKind> rows[] = {
      {rate_limit_error("This request would exceed your organization's rate limit of 30,000 input "
                        "tokens per minute (org: 1-2, model: claude-haiku-4-5). You can see the "
                        "response headers for current usage."),
       LimitKind::kInputTokens},
      {rate_limit_error("This request would exceed the rate limit for your organization (1-2) of "
                        "20,000 input tokens per minute."),
       LimitKind::kInputTokens},
      {rate_limit_error("Number of request tokens has exceeded your per-minute rate limit"),
       LimitKind::kInputTokens},
      {rate_limit_error("This request would exceed your organization's rate limit of 8,000 output "
                        "tokens per minute (org: 1-2, model: claude-haiku-4-5)."),
       LimitKind::kOutputTokens},
      {rate_limit_error("This request would exceed your organization's rate limit of 50 requests "
                        "per minute (org: 1-2, model: claude-haiku-4-5)."),
       LimitKind::kRequests},
      {rate_limit_error("This request would exceed your organization's rate limit of 20,000,000 "
                        "prompt bytes per hour (org: 1-2, model: claude-haiku-4-5)."),
       LimitKind::kBytes},
      {rate_limit_error("This request would exceed your organization's maximum usage increase rate "
                        "for input tokens per minute (org 1-2, model x). Your current limit is "
                        "58,276 input tokens per minute. Please scale up your input tokens usage "
                        "more gradually to stay within the acceleration limit."),
       LimitKind::kAcceleration},
      {rate_limit_error("Number of concurrent connections has exceeded your rate limit. Please try "
                        "again later"),
       LimitKind::kConcurrency},
      {rate_limit_error("This request would exceed your account's rate limit."),
       LimitKind::kUnknown},
      {rate_limit_error("You have reached your limit of the month.",
                        R"(,"details":{"error_code":"enforced_spend_limit_reached"})"),
       LimitKind::kSpend},
      {"", LimitKind::kUnknown},
  };
  for (const auto& [body, limit] : rows) {
    INFO(body);
    const llm::Failure failure = error_of(429, body);
    CHECK(failure.kind == ErrorKind::kRateLimited);
    CHECK(failure.limit == limit);
  }
}

TEST_CASE("each variant of a 429 of other providers names its limit") {
  const std::pair<std::string, LimitKind> rows[] = {
      {R"({"error":{"message":"Rate limit reached for gpt-5 in organization org-1 on tokens per min )"
       R"((TPM): Limit 30000, Used 29000, Requested 2000.","type":null,)"
       R"("code":"rate_limit_exceeded"}})",
       LimitKind::kTokens},
      {R"({"error":{"message":"Rate limit reached for gpt-5 in organization org-1 on requests per )"
       R"(min (RPM): Limit 500.","type":"invalid_request_error","code":"rate_limit_exceeded"}})",
       LimitKind::kRequests},
      {R"({"error":{"message":"Request too large on tokens per min (TPM). The input or output )"
       R"(tokens must be reduced.","type":"tokens","code":"rate_limit_exceeded"}})",
       LimitKind::kTokens},
      {R"({"error":{"message":"Slow down.","type":"rate_limit_error","code":"slow_down"}})",
       LimitKind::kAcceleration},
      {R"({"error":{"message":"You exceeded your current quota.","type":"insufficient_quota",)"
       R"("code":"insufficient_quota"}})",
       LimitKind::kSpend},
      {R"([{"error":{"code":429,"message":"Quota exceeded for aiplatform.googleapis.com/)"
       R"(online_prediction_requests_per_base_model with base model: anthropic-claude.",)"
       R"("status":"RESOURCE_EXHAUSTED"}}])",
       LimitKind::kRequests},
      {R"({"error":{"code":429,"message":"Quota exceeded for aiplatform.googleapis.com/)"
       R"(online_prediction_input_tokens_per_minute_per_base_model.",)"
       R"("status":"RESOURCE_EXHAUSTED"}})",
       LimitKind::kInputTokens},
      {R"({"error":{"code":429,"message":"Quota exceeded for aiplatform.googleapis.com/)"
       R"(online_prediction_output_tokens_per_minute_per_base_model.",)"
       R"("status":"RESOURCE_EXHAUSTED"}})",
       LimitKind::kOutputTokens},
      {R"({"message":"Too many tokens, please wait before trying again."})", LimitKind::kTokens},
      {R"({"message":"Too many requests, please wait before trying again."})",
       LimitKind::kRequests},
      {"<html><title>429 Too Many Requests</title></html>", LimitKind::kUnknown},
  };
  for (const auto& [body, limit] : rows) {
    INFO(body);
    const llm::Failure failure = error_of(429, body);
    CHECK(failure.kind == ErrorKind::kRateLimited);
    CHECK(failure.limit == limit);
  }
}

TEST_CASE("only a rate limit has a limit: an empty purse with 400 is an invalid request") {
  const llm::Failure failure =
      error_of(400, R"({"type":"error","error":{"type":"invalid_request_error","message":)"
                    R"("Your credit balance is too low to access the Anthropic API."}})");
  CHECK(failure.kind == ErrorKind::kInvalidRequest);
  CHECK(failure.limit == LimitKind::kUnknown);
  CHECK(error_of(500, "too many tokens").limit == LimitKind::kUnknown);
}

TEST_CASE("AWS' and Vertex's answers are classified though their types are others") {
  CHECK(error_of(429, R"({"message":"Too many tokens"})").kind == ErrorKind::kRateLimited);
  CHECK(error_of(408, R"({"__type":"ModelTimeoutException"})").kind == ErrorKind::kServerError);
  CHECK(error_of(400, R"({"__type":"a.b#ThrottlingException"})").kind == ErrorKind::kRateLimited);
  CHECK(error_of(401, R"({"error":{"code":401,"status":"UNAUTHENTICATED"}})").kind ==
        ErrorKind::kAuth);
}

TEST_CASE("an error in a stream is one of the stream, unless it is a limit or an overload") {
  const std::pair<const char*, ErrorKind> rows[] = {
      {R"({"type":"error","error":{"type":"overloaded_error"}})", ErrorKind::kOverloaded},
      {R"({"type":"error","error":{"type":"rate_limit_error"}})", ErrorKind::kRateLimited},
      {R"({"error":"m","error_type":"overloaded"})", ErrorKind::kOverloaded},
      {R"({"error":{"code":"server_is_overloaded"}})", ErrorKind::kOverloaded},
      {R"({"error":{"code":429,"message":"m"}})", ErrorKind::kRateLimited},
      {R"({"error":{"http_status_code":429,"message":"m"}})", ErrorKind::kRateLimited},
      {R"({"error":{"code":529,"message":"m"}})", ErrorKind::kOverloaded},
      {R"({"error":{"code":400,"type":"invalid_request_error"}})", ErrorKind::kStreamError},
      {R"({"error":{"code":18446744073709551615}})", ErrorKind::kStreamError},
      {R"({"type":"error","error":{"type":"authentication_error"}})", ErrorKind::kStreamError},
      {"", ErrorKind::kStreamError},
  };
  for (const auto& [body, kind] : rows) {
    INFO(body);
    const llm::Failure failure = stream_error_of(body);
    CHECK(failure.kind == kind);
    CHECK(failure.status == 200);
  }
}

TEST_CASE("an error in a stream names its limit") {
  CHECK(stream_error_of(rate_limit_error("rate limit of 8,000 output tokens per minute")).limit ==
        LimitKind::kOutputTokens);
}

TEST_CASE("retry-after is read in seconds, and nonsense is ignored") {
  CHECK(wait_of("505") == std::chrono::seconds(505));
  CHECK(wait_of(" 0.25 ") == std::chrono::milliseconds(250));
  CHECK(wait_of("0") == base::Duration::zero());
  for (const char* text : {"", " ", "soon", "-1", "-0", "5s", "1e3", "0x10", "inf", "nan", "1,5",
                           "99999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    INFO(text);
    CHECK_FALSE(wait_of(text));
  }
}

TEST_CASE("retry-after-ms wins over retry-after, where it is a number") {
  CHECK(wait_of("5", "1500") == std::chrono::milliseconds(1500));
  CHECK(wait_of("", "0.5") == std::chrono::microseconds(500));
  CHECK(wait_of("5", "soon") == std::chrono::seconds(5));
}

TEST_CASE("a date in retry-after is held against the answer's own date") {
  const char* now = "Wed, 21 Oct 2026 07:28:00 GMT";
  CHECK(wait_of("Wed, 21 Oct 2026 07:28:30 GMT", "", now) == std::chrono::seconds(30));
  CHECK(wait_of(now, "", now) == base::Duration::zero());
  CHECK(wait_of("Wed, 21 Oct 2026 07:27:00 GMT", "", now) == base::Duration::zero());
  CHECK_FALSE(wait_of("Wed, 21 Oct 2026 07:28:30 GMT", "", "today"));
  CHECK_FALSE(wait_of("Wed, 21 Oct 2037 07:28:30 GMT", "", now));
}

TEST_CASE("x-should-retry is read where it is one of its two words") {
  llm::ErrorAnswer answer;
  answer.status = 429;
  CHECK_FALSE(llm::parse_error(answer).should_retry);
  answer.should_retry = "true";
  CHECK(llm::parse_error(answer).should_retry == true);
  answer.should_retry = "false";
  CHECK(llm::parse_error(answer).should_retry == false);
  answer.should_retry = "maybe";
  CHECK_FALSE(llm::parse_error(answer).should_retry);
}

TEST_CASE("a body nested without end is survived") {
  CHECK_FALSE(error_of(500, std::string(200'000, '[')).message.empty());
  const std::string nested = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK_FALSE(error_of(500, nested).message.empty());
}
