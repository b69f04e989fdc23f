#include "mock/echo.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;

namespace {

mock::EchoRequest get(std::string_view path) { return {"GET", path, "", {}, ""}; }

}  // namespace

TEST_CASE("echo shows the request, repeated headers joined") {
  const auto answer = mock::answer_echo(
      {"PUT", "/echo", "a=b&c", {{"x-one", "1"}, {"x-two", "2"}, {"x-one", "3"}}, "text"});
  REQUIRE(answer);
  CHECK(answer->reply.status == 200);
  CHECK(answer->reply.body ==
        R"({"method":"PUT","headers":{"x-one":"1, 3","x-two":"2"},"body":"text","query":"a=b&c"})");
}

TEST_CASE("echo survives a body that is not UTF-8") {
  const auto answer = mock::answer_echo({"POST", "/echo", "", {}, "\xff"});
  CHECK(nlohmann::json::parse(answer->reply.body)["body"] == "\xEF\xBF\xBD");
}

TEST_CASE("a status is answered as asked for, or refused") {
  CHECK(mock::answer_echo(get("/status/503"))->reply.status == 503);
  for (const char* path :
       {"/status/", "/status/abc", "/status/99", "/status/600", "/status/200x"}) {
    CHECK(mock::answer_echo(get(path))->reply.status == 400);
  }
}

TEST_CASE("a delay is a duration, or refused") {
  CHECK(mock::answer_echo(get("/delay/200ms"))->delay == 200ms);
  CHECK(mock::answer_echo(get("/delay/200ms"))->reply.status == 200);
  CHECK(mock::answer_echo(get("/delay/soon"))->reply.status == 400);
  CHECK(mock::answer_echo(get("/delay/soon"))->delay == 0ns);
}

TEST_CASE("other paths are not answered here") {
  CHECK_FALSE(mock::answer_echo(get("/")));
  CHECK_FALSE(mock::answer_echo(get("/echo/")));
  CHECK_FALSE(mock::answer_echo(get("/v1/messages")));
}
