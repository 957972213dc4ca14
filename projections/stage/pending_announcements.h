// Rows whose announcements wait: for the end of the backlog, or for the end of a backfill.
//
// Takes: rows with the queue in which they have to wait. Gives: the rows again, at most N a step, once their queue is
// ready. Queue 0 waits for the backlog; any other number is the hash of a source and waits until its backfill closes.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/stage.h"
#include "projections/rules/directory.h"
#include "projections/stage/key_queues.h"

namespace projections {

// A row keeps the number of its queue, so that it is queued once: in a member `pending`, nothing = it waits in none.
// A row may have moved to another queue since; the one that it names counts.
//
// Threads: confined to one thread at a time.
class PendingAnnouncements {
 public:
  static constexpr std::uint64_t kBacklog = 0;

  struct Counts {
    std::int64_t ready = 0;  // or waiting for the end of the backlog
    std::int64_t held = 0;   // by an open backfill
  };

  PendingAnnouncements(engine::State& state, const Directory& rules) : rules_(rules), queues_(state, "pending") {}
  // The state holds a checkpoint now.
  void restore() { queues_.restore(); }
  void end_step() { queues_.end_step(); }

  // Queues the row, unless it waits in that queue already.
  void wait(std::optional<std::uint64_t>& pending, std::uint64_t queue, std::string_view subject) {
    if (pending == queue) return;
    pending = queue;
    queues_.push(queue, subject);
  }

  bool any_ready() const { return ready().has_value(); }
  std::uint64_t backlog() const { return queues_.size(kBacklog); }
  Counts counts() const;

  // Calls announce(subject, queue, upcoming) for at most `limit` rows of queues that are ready, fewer when the context is
  // full. `upcoming`: the subjects behind it, as far as they are at hand. Returns how many. REQUIRES: the step is not
  // taken while catching up.
  template <class Announce>
  std::uint64_t drain(std::uint64_t limit, engine::Context& context, const Announce& announce) {
    std::uint64_t done = 0;
    while (done < limit) {
      const auto queue = ready();
      if (!queue) break;
      const auto subject = queues_.pop(*queue);
      if (!subject) break;
      ++done;
      announce(*subject, *queue, queues_.upcoming(*queue));
      if (context.full()) break;
    }
    return done;
  }

 private:
  // The first queue with rows whose announcements may be made now.
  std::optional<std::uint64_t> ready() const {
    return queues_.first([&](std::uint64_t queue) { return queue == kBacklog || !rules_.backfilling(queue); });
  }

  const Directory& rules_;
  KeyQueues queues_;
};

}  // namespace projections
