#include "net/transfer_result.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "net/http_shard.h"

namespace net {
namespace {

TransferError to_transfer_error(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return TransferError::kNone;
    case CURLE_OPERATION_TIMEDOUT:
      return TransferError::kTimeout;
    case CURLE_COULDNT_CONNECT:
      return TransferError::kConnect;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return TransferError::kDns;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CACERT_BADFILE:
      return TransferError::kTls;
    case CURLE_PARTIAL_FILE:
      return TransferError::kPartial;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2_STREAM:
      return TransferError::kReset;
    default:
      return TransferError::kProtocol;
  }
}

bool has_free_descriptor() {
  const int fd = eventfd(0, EFD_CLOEXEC);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

Lacked what_lacked(const HttpTransfer::State& transfer, CURLcode code) {
  // A resolver does not say why it failed.
  if (code == CURLE_COULDNT_RESOLVE_HOST) {
    return has_free_descriptor() ? Lacked::kNothing : Lacked::kDescriptors;
  }
  if (code != CURLE_COULDNT_CONNECT) return Lacked::kNothing;
  if (transfer.found_no_descriptor) return Lacked::kDescriptors;
  // Of IPv6 it may also say that this machine has none; the server's IPv4 address then counts.
  if (transfer.last_family != AF_INET && transfer.tried_ipv4) return Lacked::kNothing;
  long number = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_OS_ERRNO, &number);
  return number == EADDRNOTAVAIL ? Lacked::kPorts : Lacked::kNothing;
}

// A proxy that answered, but would not connect.
bool was_refused_by_proxy(CURL* easy, CURLcode code) {
  long proxy_status = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  return code == CURLE_RECV_ERROR && proxy_status >= 300;
}

base::Duration info_duration(CURL* easy, CURLINFO info) {
  curl_off_t us = 0;
  curl_easy_getinfo(easy, info, &us);
  return std::chrono::microseconds(us);
}

void read_connect_times(CURL* easy, HttpStamps& stamps) {
  long connects = 0;
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
  if (connects == 0) return;  // On a reused connection curl gives zeros or old values.
  const auto looked_up = info_duration(easy, CURLINFO_NAMELOOKUP_TIME_T);
  const auto connected = info_duration(easy, CURLINFO_CONNECT_TIME_T);
  const auto tls_done = info_duration(easy, CURLINFO_APPCONNECT_TIME_T);
  stamps.looking_up = looked_up;
  stamps.connecting = std::max(base::Duration::zero(), connected - looked_up);
  if (tls_done > connected) stamps.tls_handshaking = tls_done - connected;
}

std::string_view version_text(CURL* easy) {
  long version = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  switch (version) {
    case CURL_HTTP_VERSION_1_0:
      return "1.0";
    case CURL_HTTP_VERSION_1_1:
      return "1.1";
    case CURL_HTTP_VERSION_2_0:
      return "2";
    default:
      return "";
  }
}

void read_peer(CURL* easy, HttpResult& result) {
  const char* ip = nullptr;
  long port = 0;
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
  if (ip != nullptr) result.remote_ip = ip;
  result.remote_port = static_cast<int>(port);
  if (result.status != 0) result.version = version_text(easy);
}

void count_bytes(HttpTransfer::State& transfer) {
  HttpResult& result = transfer.result;
  long request_size = 0;
  long header_size = 0;
  curl_off_t uploaded = 0;
  curl_off_t downloaded = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_REQUEST_SIZE, &request_size);
  curl_easy_getinfo(transfer.easy, CURLINFO_HEADER_SIZE, &header_size);
  curl_easy_getinfo(transfer.easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
  curl_easy_getinfo(transfer.easy, CURLINFO_SIZE_DOWNLOAD_T, &downloaded);
  // REQUEST_SIZE has the small bodies in it that are sent together with the headers.
  const bool body_counted = request_size > uploaded;
  result.bytes_sent = static_cast<std::uint64_t>(request_size + (body_counted ? 0 : uploaded));
  result.bytes_received = static_cast<std::uint64_t>(header_size + downloaded);
}

}  // namespace

void note_progress(HttpTransfer::State& transfer) {
  read_peer(transfer.easy, transfer.result);
  count_bytes(transfer);
}

void note_end(HttpTransfer::State& transfer, CURLcode code) {
  HttpResult& result = transfer.result;
  result.error = transfer.stopped ? TransferError::kStopped : to_transfer_error(code);
  if (was_refused_by_proxy(transfer.easy, code)) result.error = TransferError::kConnect;
  if (code != CURLE_OK) {
    result.lacked = what_lacked(transfer, code);
    result.message =
        transfer.error_text[0] != '\0' ? transfer.error_text : curl_easy_strerror(code);
  }
  if (code == CURLE_OK && !transfer.headers_told) {
    // curl takes a connection that ends within the headers for an answer without a body.
    result.error = TransferError::kPartial;
    result.message = "the connection was closed within the answer's headers";
  }
  read_connect_times(transfer.easy, result.stamps);
  note_progress(transfer);
  result.hidden_retries = std::max(0, transfer.prerequests - 1);
}

}  // namespace net
