#include "net/read_ahead.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "net/arrival_bounds.h"

namespace net {
namespace {

// Each read that is kept hands over so many of the sockets that are due: more than become due
// meanwhile, but not so many that the sockets behind it wait.
constexpr int kWithEachRead = 2;
constexpr base::Duration kTimerRest = std::chrono::milliseconds(5);
// A stream of which only one read was kept in all the time gains nothing: for so many reads it is
// left to libcurl.
constexpr int kSkippedReads = 32;

thread_local std::vector<AheadSocket*> t_sockets;  // By descriptor.

void set_holder(int fd, AheadSocket* socket) {
  const auto index = static_cast<std::size_t>(fd);
  if (t_sockets.size() <= index) t_sockets.resize(index + 64);
  t_sockets[index] = socket;
}

}  // namespace

AheadSocket* holder_of(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (fd < 0 || index >= t_sockets.size()) return nullptr;
  AheadSocket* socket = t_sockets[index];
  return socket != nullptr && socket->holds() ? socket : nullptr;
}

ReadAhead::ReadAhead(EventLoop& loop) : loop_(loop), timer_(loop, [this] { on_timer(); }) {}

std::unique_ptr<ReadAhead::Block> ReadAhead::take_block() {
  // The one that was used last is the warmest.
  if (blocks_.empty()) return std::make_unique_for_overwrite<Block>();
  std::unique_ptr<Block> block = std::move(blocks_.back());
  blocks_.pop_back();
  return block;
}

void ReadAhead::give_back(std::unique_ptr<Block> block) { blocks_.push_back(std::move(block)); }

void ReadAhead::put_in_line(AheadSocket& socket, base::TimePoint due) {
  constexpr std::size_t kManyGone = 4096;
  // Those at the head that were handed over before they were due.
  while (next_ < line_.size() && line_[next_].socket->due_ != line_[next_].at) ++next_;
  if (next_ == line_.size() || (next_ > kManyGone && next_ > line_.size() / 2)) {
    line_.erase(line_.begin(), line_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
  }
  line_.push_back({due, &socket});
  if (!timer_.armed()) timer_.arm_at(due);
}

void ReadAhead::hand_over_due(base::TimePoint now, int most) {
  while (most > 0 && next_ < line_.size() && line_[next_].at <= now) {
    const Due due = line_[next_++];
    if (due.socket->due_ != due.at) continue;  // It was handed over before.
    --most;
    if (due.socket->count_ == 1) due.socket->reads_to_skip_ = kSkippedReads;
    due.socket->hand_over();
  }
}

void ReadAhead::on_timer() {
  const base::TimePoint now = loop_.now();
  hand_over_due(now, INT32_MAX);
  if (next_ < line_.size()) timer_.arm_at(std::max(line_[next_].at, now + kTimerRest));
}

// A read, as it stands in the block. Its bytes follow it, or are the overflow.
struct AheadSocket::Kept {
  LastRead read;
  const char* bytes;
  std::uint32_t size;
  std::uint32_t step;  // From this one to the next.
};

AheadSocket::AheadSocket(ReadAhead& owner, int fd, std::function<void()> consume)
    : owner_(owner), fd_(fd), consume_(std::move(consume)) {}

AheadSocket::~AheadSocket() { end(false); }

void AheadSocket::begin(base::TimePoint until) {
  begun_ = true;
  spoiled_ = false;
  until_ = until;
  reads_to_skip_ = 0;
  last_bytes_ = 0;
  set_holder(fd_, this);
}

void AheadSocket::end(bool connection_stays) {
  spoiled_ = connection_stays && count_ > 0;
  begun_ = false;
  count_ = 0;
  error_ = 0;
  release();
  const auto index = static_cast<std::size_t>(fd_);
  const bool ours = index < t_sockets.size() && t_sockets[index] == this;
  if (ours && !spoiled_) t_sockets[index] = nullptr;
}

// REQUIRES: nothing is kept.
void AheadSocket::release() {
  begin_ = end_ = served_ = 0;
  more_follows_ = false;
  due_ = {};
  if (block_) owner_.give_back(std::move(block_));
  if (overflow_) owner_.give_back(std::move(overflow_));
}

void AheadSocket::on_readable() {
  if (reads_to_skip_ > 0) {
    --reads_to_skip_;
    return consume_();
  }
  // Only where libcurl would not take what it was given.
  if (overflow_) return consume_kept();
  LastRead read;
  char* buffer = owner_.buffer_.data();
  const ssize_t got = read_stamped(fd_, buffer, ReadAhead::kLargestRead, 0, read);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  more_follows_ = got <= 0 || got == ReadAhead::kLargestRead;
  if (got <= 0) {
    // libcurl sees the connection's end by itself; an error is told once, so it is kept.
    if (got < 0) error_ = errno;
    return consume_kept();
  }
  const auto size = static_cast<std::size_t>(got);
  read.bounds = arrival_bounds(read, owner_.loop_);
  keep(read, buffer, size);
  const bool at_once = may_end_with(buffer, size) || more_follows_ || overflow_ != nullptr ||
                       !read.by_kernel || read.handled >= until_;
  if (at_once) return consume_kept();
  if (due_ == base::TimePoint{}) {
    due_ = read.handled + ReadAhead::kLongest;
    owner_.put_in_line(*this, due_);
  }
  owner_.hand_over_due(read.handled, kWithEachRead);
}

// And leaves room for one that does not, and has its bytes elsewhere.
bool AheadSocket::fits(std::size_t size) const {
  return end_ + 2 * sizeof(Kept) + size + alignof(Kept) <= ReadAhead::kBlock;
}

void AheadSocket::keep(const LastRead& read, const char* bytes, std::size_t size) {
  if (count_ == 0) begin_ = end_ = 0;
  if (!block_) block_ = owner_.take_block();
  char* at = block_->bytes.data() + end_;
  std::size_t step = sizeof(Kept);
  char* place = at + sizeof(Kept);
  if (fits(size)) {
    step += (size + alignof(Kept) - 1) / alignof(Kept) * alignof(Kept);
  } else {
    overflow_ = owner_.take_block();
    place = overflow_->bytes.data();
  }
  std::memcpy(place, bytes, size);
  new (at) Kept{.read = read,
                .bytes = place,
                .size = static_cast<std::uint32_t>(size),
                .step = static_cast<std::uint32_t>(step)};
  end_ += static_cast<std::uint32_t>(step);
  ++count_;
}

// The last chunk, and the fields that may follow it, end with an empty line. So may an event.
bool AheadSocket::may_end_with(const char* bytes, std::size_t size) {
  constexpr std::uint32_t kEmptyLine = '\r' << 24 | '\n' << 16 | '\r' << 8 | '\n';
  for (std::size_t i = size - std::min<std::size_t>(size, 4); i < size; ++i) {
    last_bytes_ = last_bytes_ << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return last_bytes_ == kEmptyLine;
}

void AheadSocket::hand_over() {
  due_ = {};
  if (count_ > 0) consume_kept();
}

void AheadSocket::consume_kept() {
  due_ = {};
  std::uint32_t before = 0;
  do {
    before = serves_;
    consume_();
  } while (begun_ && holds() && serves_ != before);
  if (!begun_) return;
  if (count_ == 0) return release();
  due_ = owner_.loop_.now() + ReadAhead::kLongest;
  owner_.put_in_line(*this, due_);
}

ssize_t AheadSocket::serve(void* buffer, std::size_t length, bool peek, LastRead& read) {
  if (!peek) ++serves_;
  if (count_ == 0) {
    if (error_ == 0) return 0;  // Spoiled.
    errno = peek ? error_ : std::exchange(error_, 0);
    return -1;
  }
  const Kept& first = *std::launder(reinterpret_cast<const Kept*>(block_->bytes.data() + begin_));
  const std::size_t size = std::min<std::size_t>(length, first.size - served_);
  std::memcpy(buffer, first.bytes + served_, size);
  if (peek) return static_cast<ssize_t>(size);
  read = first.read;
  served_ += static_cast<std::uint32_t>(size);
  if (served_ == first.size) {
    begin_ += first.step;
    served_ = 0;
    --count_;
  }
  return static_cast<ssize_t>(size);
}

}  // namespace net
