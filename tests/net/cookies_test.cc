// Cookies belong to a user's jar, whatever connections and handles its requests share with others.
#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "net/http_client.h"
#include "net/loopback_server.h"

using namespace std::chrono_literals;
using Jar = std::shared_ptr<net::CookieJar>;
using tests::header_of;
using tests::http_answer;
using tests::LoopbackServer;

namespace {

// A server that gives each request the next answer, and a client that sends one after the other,
// all of them on one curl handle where it can.
class Visits {
 public:
  explicit Visits(std::vector<std::string> answers)
      : server_(1, [this, answers](int fd, const std::string& first) {
          sent_.push_back(first);
          for (std::size_t i = 0; i < answers.size(); ++i) {
            if (i > 0) sent_.push_back(LoopbackServer::read_request(fd));
            LoopbackServer::say(fd, answers[i]);
          }
        }) {
    static const bool initialized = [] {
      net::initialize_http();
      return true;
    }();
    static_cast<void>(initialized);
  }

  // The cookies that the server saw.
  // Once it is under way, `meanwhile` is called.
  std::string visit(
      Jar jar, const std::string& own = "", std::string_view path = "/",
      const std::function<void()>& meanwhile = [] {}) {
    net::HttpRequest request;
    request.url = server_.url(path);
    request.total_timeout = 10s;
    request.cookies = std::move(jar);
    request.cookie = own;
    const auto transfer =
        http_.start(std::move(request),
                    {.on_headers = {}, .on_body = {}, .on_done = [&](net::HttpResult result) {
                       CHECK(result.error == net::TransferError::kNone);
                       loop_.stop();
                     }});
    meanwhile();
    loop_.run([] {});
    return header_of(sent_.at(visits_++), "Cookie");
  }

 private:
  std::vector<std::string> sent_;
  std::size_t visits_ = 0;
  LoopbackServer server_;
  net::EventLoop loop_;
  net::HttpClient http_{loop_, {}};
};

const std::string kPlain = http_answer("200 OK", "");

std::string setting(const std::string& cookie) {
  return http_answer("200 OK", "Set-Cookie: " + cookie + "\r\n");
}

}  // namespace

TEST_CASE("a jar takes in what the server sets and sends it back") {
  Visits visits({setting("session=abc; HttpOnly"), setting("theme=dark; Path=/shop"), kPlain,
                 setting("session=; Max-Age=0"), kPlain});
  const Jar jar = std::make_shared<net::CookieJar>();
  CHECK(visits.visit(jar).empty());
  CHECK(jar->lines.size() == 1);
  CHECK(visits.visit(jar) == "session=abc");
  CHECK(visits.visit(jar, "", "/shop/items") == "theme=dark; session=abc");
  CHECK(visits.visit(jar) == "session=abc");
  CHECK(visits.visit(jar).empty());
}

TEST_CASE("jars do not see each other's cookies") {
  Visits visits({setting("user=ann"), setting("user=bob"), kPlain, kPlain});
  const Jar ann = std::make_shared<net::CookieJar>();
  const Jar bob = std::make_shared<net::CookieJar>();
  CHECK(visits.visit(ann).empty());
  CHECK(visits.visit(bob).empty());
  CHECK(visits.visit(ann) == "user=ann");
  CHECK(visits.visit(bob) == "user=bob");
}

TEST_CASE("a request without a jar neither sends nor keeps cookies") {
  Visits visits({setting("user=ann"), setting("user=nobody"), kPlain, kPlain});
  const Jar ann = std::make_shared<net::CookieJar>();
  visits.visit(ann);
  CHECK(visits.visit(nullptr).empty());
  CHECK(visits.visit(nullptr).empty());
  CHECK(visits.visit(ann) == "user=ann");
}

TEST_CASE("a request's own cookies stand beside the jar's and are not kept") {
  Visits visits({setting("user=ann"), kPlain, kPlain});
  const Jar ann = std::make_shared<net::CookieJar>();
  visits.visit(ann);
  CHECK(visits.visit(ann, "a=1; b=2") == "user=ann; a=1; b=2");
  CHECK(visits.visit(ann) == "user=ann");
}

TEST_CASE("a jar that was emptied sends nothing") {
  Visits visits({setting("user=ann"), kPlain});
  const Jar ann = std::make_shared<net::CookieJar>();
  visits.visit(ann);
  ann->lines.clear();
  CHECK(visits.visit(ann).empty());
}

TEST_CASE("requests that overlap keep each other's cookies") {
  // The jar changes while the answer is awaited, as by another request that ends meanwhile.
  const Jar jar = std::make_shared<net::CookieJar>();
  Visits visits({setting("old=1"), setting("theme=dark"), setting("old=; Max-Age=0"), kPlain});
  visits.visit(jar);
  const std::string session = "127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tabc";
  const auto log_in = [&] { jar->lines.push_back(session); };
  visits.visit(jar, "", "/", log_in);
  CHECK(jar->lines.size() == 3);
  const auto log_out = [&] { std::erase(jar->lines, session); };
  visits.visit(jar, "", "/", log_out);
  CHECK(visits.visit(jar) == "theme=dark");
}
