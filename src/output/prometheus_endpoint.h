// GET /metrics, for Prometheus to scrape while a run goes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "output/output.h"

namespace output {

struct ListenAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0 takes a free one.
};

// "9464", "0.0.0.0:9464", "[::1]:9464". Errors: say what was expected.
base::Result<ListenAddress> parse_listen_address(const std::string& text);

// Threads: a thread of its own answers; on_progress() hands it what to answer with, each second.
// Lifetime: it answers until it is destroyed.
class PrometheusEndpoint final : public Output {
 public:
  // Errors: an address that cannot be had, such as a port in use.
  static base::Result<std::unique_ptr<PrometheusEndpoint>> start(const ListenAddress& address,
                                                                 std::string version,
                                                                 std::string script);
  ~PrometheusEndpoint() override;

  std::string url() const;

  void on_progress(const Progress& progress) override;
  void on_message(const std::string&) override {}
  void on_end(const RunResult& result) override;

 private:
  class Server;

  PrometheusEndpoint(std::unique_ptr<Server> server, std::string version, std::string script);
  void publish(const metrics::Store* store, base::Duration elapsed);

  std::unique_ptr<Server> server_;
  std::string version_;
  std::string script_;
};

}  // namespace output
