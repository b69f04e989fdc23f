// The certificate authorities that are trusted, loaded once for all connections.
#pragma once

#include <curl/curl.h>
#include <openssl/x509.h>

#include <string>

namespace net {

// The certificates of a PEM file, or with "" those that this system trusts. Null where the file
// holds none or cannot be read. Threads: any.
X509_STORE* tls_store(const std::string& ca_file);

// Loading the system's bundle for each connection costs 20 ms of CPU and 850 KB with Debian's
// defaults; sharing one store makes that 0.8 ms and nothing.
// Threads:  any; a store is loaded by the first connection that needs it.
// Lifetime: `ca_file` outlives the handle's use.
void use_shared_tls_store(CURL* easy, const std::string& ca_file);

}  // namespace net
