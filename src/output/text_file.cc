#include "output/text_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace output {
namespace {

namespace fs = std::filesystem;

base::Result<void> write_bytes(const std::string& bytes, const std::string& path,
                               const char* mode) {
  const auto failed = [](int error) { return base::fail("{}", std::strerror(error)); };
  std::FILE* file = std::fopen(path.c_str(), mode);
  if (file == nullptr) return failed(errno);
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const bool flushed = written && std::fflush(file) == 0;
  const int write_error = errno;
  const bool closed = std::fclose(file) == 0;  // A full disk may show itself only here.
  if (!flushed) return failed(write_error);
  if (!closed) return failed(errno);
  return {};
}

base::Result<void> replace_file(const std::string& bytes, const std::string& path) {
  const std::string beside = fmt::format("{}.{}.tmp", path, getpid());
  auto result = write_bytes(bytes, beside, "wb");
  if (result && std::rename(beside.c_str(), path.c_str()) != 0) {
    result = base::fail("{}", std::strerror(errno));
  }
  if (!result) std::remove(beside.c_str());
  return result;
}

}  // namespace

base::Result<void> check_writable(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return base::fail("{}: is a directory", path);
  if (fs::exists(path, ignored)) {
    if (access(path.c_str(), W_OK) == 0) return {};
    return base::fail("{}: {}", path, std::strerror(errno));
  }
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (access(folder.c_str(), W_OK) == 0) return {};
  return base::fail("{}: {}", path, std::strerror(errno));
}

base::Result<void> write_file(const std::string& bytes, const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) return write_bytes(bytes, path, "wb");
  std::string target = path;
  if (fs::is_regular_file(status)) {
    // A link stays a link: what it points to is replaced.
    const fs::path real = fs::canonical(path, ignored);
    if (!real.empty()) target = real.string();
  }
  return replace_file(bytes, target);
}

base::Result<void> append_to_file(const std::string& bytes, const std::string& path) {
  return write_bytes(bytes, path, "ab");
}

}  // namespace output
