// What curl knows of a transfer, as the result that its owner is told.
#pragma once

#include <curl/curl.h>

#include "net/http_client.h"

namespace net {

// The bytes so far, and where they come from. REQUIRES: the transfer is under way.
void note_progress(HttpTransfer::State& transfer);

// That too, and how it ended. REQUIRES: curl is done with it, and has not yet let go of it.
void note_end(HttpTransfer::State& transfer, CURLcode code);

}  // namespace net
