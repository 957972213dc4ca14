#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/log/disk.h"
#include "engine/mutex.h"
#include "tests/support/random.h"

namespace support {

// A disk in memory that can lose power, stop in the middle of a write, and fill up.
//
//   death of the process   everything written stays; the write that was under way is done in part
//   power loss             what was synced stays; of every later write of a file a prefix, all or nothing stays, and of
//                          the changes to directories since their last sync the first few
//   full                   a write does what fits, and fails
//
// Simplifications: directories themselves are durable when made; the oldest unsynced writes of a file reach the disk
// by themselves once there are more than kUnsynced.
// Threads: any.
class SimulatedDisk final : public engine::Disk {
 public:
  explicit SimulatedDisk(std::uint64_t seed) : random_(seed) {}

  // Stops in the change number `changes` from now (1 = the next one): a write is done in part, another change is done
  // or not. All that follows fails until revive().
  void die_after(std::uint64_t changes);
  bool dead() const;
  void revive();
  // Loses power and has it again. REQUIRES: no open file is used afterwards.
  void lose_power();
  // How many bytes all files may hold; nothing = no limit.
  void set_capacity(std::optional<std::uint64_t> bytes);
  std::uint64_t used() const;
  // The next sync of a file fails.
  void fail_next_sync();
  std::uint64_t syncs() const;         // of files, since the beginning
  std::uint64_t seldom_bytes() const;  // written to be read again seldom, since the beginning
  // Called at the beginning of each sync of a file; it may block. Set before the files are used.
  void on_sync(std::function<void()> hook) { on_sync_ = std::move(hook); }

  // The bytes of a file as they are now. REQUIRES: it is there.
  std::string contents(const std::string& path) const;
  // Puts a file there, durably.
  void put(const std::string& path, std::string bytes);
  std::vector<std::string> paths() const;

  engine::Result<std::unique_ptr<engine::File>> open(const std::string& path, Mode mode) override;
  engine::Result<std::vector<std::string>> list(const std::string& directory) const override;
  engine::Result<bool> exists(const std::string& path) const override;
  engine::Result<> make_directories(const std::string& path) override;
  engine::Result<> rename(const std::string& from, const std::string& to) override;
  engine::Result<> remove(const std::string& path) override;
  engine::Result<> sync_directory(const std::string& path) override;

 private:
  friend class SimulatedFile;
  static constexpr std::size_t kUnsynced = 64;

  struct Write {
    std::uint64_t position = 0;  // the new size, when it is a truncation
    std::optional<std::string> bytes;
  };
  struct Node {
    std::string bytes;
    std::string durable;
    std::vector<Write> unsynced;
  };
  using Entries = std::map<std::string, std::shared_ptr<Node>>;
  struct EntryChange {
    std::string directory;
    std::string removed;  // empty when nothing is
    std::string added;    // empty when nothing is
    std::shared_ptr<Node> node;
  };

  engine::Result<> alive(const std::string& path) const GRIDLOOP_REQUIRES(mutex_);
  // Whether the change that begins now is the one in which the disk stops.
  bool last_change() GRIDLOOP_REQUIRES(mutex_);
  static void apply(std::string& bytes, const Write& write);
  static void apply(Entries& entries, const EntryChange& change);
  engine::Result<> change_entries(EntryChange change, const std::string& path) GRIDLOOP_REQUIRES(mutex_);
  engine::Result<> change(Node& node, Write write, const std::string& path) GRIDLOOP_REQUIRES(mutex_);
  engine::Result<> sync(Node& node, const std::string& path) GRIDLOOP_REQUIRES(mutex_);
  std::uint64_t used_now() const GRIDLOOP_REQUIRES(mutex_);

  mutable engine::Mutex mutex_;
  Random random_ GRIDLOOP_GUARDED_BY(mutex_);
  Entries entries_ GRIDLOOP_GUARDED_BY(mutex_);
  Entries durable_entries_ GRIDLOOP_GUARDED_BY(mutex_);
  std::vector<EntryChange> unsynced_entries_ GRIDLOOP_GUARDED_BY(mutex_);
  std::map<std::string, bool> directories_ GRIDLOOP_GUARDED_BY(mutex_);
  std::optional<std::uint64_t> changes_left_ GRIDLOOP_GUARDED_BY(mutex_);
  bool dead_ GRIDLOOP_GUARDED_BY(mutex_) = false;
  bool fail_next_sync_ GRIDLOOP_GUARDED_BY(mutex_) = false;
  std::optional<std::uint64_t> capacity_ GRIDLOOP_GUARDED_BY(mutex_);
  std::uint64_t syncs_ GRIDLOOP_GUARDED_BY(mutex_) = 0;
  std::uint64_t seldom_bytes_ GRIDLOOP_GUARDED_BY(mutex_) = 0;
  std::function<void()> on_sync_;
};

}  // namespace support
