#include "projections/stage/key_queues.h"

#include <algorithm>

#include "engine/bytes.h"

namespace projections {
namespace {

constexpr std::uint64_t kBlock = 64;  // keys in a block

std::string key_of(std::uint64_t queue) {
  std::string key;
  engine::put_big_endian(key, queue);
  return key;
}

std::string key_of(std::uint64_t queue, std::uint64_t block) {
  std::string key = key_of(queue);
  engine::put_big_endian(key, block);
  return key;
}

}  // namespace

void QueueBlock::encode(std::string& out) const {
  engine::put_fixed(out, kFormat);
  engine::put_varint(out, keys.size());
  for (const std::string& key : keys) engine::put_string(out, key);
}

bool QueueBlock::decode(std::string_view bytes) {
  engine::ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return false;
  keys.clear();
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) keys.emplace_back(in.string());
  return in.complete();
}

void QueueEnds::encode(std::string& out) const {
  engine::put_fixed(out, kFormat);
  engine::put_varint(out, first);
  engine::put_varint(out, next);
}

bool QueueEnds::decode(std::string_view bytes) {
  engine::ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return false;
  first = in.varint();
  next = in.varint();
  return in.complete();
}

KeyQueues::KeyQueues(engine::State& state, const std::string& name)
    : state_(state), blocks_(state, name), stored_(state, name + "_ends") {}

void KeyQueues::restore() {
  queues_.clear();
  stored_.scan("", "", [&](std::string_view key, const QueueEnds& ends) {
    std::uint64_t queue = 0;
    for (const char c : key) queue = queue << 8 | static_cast<unsigned char>(c);
    queues_[queue].ends = ends;
    return true;
  });
  for (auto& [number, queue] : queues_) {
    queue.written = queue.ends.first;
    if (queue.ends.next % kBlock == 0) continue;
    if (const QueueBlock* tail = blocks_.find(key_of(number, queue.ends.next / kBlock)); tail != nullptr) {
      queue.tail = tail->keys;
    }
  }
}

void KeyQueues::push(std::uint64_t number, std::string_view key) {
  Queue& queue = queues_[number];
  queue.tail.emplace_back(key);
  ++queue.ends.next;
  queue.moved = true;
  if (queue.ends.next % kBlock != 0) return;
  blocks_.upsert(key_of(number, queue.ends.next / kBlock - 1)).keys = queue.tail;
  queue.tail.clear();
}

std::optional<std::string> KeyQueues::pop(std::uint64_t number) {
  const auto at = queues_.find(number);
  if (at == queues_.end() || at->second.ends.first == at->second.ends.next) return std::nullopt;
  Queue& queue = at->second;
  const std::uint64_t block = queue.ends.first / kBlock;
  const std::vector<std::string>* keys = &queue.tail;
  if (block != queue.ends.next / kBlock) {
    if (queue.head_number != block) {
      const QueueBlock* stored = blocks_.find(key_of(number, block));
      if (stored == nullptr) {
        report_loss();
        return std::nullopt;
      }
      queue.head = stored->keys;
      queue.head_number = block;
    }
    keys = &queue.head;
  }
  const std::size_t index = queue.ends.first % kBlock;
  if (index >= keys->size()) {
    report_loss();
    return std::nullopt;
  }
  queue.moved = true;
  ++queue.ends.first;
  return (*keys)[index];
}

std::span<const std::string> KeyQueues::upcoming(std::uint64_t number) const {
  const auto at = queues_.find(number);
  if (at == queues_.end()) return {};
  const Queue& queue = at->second;
  const std::uint64_t block = queue.ends.first / kBlock;
  const std::size_t from = queue.ends.first % kBlock;
  const bool in_tail = block == queue.ends.next / kBlock;
  if (!in_tail && queue.head_number != block) return {};
  const std::vector<std::string>& keys = in_tail ? queue.tail : queue.head;
  return std::span(keys).subspan(std::min(from, keys.size()));
}

void KeyQueues::report_loss() {
  state_.set_error(
      {engine::Action::corrupt, "a queue in table " + blocks_.name() + " lacks keys; rebuild the state from the logs"});
}

std::uint64_t KeyQueues::size(std::uint64_t number) const {
  const auto at = queues_.find(number);
  return at == queues_.end() ? 0 : at->second.ends.next - at->second.ends.first;
}

std::map<std::uint64_t, QueueEnds> KeyQueues::ends() const {
  std::map<std::uint64_t, QueueEnds> all;
  for (const auto& [number, queue] : queues_) all[number] = queue.ends;
  return all;
}

void KeyQueues::end_step() {
  for (auto& [number, queue] : queues_) {
    if (!queue.moved) continue;
    queue.moved = false;
    const std::uint64_t last = queue.ends.next / kBlock;
    for (std::uint64_t block = queue.written / kBlock; block < queue.ends.first / kBlock; ++block) {
      blocks_.erase(key_of(number, block));
    }
    queue.written = queue.ends.first;
    if (!queue.tail.empty()) blocks_.upsert(key_of(number, last)).keys = queue.tail;
    stored_.upsert(key_of(number)) = queue.ends;
  }
}

}  // namespace projections
