#include "output/sink.h"

namespace output {

Sink sink_to(std::FILE* file) {
  return [file](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
  };
}

}  // namespace output
