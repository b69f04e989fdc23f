// Users that send requests through a Pacing, in simulated time.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

#include "base/random.h"
#include "client/pacing.h"

namespace tests {

struct PacingSimulation {
  // Of a request: what it is charged, what it uses, how long it runs, how long its user then waits.
  struct Request {
    client::Pacing::Demand estimate;
    client::Pacing::Demand used;
    base::Duration runs{};
    base::Duration pause{};
    base::Duration gives_up_after = base::Duration::max();  // Since it asked.
    bool settles = true;
  };

  PacingSimulation(client::PacingLimits limits, std::size_t users,
                   std::function<Request(base::RandomStream&)> next_request, std::uint64_t seed)
      : pacing(limits, start), random(seed), next_request_(std::move(next_request)), users_(users) {
    for (std::size_t user = 0; user < users; ++user) schedule(user, start);
  }

  // Until then, or until nothing happens any more.
  void run_until(base::TimePoint end) {
    while (!events_.empty() && events_.top().at <= end) {
      const Event event = events_.top();
      events_.pop();
      now = event.at;
      if (event.turn == users_[event.user].turn) act(event.user);
    }
  }

  const base::TimePoint start{std::chrono::hours(1)};
  client::Pacing pacing;
  base::RandomStream random;
  base::TimePoint now = start;

  // Called when a request is sent, after `sent` has counted it.
  std::function<void()> on_sent;
  // Of all requests that were sent: by what they used where that is known, else by the estimate.
  std::array<double, 3> sent{};  // Requests, input, output.
  std::uint64_t running = 0;
  std::uint64_t given_up = 0;

  // Of the user with the fewest requests that ran: one whose wake is lost stands still.
  std::uint64_t fewest_runs() const {
    const auto by_runs = [](const User& a, const User& b) { return a.runs < b.runs; };
    return std::min_element(users_.begin(), users_.end(), by_runs)->runs;
  }

 private:
  enum class Doing { kNothing, kPlacing, kQueueing, kRunning };

  struct User {
    std::unique_ptr<client::Pacing::Part> part;
    Request request;
    Doing doing = Doing::kNothing;
    base::TimePoint gives_up{};
    std::uint64_t runs = 0;
    std::uint64_t turn = 0;  // Older events of this user do not count.
  };

  struct Event {
    base::TimePoint at;
    std::uint64_t number;  // Events of one time come in their order.
    std::size_t user;
    std::uint64_t turn;

    bool operator<(const Event& other) const {
      return at != other.at ? at > other.at : number > other.number;
    }
  };

  void schedule(std::size_t user, base::TimePoint at) {
    events_.push({at, ++events_seen_, user, users_[user].turn});
  }

  client::Wake wake(std::size_t user) {
    return [this, user, turn = users_[user].turn] {
      if (users_[user].turn == turn) schedule(user, now);
    };
  }

  void act(std::size_t index) {
    User& user = users_[index];
    const bool is_queueing = user.doing == Doing::kPlacing || user.doing == Doing::kQueueing;
    if (is_queueing && now >= user.gives_up) {
      ++given_up;
      return end(index);
    }
    switch (user.doing) {
      case Doing::kNothing:
        return ask(index);
      case Doing::kPlacing:
        return charge(index);
      case Doing::kQueueing:
        return look(index);
      case Doing::kRunning:
        return finish(index);
    }
  }

  void ask(std::size_t index) {
    User& user = users_[index];
    user.request = next_request_(random);
    user.part = std::make_unique<client::Pacing::Part>(pacing);
    user.doing = Doing::kPlacing;
    const bool gives_up = user.request.gives_up_after != base::Duration::max();
    user.gives_up = gives_up ? now + user.request.gives_up_after : base::TimePoint::max();
    if (gives_up) schedule(index, user.gives_up);
    if (user.part->take_place(wake(index))) charge(index);
  }

  void charge(std::size_t index) {
    users_[index].part->charge(users_[index].request.estimate, now, wake(index));
    users_[index].doing = Doing::kQueueing;
    look(index);
  }

  void look(std::size_t index) {
    User& user = users_[index];
    const base::TimePoint ready = user.part->ready_at(now);
    if (ready > now) return schedule(index, ready);
    user.part->sent();
    count(user.request.estimate, 1);
    ++running;
    if (on_sent) on_sent();
    user.doing = Doing::kRunning;
    ++user.turn;
    schedule(index, now + user.request.runs);
  }

  void finish(std::size_t index) {
    User& user = users_[index];
    --running;
    ++user.runs;
    if (user.request.settles) {
      count(user.request.estimate, -1);
      count(user.request.used, 1);
      user.part->settle(user.request.used, now);
    }
    end(index);
  }

  void end(std::size_t index) {
    User& user = users_[index];
    user.part.reset();
    user.doing = Doing::kNothing;
    ++user.turn;
    schedule(index, now + user.request.pause);
  }

  void count(const client::Pacing::Demand& demand, double sign) {
    sent[0] += sign;
    sent[1] += sign * demand.input_tokens;
    sent[2] += sign * demand.output_tokens;
  }

  std::function<Request(base::RandomStream&)> next_request_;
  std::priority_queue<Event> events_;
  std::uint64_t events_seen_ = 0;
  std::vector<User> users_;  // Last: parts wake others while they are destroyed.
};

}  // namespace tests
