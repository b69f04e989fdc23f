#include "mock/tls.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <cstring>
#include <utility>

namespace mock {
namespace {

template <auto free>
struct Free {
  void operator()(auto* object) const { free(object); }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Address = std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>>;

// The cause, which OpenSSL noted first; what it notes on the way out says less. Forgets it all:
// what is left in a thread's queue would turn up in another connection's error.
std::string take_openssl_error() {
  const unsigned long error = ERR_peek_error();
  const char* reason = ERR_SYSTEM_ERROR(error) ? std::strerror(ERR_GET_REASON(error))
                                               : ERR_reason_error_string(error);
  std::string text = reason == nullptr ? "unknown error" : reason;
  ERR_clear_error();
  return text;
}

int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned offered_length, void* /*unused*/) {
  static constexpr unsigned char kProtocols[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(&found, length, kProtocols, sizeof kProtocols - 1,
                                            offered, offered_length);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// OpenSSL would ask for it on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) { return 0; }

SSL_CTX* make_context() {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Thousands of streams that wait for their next token would hold 34 KB each.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, &no_passphrase);
  return context;
}

bool add_extension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::string alternative_names(const std::string& host) {
  const std::string always = "DNS:localhost,IP:127.0.0.1,IP:::1";
  const Address address(a2i_IPADDRESS(host.c_str()));
  ERR_clear_error();
  return always + (address != nullptr ? ",IP:" : ",DNS:") + host;
}

// Null where OpenSSL notes an error.
Certificate make_certificate(EVP_PKEY* key, const std::string& host) {
  Certificate made(X509_new());
  X509* certificate = made.get();
  // Browsers refuse two certificates of one issuer with the same number.
  std::uint64_t number = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number);
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number >> 1);
  constexpr long kHour = 3600;
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 365L * 24 * kHour);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("perigee mock"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_set_pubkey(certificate, key);
  const bool is_complete =
      add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
      add_extension(certificate, NID_subject_alt_name, alternative_names(host)) &&
      X509_sign(certificate, key, EVP_sha256()) != 0;
  return is_complete ? std::move(made) : nullptr;
}

// How much of it the kernel has taken. What OpenSSL has encrypted and could not send must be
// offered again with at least as many bytes, which the caller's output buffer sees to.
std::size_t write_now(SSL* ssl, std::string_view data) {
  std::size_t sent = 0;
  ERR_clear_error();
  SSL_write_ex(ssl, data.data(), data.size(), &sent);
  ERR_clear_error();
  return sent;
}

// evhttp's own, the same for all of its connections.
thread_local bufferevent_data_cb evhttp_on_write = nullptr;

void on_write(bufferevent* connection, void* argument) {
  if (evbuffer_get_length(bufferevent_get_output(connection)) > 0) return;
  evhttp_on_write(connection, argument);
}

}  // namespace

base::Result<std::unique_ptr<TlsContext>> TlsContext::from_files(
    const std::string& certificate_file, const std::string& key_file) {
  std::unique_ptr<TlsContext> made(new TlsContext(make_context()));
  if (SSL_CTX_use_certificate_chain_file(made->context_, certificate_file.c_str()) != 1) {
    return base::fail("cannot read a PEM certificate from \"{}\": {}", certificate_file,
                      take_openssl_error());
  }
  if (SSL_CTX_use_PrivateKey_file(made->context_, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return base::fail("cannot use the PEM key in \"{}\" for the certificate in \"{}\": {}",
                      key_file, certificate_file, take_openssl_error());
  }
  return made;
}

base::Result<std::unique_ptr<TlsContext>> TlsContext::self_signed(const std::string& host) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = make_certificate(key.get(), host);
  if (certificate == nullptr) {
    return base::fail("cannot make a certificate for the host \"{}\": {}", host,
                      take_openssl_error());
  }
  std::unique_ptr<TlsContext> made(new TlsContext(make_context()));
  SSL_CTX_use_certificate(made->context_, certificate.get());
  SSL_CTX_use_PrivateKey(made->context_, key.get());
  return made;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::string TlsContext::certificate_pem() const {
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), SSL_CTX_get0_certificate(context_));
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

bufferevent* TlsContext::make_connection(event_base* base, void* context) {
  SSL* ssl = SSL_new(static_cast<TlsContext*>(context)->context_);
  bufferevent* connection = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                           BEV_OPT_CLOSE_ON_FREE);
  // Many clients end a connection without telling TLS.
  bufferevent_openssl_set_allow_dirty_shutdown(connection, 1);
  return connection;
}

ssl_st* ssl_of(bufferevent* connection) { return bufferevent_openssl_get_ssl(connection); }

bool tls_write(bufferevent* connection, std::string_view data) {
  if (data.empty()) return true;
  evbuffer* output = bufferevent_get_output(connection);
  const std::size_t sent =
      evbuffer_get_length(output) == 0 ? write_now(ssl_of(connection), data) : 0;
  if (sent == data.size()) return true;
  evbuffer_add(output, data.data() + sent, data.size() - sent);
  return false;
}

bool tls_flush(bufferevent* connection) {
  evbuffer* output = bufferevent_get_output(connection);
  evbuffer_iovec part;
  while (evbuffer_peek(output, 1, nullptr, &part, 1) > 0) {
    const std::size_t sent =
        write_now(ssl_of(connection), {static_cast<const char*>(part.iov_base), part.iov_len});
    evbuffer_drain(output, sent);
    if (sent < part.iov_len) return false;
  }
  return true;
}

void tls_end_stream(evhttp_request* request) {
  bufferevent* connection =
      evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));
  const bool is_over =
      request->chunked == 0 && evbuffer_get_length(bufferevent_get_output(connection)) == 0;
  evhttp_send_reply_end(request);
  if (is_over) return;  // The connection may be gone.
  bufferevent_event_cb on_event = nullptr;
  void* argument = nullptr;
  bufferevent_getcb(connection, nullptr, &evhttp_on_write, &on_event, &argument);
  bufferevent_setcb(connection, nullptr, &on_write, on_event, argument);
}

}  // namespace mock
