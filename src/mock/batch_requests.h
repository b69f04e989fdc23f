// The requests of a message batch, kept as the text they came in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "mock/api_error.h"

namespace mock {

// Cost: the body once, and some 70 bytes a request: a batch may have 100,000 of them in 256 MB.
class BatchRequests {
 public:
  // From the body of POST /v1/messages/batches. Params are objects, and whether they make sense is
  // not looked at here: the API finds that out later, request by request.
  //
  // Errors: the first thing wrong, with its path in front, as in "requests.3.custom_id: …"; 413 for
  // a body over 256 MB.
  static tl::expected<BatchRequests, ApiError> read(std::string_view body);

  std::size_t size() const { return requests_.size(); }
  const std::string& custom_id(std::size_t i) const { return requests_[i].custom_id; }
  // The JSON of an object. Lifetime: the requests'.
  std::string_view params(std::size_t i) const {
    return std::string_view(body_).substr(requests_[i].params_begin, requests_[i].params_size);
  }

 private:
  struct Request {
    std::string custom_id;
    std::size_t params_begin = 0;
    std::size_t params_size = 0;
  };
  class Reader;

  std::string body_;
  std::vector<Request> requests_;
};

}  // namespace mock
