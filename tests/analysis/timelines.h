// Timelines made by hand, in milliseconds.
#pragma once

#include <initializer_list>

#include "llm/timeline.h"

namespace tests {

inline base::TimePoint ms(double milliseconds) {
  return base::TimePoint{} + base::from_seconds(100 + milliseconds / 1e3);
}

// A streamed request, asked, started and sent at `begin`; what a test does not say is plain.
inline llm::Timeline stream(double begin) {
  llm::Timeline timeline;
  timeline.asked = timeline.start = ms(begin);
  timeline.sending = timeline.sent = ms(begin);
  timeline.streamed = true;
  return timeline;
}

// An event without content that opens or closes the message.
inline void add_frame(llm::Timeline& timeline, double at) {
  timeline.events.push_back({.arrived = ms(at), .handled = ms(at), .of_message = true});
}

inline void add_ping(llm::Timeline& timeline, double at) {
  timeline.events.push_back({.arrived = ms(at), .handled = ms(at)});
}

inline void add_content(llm::Timeline& timeline, llm::Content content, double at,
                        std::uint32_t bytes = 4) {
  timeline.events.push_back({.arrived = ms(at),
                             .handled = ms(at),
                             .content = content,
                             .of_message = true,
                             .text_bytes = bytes});
}

inline void add_text(llm::Timeline& timeline, std::initializer_list<double> moments) {
  for (const double at : moments) add_content(timeline, llm::Content::kText, at);
}

// Whole, with its final usage; `done` is the terminal event, the last byte comes with it.
inline void finish(llm::Timeline& timeline, double done, std::uint64_t output_tokens,
                   std::uint64_t input_tokens = 10) {
  timeline.done = timeline.ended = ms(done);
  timeline.input_tokens = input_tokens;
  timeline.output_tokens = output_tokens;
  timeline.usage_final = true;
}

}  // namespace tests
