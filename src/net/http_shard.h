// One curl multi handle with the transfers and sockets that are its own.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/http_debug.h"
#include "net/read_ahead.h"

namespace net {

struct HttpTransfer::State {
  HttpShard* shard = nullptr;
  CURL* easy = nullptr;
  curl_slist* header_list = nullptr;
  HttpRequest request;
  HttpCallbacks callbacks;
  std::vector<std::string> loaded_cookies;  // The jar's lines at the start.
  HttpResult result;
  int prerequests = 0;  // How often curl was about to send: more than once is a hidden retry.
  // Of the attempts to connect: whether a descriptor was lacking, and which families of addresses
  // were tried.
  bool found_no_descriptor = false;
  bool tried_ipv4 = false;
  int last_family = 0;
  bool stopped = false;
  bool headers_told = false;
  bool may_read_ahead = false;          // It was allowed, and has not been looked at since.
  AheadSocket* ahead = nullptr;         // Its socket, where that is read ahead.
  std::unique_ptr<HttpDebugLog> debug;  // Null unless all is written down.
  char error_text[CURL_ERROR_SIZE] = {};
};

// Passive but for its socket and timer events.
// Threads: its loop's.
class HttpShard {
 public:
  HttpShard(EventLoop& loop, CURLSH* share, ReadAhead& ahead, const HttpClientOptions& options);
  ~HttpShard();
  HttpShard(const HttpShard&) = delete;
  HttpShard& operator=(const HttpShard&) = delete;

  void add(HttpTransfer::State& transfer);
  // What was added begins now instead of in the loop's next turn. May call back.
  void run_added();
  bool has_added() const { return has_added_; }
  void remove(HttpTransfer::State& transfer);
  std::size_t open_transfers() const { return open_transfers_; }

 private:
  CURL* take_easy();
  void set_options(HttpTransfer::State& transfer);
  // One of curl's. Kept when curl is done with it: the next connection gets the same number.
  struct Socket {
    Socket(HttpShard& shard, curl_socket_t fd);
    void on_ready(unsigned ready);
    HttpShard& shard;
    curl_socket_t fd;
    unsigned interest = EventLoop::kNothing;
    AheadSocket ahead;
    EventLoop::Watch watch;
  };

  void act(curl_socket_t fd, int events);
  void drain();
  void finish(HttpTransfer::State& transfer, CURLcode code);
  void begin_read_ahead(HttpTransfer::State& transfer, curl_socket_t fd);
  static void end_read_ahead(HttpTransfer::State& transfer, bool connection_stays);

  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* shard, void* watch);
  static int on_timer(CURLM* multi, long timeout_ms, void* shard);
  static curl_socket_t open_socket(void* transfer, curlsocktype purpose, curl_sockaddr* address);
  static int on_socket_made(void* transfer, curl_socket_t fd, curlsocktype purpose);
  static int on_request(void* transfer, char* ip, char* local_ip, int port, int local_port);
  static size_t on_header(char* bytes, size_t size, size_t count, void* transfer);
  static size_t on_body(char* bytes, size_t size, size_t count, void* transfer);

  EventLoop& loop_;
  CURLSH* share_;
  ReadAhead& ahead_;
  const HttpClientOptions& options_;
  CURLM* multi_;
  EventLoop::Timer timer_;
  std::unordered_map<curl_socket_t, std::unique_ptr<Socket>> sockets_;  // By descriptor.
  std::vector<CURL*> idle_;
  std::size_t open_transfers_ = 0;
  bool has_added_ = false;
};

}  // namespace net
