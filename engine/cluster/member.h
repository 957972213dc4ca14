#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/cluster/assignment.h"
#include "engine/log/log.h"

namespace engine {

// One of the processes that share the tasks of a deployment.
//
//   each process   tells in `control`, every report interval, what it holds
//   silence        counts only while one's own reports come back, and by at most one report interval a tick: a process
//                  that slept, or whose broker was away, gives up nobody before it has listened for a session timeout
//   leader         the one who wrote the last assignment while it lives, else the least identity of those that live;
//                  an older leader is fenced by the transactional id that all leaders use
//   handover       who is made the owner of a task waits, as a standby, until no living process reports to own it
//
// None of this is needed for safety: two owners of a task fence each other, and the schedule shows who came last.
//
// Threads: open(), tick() and leave() from one thread; role() and fresh_role() from any.
class Member {
 public:
  struct Options {
    std::string process;  // identity: the same after a restart
    std::string address;  // another one after a restart
    std::string control_topic;
    std::string assignment_topic;
    std::string group = "gridloop";  // of the transactional ids
    std::uint32_t standbys = 0;
    Milliseconds report_interval{500};
    Milliseconds session_timeout{5000};
    std::vector<TaskWeight> tasks;
  };
  // Told what a person should know: who came, went, leads.
  using Notice = std::function<void(const std::string&)>;

  Member(Log& log, Options options, Notice notice);
  ~Member();

  // Reads the last assignment and reports.
  Result<> open();

  // Listens, reports and, as leader, assigns. `now` is of a clock that never goes back; `holdings` are this process's.
  // Errors: fenced when another process has started with the same identity; invalid, fatal. While the log is away
  // nothing happens.
  Result<> tick(Instant now, const std::vector<Holding>& holdings);

  // Tells the others that this process goes: it holds no task any more, or ends at once.
  // Errors: retry when they could not be told; they find out by the session timeout.
  Result<> leave();

  // What this process should be for the task, as far as it has heard.
  Role role(std::string_view task) const;
  // The same after a look at the ends of the topics, by the next tick. Errors: retry when none comes in time.
  Result<Role> fresh_role(std::string_view task);
  // Whether all tasks are assigned to processes that were heard of since this one was, and this one may begin its own.
  bool assigned() const;

 private:
  struct Peer {
    Report report;
    Milliseconds silence{0};
    bool fresh = false;  // heard since this process was
  };

  Result<> listen(Instant now);
  // Adds the values of the records that `reader` has, up to `end` at least when one is given. What was added stays when
  // that fails: no reader gives a record twice.
  Result<> read_to(Reader& reader, std::optional<Offset> end, std::vector<std::string>& values);
  Result<> hear(std::string_view json);
  Result<> report(Instant now, const std::vector<Holding>& holdings);
  Result<> lead();
  // A process that dies while it reports leaves a transaction open behind which nobody hears anything. Ends it.
  void clear_the_way(Instant now);
  bool lives(const Peer& peer) const { return peer.silence < options_.session_timeout; }
  std::map<std::string, Report> living() const;
  Role role_locked(std::string_view task) const;
  bool owned_by_another(std::string_view task) const;  // as living processes tell
  // Commits by `writer`, opening it first when there is none. Returns whether it was committed; drops the writer when
  // another try needs a new one.
  Result<bool> commit(std::unique_ptr<Writer>& writer, const std::string& id, const Outgoing& record);

  Log& log_;
  Options options_;
  Notice notice_;
  std::unique_ptr<Reader> control_;
  std::unique_ptr<Reader> assignments_;
  std::unique_ptr<Writer> reporter_;
  std::unique_ptr<Writer> assigner_;
  std::vector<std::string> reports_read_;  // and not heard yet
  std::vector<std::string> assignments_read_;
  std::optional<Instant> ticked_;
  std::optional<Instant> reported_;
  std::optional<Instant> cleared_;
  std::string last_reported_;  // holdings, as text
  std::uint64_t reports_ = 0;
  Milliseconds own_silence_{0};
  bool heard_self_ = false;
  bool led_ = false;

  mutable std::mutex mutex_;
  std::condition_variable refreshed_;
  std::map<std::string, Peer> peers_;  // all that were heard, this process too
  Assignment assignment_;
  std::uint64_t refreshes_asked_ = 0;
  std::uint64_t refreshes_done_ = 0;
};

}  // namespace engine
