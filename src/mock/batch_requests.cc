#include "mock/batch_requests.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <optional>
#include <unordered_set>
#include <utility>

#include "mock/names.h"

namespace mock {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMostRequests = 100'000;
constexpr std::size_t kMostBytes = std::size_t{256} << 20;

}  // namespace

// Goes through the body once. Errors of the JSON itself are exceptions of simdjson's while it
// reads, and end in read().
class BatchRequests::Reader {
 public:
  explicit Reader(BatchRequests& result) : result_(result) {}

  std::optional<ApiError> read() {
    ondemand::parser parser;
    ondemand::document document = parser.iterate(result_.body_);
    bool found = false;
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      if (key != "requests") return refuse("{}: Extra inputs are not permitted", key);
      found = true;
      if (auto error = read_list(field.value())) return error;
    }
    if (!found) return refuse("requests: Field required");
    // Only at the end there is no location.
    if (!document.current_location().error()) return refuse("The request body is not valid JSON");
    return check_ids();
  }

 private:
  template <typename... Args>
  static ApiError refuse(fmt::format_string<Args...> format, Args&&... args) {
    return {400, fmt::format(format, std::forward<Args>(args)...)};
  }

  std::optional<ApiError> read_list(ondemand::value list) {
    if (list.type() != ondemand::json_type::array) {
      return refuse("requests: Input should be a valid list");
    }
    for (auto item : list.get_array()) {
      if (result_.size() == kMostRequests) {
        return refuse("requests: List should have at most {} items after validation",
                      kMostRequests);
      }
      if (auto error = read_request(item.value())) return error;
    }
    if (result_.size() > 0) return std::nullopt;
    return refuse("requests: List should have at least 1 item after validation, not 0");
  }

  std::optional<ApiError> read_request(ondemand::value item) {
    const std::size_t place = result_.size();
    if (item.type() != ondemand::json_type::object) {
      return refuse("requests.{}: Input should be a valid dictionary", place);
    }
    Request request;
    bool has_id = false;
    for (auto field : item.get_object()) {
      const std::string_view key = field.unescaped_key();
      std::optional<ApiError> error;
      if (key == "custom_id") {
        has_id = true;
        error = read_id(field.value(), request);
      } else if (key == "params") {
        error = read_params(field.value(), request);
      } else {
        error = refuse("requests.{}.{}: Extra inputs are not permitted", place, key);
      }
      if (error) return error;
    }
    if (!has_id) return refuse("requests.{}.custom_id: Field required", place);
    if (request.params_size == 0) return refuse("requests.{}.params: Field required", place);
    result_.requests_.push_back(std::move(request));
    return std::nullopt;
  }

  std::optional<ApiError> read_id(ondemand::value value, Request& request) {
    const std::size_t place = result_.size();
    if (value.type() != ondemand::json_type::string) {
      return refuse("requests.{}.custom_id: Input should be a valid string", place);
    }
    request.custom_id = std::string_view(value.get_string());
    if (is_plain_name(request.custom_id)) return std::nullopt;
    return refuse("requests.{}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'",
                  place);
  }

  std::optional<ApiError> read_params(ondemand::value value, Request& request) {
    if (value.type() != ondemand::json_type::object) {
      return refuse("requests.{}.params: Input should be a valid dictionary", result_.size());
    }
    ondemand::object object = value.get_object();
    const std::string_view params = object.raw_json();
    request.params_begin = static_cast<std::size_t>(params.data() - result_.body_.data());
    request.params_size = params.size();
    return std::nullopt;
  }

  std::optional<ApiError> check_ids() const {
    std::unordered_set<std::string_view> seen;
    seen.reserve(result_.size());
    for (std::size_t i = 0; i < result_.size(); ++i) {
      if (seen.insert(result_.custom_id(i)).second) continue;
      return refuse("requests.{}.custom_id: custom_id must be unique within a batch, got {} twice",
                    i, result_.custom_id(i));
    }
    return std::nullopt;
  }

  BatchRequests& result_;
};

tl::expected<BatchRequests, ApiError> BatchRequests::read(std::string_view body) {
  if (body.size() > kMostBytes) {
    return tl::unexpected(
        ApiError{413, "Request exceeds the maximum allowed number of bytes: 256 MB for a batch."});
  }
  BatchRequests requests;
  requests.body_.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  requests.body_ = body;
  try {
    if (auto error = Reader(requests).read()) return tl::unexpected(*std::move(error));
  } catch (const simdjson::simdjson_error&) {
    return tl::unexpected(ApiError{400, "The request body is not valid JSON"});
  }
  return requests;
}

}  // namespace mock
