// A worker's surroundings without a script: loop, client, shard, and a store to read from.
#pragma once

#include "client/context.h"
#include "metrics/builtin.h"
#include "metrics/store.h"

namespace tests {

struct WorkerFixture {
  WorkerFixture() {
    static const bool initialized = [] {
      net::initialize_http();
      return true;
    }();
    static_cast<void>(initialized);
    context.shard.intern({});
  }

  // What was counted so far.
  const metrics::Store& counted() {
    store.merge(shard.take_delta());
    return store;
  }

  client::Origin origin() {
    return {shard.intern({{"scenario", "default"}, {"user", "chat"}, {"task", "simple"}}), {}};
  }

  metrics::Registry registry;
  net::EventLoop loop;
  net::HttpClient http{loop, {}};
  metrics::Shard shard{registry};
  llm::PriceTable prices;
  client::Context context{.loop = loop, .http = http, .shard = shard, .prices = &prices};
  metrics::Store store{registry};
};

}  // namespace tests
