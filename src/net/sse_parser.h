// Turns the bytes of a text/event-stream body into events.
// The rules are those of https://html.spec.whatwg.org/multipage/server-sent-events.html.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace net {

// Lifetime: the views are valid until the callback returns; copy what you keep.
struct SseEvent {
  std::string_view name;  // The event field; "" where there was none (WHATWG: "message").
  std::string_view data;  // Lines joined with LF.
  std::string_view id;    // The last id seen, which later events inherit.
};

// Passive: the owner feeds bytes as they arrive, cut anywhere, and is called back for each event.
// Bytes are passed on as they came: UTF-8 is neither checked nor repaired, so a code point cut by a
// read stays whole.
//
// Beyond the rules: a field `error` (older llama.cpp servers send one) is kept as data of an event
// named "error".
//
// Threads: none of its own; use from one thread.
// Errors:  the format has no invalid input; a line, or one event's data, over `max_bytes` ends the
//          stream: feed() returns false and does nothing from then on.
// Cost:    copies only names, and data cut by a read or spread over several lines; allocates only
//          when such a remainder outgrows all earlier ones.
class SseParser {
 public:
  using OnEvent = std::function<void(const SseEvent&)>;
  static constexpr std::size_t kDefaultMaxBytes = 8 * 1024 * 1024;

  explicit SseParser(OnEvent on_event, std::size_t max_bytes = kDefaultMaxBytes);

  // False once the limit was passed.
  bool feed(std::string_view bytes);

  // True where bytes of an unfinished event are held: at the end of a stream they are discarded,
  // as the rules say, and the owner may want to know.
  bool has_partial_event() const;

  std::size_t comments() const { return comments_; }

 private:
  // Where the data of the unfinished event is.
  enum class Data {
    kNone,
    kInFeed,  // One line, which data_view_ shows inside the bytes being fed.
    kCopied,  // In data_.
  };

  std::string_view without_bom(std::string_view bytes);
  bool on_lines(std::string_view bytes);
  bool on_line(std::string_view rest);
  bool on_whole_line(std::string_view line, bool in_feed);
  bool add_data(std::string_view value, bool in_feed);
  void keep_data();
  void dispatch();

  OnEvent on_event_;
  std::size_t max_bytes_;
  std::string line_;  // The beginning of a line whose end has not come.
  std::string name_;
  std::string data_;  // Data lines joined with LF.
  std::string_view data_view_;
  std::string id_;
  std::size_t comments_ = 0;
  Data data_at_ = Data::kNone;
  bool last_was_cr_ = false;
  bool at_start_ = true;  // No byte yet but a part of a byte order mark, which line_ holds.
  bool ended_ = false;
};

}  // namespace net
