#include "net/tls_store.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdlib>

namespace net {
namespace {

X509_STORE* load_store() {
  X509_STORE* store = X509_STORE_new();
  const char* file = std::getenv("SSL_CERT_FILE");
  if (file == nullptr) file = curl_version_info(CURLVERSION_NOW)->cainfo;
  // Without any bundle, verification fails later with curl's own clear message.
  if (file == nullptr || X509_STORE_load_file(store, file) != 1)
    X509_STORE_set_default_paths(store);
  return store;
}

CURLcode on_ssl_context(CURL* /*easy*/, void* context, void* /*unused*/) {
  static X509_STORE* const store = load_store();
  SSL_CTX_set1_cert_store(static_cast<SSL_CTX*>(context), store);
  return CURLE_OK;
}

}  // namespace

void use_shared_tls_store(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &on_ssl_context);
}

}  // namespace net
