#include "net/tls_store.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <map>
#include <mutex>

namespace net {
namespace {

X509_STORE* load_system_store() {
  X509_STORE* store = X509_STORE_new();
  const char* file = std::getenv("SSL_CERT_FILE");
  if (file == nullptr) file = curl_version_info(CURLVERSION_NOW)->cainfo;
  // Without any bundle, verification fails later with curl's own clear message.
  if (file == nullptr || X509_STORE_load_file(store, file) != 1)
    X509_STORE_set_default_paths(store);
  return store;
}

X509_STORE* load_store(const std::string& ca_file) {
  X509_STORE* store = X509_STORE_new();
  if (X509_STORE_load_file(store, ca_file.c_str()) == 1) return store;
  // What OpenSSL says about the file must not turn up in another connection's error.
  ERR_clear_error();
  X509_STORE_free(store);
  return nullptr;
}

CURLcode on_ssl_context(CURL* /*easy*/, void* context, void* ca_file) {
  X509_STORE* store = tls_store(*static_cast<const std::string*>(ca_file));
  if (store == nullptr) return CURLE_SSL_CACERT_BADFILE;
  SSL_CTX_set1_cert_store(static_cast<SSL_CTX*>(context), store);
  return CURLE_OK;
}

}  // namespace

X509_STORE* tls_store(const std::string& ca_file) {
  static std::mutex mutex;
  // Kept until the process ends: threads may still be using them then.
  static auto& stores = *new std::map<std::string, X509_STORE*>;
  const std::lock_guard lock(mutex);
  const auto known = stores.find(ca_file);
  if (known != stores.end()) return known->second;
  X509_STORE* store = ca_file.empty() ? load_system_store() : load_store(ca_file);
  return stores.emplace(ca_file, store).first->second;
}

void use_shared_tls_store(CURL* easy, const std::string& ca_file) {
  for (const CURLoption option :
       {CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAPATH}) {
    curl_easy_setopt(easy, option, nullptr);
  }
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &on_ssl_context);
  // curl hands the pointer on and does not write through it.
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, const_cast<std::string*>(&ca_file));
}

}  // namespace net
