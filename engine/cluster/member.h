#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/cluster/assignment.h"
#include "engine/log/log.h"
#include "engine/mutex.h"

namespace engine {

// One of the processes that share the tasks of a deployment.
//
//   each process   reports in `control`, every report interval, what it holds
//   silence        counts only while a process receives its own reports, and by at most one report interval a tick: a
//                  paused process, or one whose broker was unreachable, declares no process dead before it has polled
//                  for a session timeout
//   leader         the process that wrote the last assignment while it lives, else the live process with the least
//                  identity; the transactional id that all leaders share fences the previous one
//   handover       a new owner of a task waits, as a standby, until no live process reports that it owns the task
//
// Safety does not depend on it: two owners of a task fence each other, and the schedule shows which came last.
//
// Threads: open(), tick() and leave() from one thread; role() and confirmed_role() from any.
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
  // Receives what an operator should know: processes that join, leave or lead.
  using Notice = std::function<void(const std::string&)>;

  Member(Log& log, Options options, Notice notice);
  ~Member();

  // Reads the last assignment and reports.
  Result<> open();

  // Polls, reports and, as leader, assigns. `now` is of a clock that never goes back; `holdings` are this process's.
  // Errors: fenced when another process has started with the same identity; invalid, fatal. While the log is
  // unavailable nothing happens.
  Result<> tick(Instant now, const std::vector<Holding>& holdings);

  // Reports that this process leaves: it holds no task any longer, or ends at once.
  // Errors: retry when the report was not committed; the others find out by the session timeout.
  Result<> leave();

  // The role of this process for the task, by the records polled so far.
  Role role(std::string_view task) const;
  // The same after the next tick has read both topics to their ends. Errors: retry when no tick comes in time.
  Result<Role> confirmed_role(std::string_view task);
  // Whether all tasks are assigned to processes that have reported since this one did, and this one may begin its own.
  bool assigned() const;

 private:
  struct Peer {
    Report report;
    Milliseconds silence{0};
    bool fresh = false;  // has reported since this process did
  };

  Result<> poll(Instant now);
  // Adds the values of the records that `reader` has, up to `end` at least when one is given. What was added stays when
  // that fails: no reader gives a record twice.
  Result<> read_to(Reader& reader, std::optional<Offset> end, std::vector<std::string>& values);
  Result<> receive(std::string_view json) GRIDLOOP_REQUIRES(mutex_);
  Result<> report(Instant now, const std::vector<Holding>& holdings);
  Result<> lead();
  // A process that dies while it reports leaves an open transaction, behind which no record is readable. Aborts it.
  void abort_dangling_writers(Instant now);
  bool lives(const Peer& peer) const { return peer.silence < options_.session_timeout; }
  std::map<std::string, Report> living() const GRIDLOOP_REQUIRES(mutex_);
  Role role_locked(std::string_view task) const GRIDLOOP_REQUIRES(mutex_);
  bool owned_by_another(std::string_view task) const GRIDLOOP_REQUIRES(mutex_);  // by the reports of live processes
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
  std::vector<std::string> reports_read_;  // and not applied yet
  std::vector<std::string> assignments_read_;
  std::optional<Instant> ticked_;
  std::optional<Instant> reported_;
  std::optional<Instant> aborted_dangling_;
  std::string last_reported_;  // holdings, as text
  std::uint64_t reports_ = 0;
  Milliseconds own_silence_{0};
  bool received_own_ = false;
  bool led_ = false;

  mutable Mutex mutex_;
  Condition refreshed_;
  std::map<std::string, Peer> peers_ GRIDLOOP_GUARDED_BY(mutex_);  // all that have reported, including this process
  Assignment assignment_ GRIDLOOP_GUARDED_BY(mutex_);
  std::uint64_t refreshes_requested_ GRIDLOOP_GUARDED_BY(mutex_) = 0;
  std::uint64_t refreshes_done_ GRIDLOOP_GUARDED_BY(mutex_) = 0;
};

}  // namespace engine
