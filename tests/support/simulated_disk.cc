#include "tests/support/simulated_disk.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace support {

using engine::Action;
using engine::fail;
using engine::File;
using engine::Result;

namespace {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

class SimulatedFile final : public File {
 public:
  SimulatedFile(SimulatedDisk& disk, std::shared_ptr<SimulatedDisk::Node> node, std::string path, bool writable)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), writable_(writable) {}

  Result<std::size_t> read(std::uint64_t position, char* out, std::size_t size) const override {
    const engine::MutexLock lock(disk_.mutex_);
    TRY(disk_.alive(path_));
    if (position >= node_->bytes.size()) return 0;
    const std::size_t count = std::min<std::size_t>(size, node_->bytes.size() - position);
    std::memcpy(out, node_->bytes.data() + position, count);
    return count;
  }

  Result<> write(std::uint64_t position, std::string_view bytes) override {
    CHECK(writable_);
    const engine::MutexLock lock(disk_.mutex_);
    return disk_.change(*node_, {position, std::string(bytes)}, path_);
  }

  Result<> write_all(std::uint64_t position, std::span<const std::string_view> pieces, Reread reread) override {
    if (reread == Reread::seldom) {
      const engine::MutexLock lock(disk_.mutex_);
      for (const std::string_view piece : pieces) disk_.seldom_bytes_ += piece.size();
    }
    return File::write_all(position, pieces, reread);
  }

  Result<> truncate(std::uint64_t size) override {
    CHECK(writable_);
    const engine::MutexLock lock(disk_.mutex_);
    return disk_.change(*node_, {size, std::nullopt}, path_);
  }

  Result<> sync() override {
    if (disk_.on_sync_) disk_.on_sync_();
    const engine::MutexLock lock(disk_.mutex_);
    return disk_.sync(*node_, path_);
  }

  Result<std::uint64_t> size() const override {
    const engine::MutexLock lock(disk_.mutex_);
    TRY(disk_.alive(path_));
    return node_->bytes.size();
  }

 private:
  SimulatedDisk& disk_;
  std::shared_ptr<SimulatedDisk::Node> node_;
  std::string path_;
  bool writable_;
};

void SimulatedDisk::die_after(std::uint64_t changes) {
  const engine::MutexLock lock(mutex_);
  changes_left_ = changes;
}

bool SimulatedDisk::dead() const {
  const engine::MutexLock lock(mutex_);
  return dead_;
}

void SimulatedDisk::revive() {
  const engine::MutexLock lock(mutex_);
  dead_ = false;
  changes_left_.reset();
}

void SimulatedDisk::lose_power() {
  const engine::MutexLock lock(mutex_);
  dead_ = false;
  changes_left_.reset();
  // A journalled file system keeps the order of changes to directories.
  unsynced_entries_.resize(random_.below(unsynced_entries_.size() + 1));
  for (const EntryChange& kept : unsynced_entries_) apply(durable_entries_, kept);
  unsynced_entries_.clear();
  for (const auto& [path, node] : durable_entries_) {
    const bool in_order = random_.coin();  // nothing is kept behind the first loss
    for (Write& write : node->unsynced) {
      const auto luck = random_.below(4);
      if (luck == 0) {
        if (in_order) break;
        continue;
      }
      if (luck == 1 && write.bytes) {
        write.bytes->resize(random_.below(write.bytes->size() + 1));
        apply(node->durable, write);
        if (in_order) break;
        continue;
      }
      apply(node->durable, write);
    }
    node->unsynced.clear();
    node->bytes = node->durable;
  }
  entries_ = durable_entries_;
}

void SimulatedDisk::set_capacity(std::optional<std::uint64_t> bytes) {
  const engine::MutexLock lock(mutex_);
  capacity_ = bytes;
}

std::uint64_t SimulatedDisk::used_now() const {
  std::uint64_t total = 0;
  for (const auto& [path, node] : entries_) total += node->bytes.size();
  return total;
}

std::uint64_t SimulatedDisk::used() const {
  const engine::MutexLock lock(mutex_);
  return used_now();
}

void SimulatedDisk::fail_next_sync() {
  const engine::MutexLock lock(mutex_);
  fail_next_sync_ = true;
}

std::uint64_t SimulatedDisk::syncs() const {
  const engine::MutexLock lock(mutex_);
  return syncs_;
}

std::uint64_t SimulatedDisk::seldom_bytes() const {
  const engine::MutexLock lock(mutex_);
  return seldom_bytes_;
}

std::string SimulatedDisk::contents(const std::string& path) const {
  const engine::MutexLock lock(mutex_);
  return entries_.at(path)->bytes;
}

void SimulatedDisk::put(const std::string& path, std::string bytes) {
  const engine::MutexLock lock(mutex_);
  directories_[directory_of(path)] = true;
  auto node = std::make_shared<Node>();
  node->bytes = bytes;
  node->durable = std::move(bytes);
  entries_[path] = node;
  durable_entries_[path] = std::move(node);
}

std::vector<std::string> SimulatedDisk::paths() const {
  const engine::MutexLock lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [path, node] : entries_) all.push_back(path);
  return all;
}

Result<> SimulatedDisk::alive(const std::string& path) const {
  if (!dead_) return {};
  return fail(Action::fatal, fmt::format("cannot use {}: the simulated process is dead", path));
}

bool SimulatedDisk::last_change() {
  if (!changes_left_ || --*changes_left_ > 0) return false;
  changes_left_.reset();
  dead_ = true;
  return true;
}

void SimulatedDisk::apply(std::string& bytes, const Write& write) {
  if (!write.bytes) {
    bytes.resize(write.position);
    return;
  }
  if (write.bytes->empty()) return;
  const std::size_t end = write.position + write.bytes->size();
  if (bytes.size() < end) bytes.resize(end);
  std::memcpy(bytes.data() + write.position, write.bytes->data(), write.bytes->size());
}

void SimulatedDisk::apply(Entries& entries, const EntryChange& change) {
  if (!change.removed.empty()) entries.erase(change.removed);
  if (!change.added.empty()) entries[change.added] = change.node;
}

Result<> SimulatedDisk::change_entries(EntryChange change, const std::string& path) {
  const bool last = last_change();
  if (!last || random_.coin()) {
    apply(entries_, change);
    unsynced_entries_.push_back(std::move(change));
  }
  return last ? alive(path) : Result<>{};
}

Result<> SimulatedDisk::change(Node& node, Write write, const std::string& path) {
  TRY(alive(path));
  const bool last = last_change();
  Result<> outcome = last ? alive(path) : Result<>{};
  if (write.bytes) {
    if (last) write.bytes->resize(random_.below(write.bytes->size() + 1));
    const std::uint64_t end = write.position + write.bytes->size();
    const std::uint64_t growth = end > node.bytes.size() ? end - node.bytes.size() : 0;
    const std::uint64_t used = capacity_ ? used_now() : 0;
    if (capacity_ && used + growth > *capacity_) {
      const std::uint64_t missing = std::min(used + growth - *capacity_, growth);
      write.bytes->resize(write.bytes->size() - std::min<std::uint64_t>(missing, write.bytes->size()));
      if (outcome) outcome = fail(Action::fatal, fmt::format("cannot write {}: no space left on the disk", path));
    }
  } else if (last && random_.coin()) {
    return outcome;
  }
  apply(node.bytes, write);
  node.unsynced.push_back(std::move(write));
  if (node.unsynced.size() > kUnsynced) {
    apply(node.durable, node.unsynced.front());
    node.unsynced.erase(node.unsynced.begin());
  }
  return outcome;
}

Result<> SimulatedDisk::sync(Node& node, const std::string& path) {
  TRY(alive(path));
  ++syncs_;
  if (fail_next_sync_) {
    fail_next_sync_ = false;
    return fail(Action::fatal, fmt::format("cannot sync {}: input/output error", path));
  }
  const bool last = last_change();
  if (!last || random_.coin()) {
    for (const Write& write : node.unsynced) apply(node.durable, write);
    node.unsynced.clear();
  }
  return last ? alive(path) : Result<>{};
}

Result<std::unique_ptr<File>> SimulatedDisk::open(const std::string& path, Mode mode) {
  const engine::MutexLock lock(mutex_);
  TRY(alive(path));
  if (!entries_.contains(path)) {
    if (mode == Mode::read) return fail(Action::fatal, fmt::format("cannot open {}: it is not there", path));
    if (!directories_.contains(directory_of(path))) {
      return fail(Action::fatal, fmt::format("cannot open {}: there is no such directory", path));
    }
    TRY(change_entries({directory_of(path), {}, path, std::make_shared<Node>()}, path));
  }
  return std::make_unique<SimulatedFile>(*this, entries_.at(path), path, mode == Mode::write);
}

Result<std::vector<std::string>> SimulatedDisk::list(const std::string& directory) const {
  const engine::MutexLock lock(mutex_);
  TRY(alive(directory));
  if (!directories_.contains(directory)) {
    return fail(Action::fatal, fmt::format("cannot list {}: it is not there", directory));
  }
  std::vector<std::string> names;
  for (const auto& [path, node] : entries_) {
    if (directory_of(path) == directory) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

Result<bool> SimulatedDisk::exists(const std::string& path) const {
  const engine::MutexLock lock(mutex_);
  TRY(alive(path));
  return entries_.contains(path);
}

Result<> SimulatedDisk::make_directories(const std::string& path) {
  const engine::MutexLock lock(mutex_);
  TRY(alive(path));
  directories_[path] = true;
  return {};
}

Result<> SimulatedDisk::rename(const std::string& from, const std::string& to) {
  const engine::MutexLock lock(mutex_);
  TRY(alive(from));
  const auto found = entries_.find(from);
  if (found == entries_.end()) return fail(Action::fatal, fmt::format("cannot rename {}: it is not there", from));
  return change_entries({directory_of(to), from, to, found->second}, from);
}

Result<> SimulatedDisk::remove(const std::string& path) {
  const engine::MutexLock lock(mutex_);
  TRY(alive(path));
  if (!entries_.contains(path)) return fail(Action::fatal, fmt::format("cannot remove {}: it is not there", path));
  return change_entries({directory_of(path), path, {}, nullptr}, path);
}

Result<> SimulatedDisk::sync_directory(const std::string& path) {
  const engine::MutexLock lock(mutex_);
  TRY(alive(path));
  const bool last = last_change();
  if (!last || random_.coin()) {
    std::vector<EntryChange> others;
    for (EntryChange& change : unsynced_entries_) {
      if (change.directory == path) {
        apply(durable_entries_, change);
      } else {
        others.push_back(std::move(change));
      }
    }
    unsynced_entries_ = std::move(others);
  }
  return last ? alive(path) : Result<>{};
}

}  // namespace support
