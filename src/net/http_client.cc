#include "net/http_client.h"

#include <curl/curl.h>

#include <stdexcept>

#include "base/text.h"
#include "net/arrival_stamps.h"
#include "net/http_shard.h"
#include "net/tls_store.h"
#include "net/transfer_result.h"

namespace net {

std::string_view find_header(const Headers& headers, std::string_view lower_case_name) {
  std::string_view found;
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) found = value;
  }
  return found;
}

bool is_credential_header(std::string_view name) {
  const std::string lower = base::to_lower(name);
  return lower == "authorization" || lower == "proxy-authorization" || lower == "cookie" ||
         lower == "set-cookie" || lower.ends_with("-key") || lower.ends_with("-auth") ||
         lower.ends_with("token") || lower.ends_with("secret");
}

HttpTransfer::HttpTransfer(std::unique_ptr<State> state) : state_(std::move(state)) {}

HttpTransfer::~HttpTransfer() {
  if (state_->shard == nullptr) return;
  if (state_->debug) state_->debug->end("given up");
  state_->shard->remove(*state_);
}

const HttpStamps& HttpTransfer::stamps() const { return state_->result.stamps; }

HttpResult HttpTransfer::result_so_far() const {
  if (state_->shard != nullptr) note_progress(*state_);
  return state_->result;
}

void HttpTransfer::allow_read_ahead() { state_->may_read_ahead = true; }

void HttpTransfer::hand_over() {
  if (state_->ahead != nullptr) state_->ahead->hand_over();
}

HttpRequest HttpTransfer::take_request() { return std::move(state_->request); }

// Used on one thread only, so it needs no locks.
struct HttpClient::Shared {
  explicit Shared(EventLoop& loop) : share(curl_share_init()), ahead(loop) {
    if (share == nullptr) throw std::runtime_error("cannot make a curl share");
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }
  ~Shared() { curl_share_cleanup(share); }
  CURLSH* share;
  ReadAhead ahead;
};

HttpClient::HttpClient(EventLoop& loop, HttpClientOptions options)
    : loop_(loop), options_(std::move(options)), shared_(std::make_unique<Shared>(loop)) {}

HttpClient::~HttpClient() = default;

std::unique_ptr<HttpTransfer> HttpClient::start(HttpRequest request, HttpCallbacks callbacks) {
  auto state = std::make_unique<HttpTransfer::State>();
  HttpShard& home = shard(request.affinity);
  state->request = std::move(request);
  state->callbacks = std::move(callbacks);
  state->result.stamps.start = loop_.now();
  if (!home.has_added()) started_.push_back(&home);
  home.add(*state);
  return std::unique_ptr<HttpTransfer>(new HttpTransfer(std::move(state)));
}

void HttpClient::run_started() {
  // By index: what is called back may start more.
  for (std::size_t i = 0; i < started_.size(); ++i) started_[i]->run_added();
  started_.clear();
}

std::size_t HttpClient::open_transfers() const {
  std::size_t open = 0;
  for (const auto& shard : shards_) open += shard ? shard->open_transfers() : 0;
  return open;
}

HttpShard& HttpClient::shard(std::uint64_t affinity) {
  const auto index = static_cast<std::size_t>(affinity / options_.transfers_per_shard);
  if (shards_.size() <= index) shards_.resize(index + 1);
  if (!shards_[index]) {
    shards_[index] = std::make_unique<HttpShard>(loop_, shared_->share, shared_->ahead, options_);
  }
  return *shards_[index];
}

base::Result<void> check_ca_file(const std::string& path) {
  if (tls_store(path) != nullptr) return {};
  return base::fail("expected a file with certificates in PEM form, got \"{}\"", path);
}

void initialize_http() {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    throw std::runtime_error("cannot initialize libcurl");
  }
  start_stamping();
}

}  // namespace net
