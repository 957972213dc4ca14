#include "engine/log/log.h"

#include <algorithm>

namespace engine {

std::string encode_headers(const Headers& headers) {
  std::string out;
  for (const auto& [name, value] : headers) {
    put_string(out, name);
    put_string(out, value);
  }
  return out;
}

Headers decode_headers(std::string_view encoded) {
  Headers headers;
  ByteReader in(encoded);
  while (!in.done()) {
    std::string name(in.string());
    std::string value(in.string());
    if (in.failed()) return {};
    headers.emplace_back(std::move(name), std::move(value));
  }
  return headers;
}

void OutgoingBatch::add(std::string_view key, std::string_view value, std::string_view headers) {
  const std::size_t before = bytes.size();
  const std::size_t size = key.size() + value.size() + headers.size();
  bytes.resize_and_overwrite(before + 1 + 3 * kMaxVarint + size, [&](char* begin, std::size_t) {
    char* at = begin + before;
    *at++ = 0;
    at = put_string(put_string(put_string(at, key), value), headers);
    return static_cast<std::size_t>(at - begin);
  });
  largest = std::max(largest, size);
  ++records;
}

void Batch::clear() {
  records_.clear();
  held_.clear();
}

const std::string& Batch::hold(std::string bytes) {
  bytes.reserve(bytes.size() + 64);  // the padding that JSON parsers read
  held_.push_back(std::make_unique<std::string>(std::move(bytes)));
  return *held_.back();
}

Partition partition_of(std::string_view key, std::uint32_t partitions) {
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  constexpr int kShift = 24;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(key[i])); };
  const std::size_t length = key.size();
  std::uint32_t hash = 0x9747b28cu ^ static_cast<std::uint32_t>(length);
  std::size_t i = 0;
  for (; i + 4 <= length; i += 4) {
    std::uint32_t k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    k *= kMultiplier;
    k ^= k >> kShift;
    k *= kMultiplier;
    hash *= kMultiplier;
    hash ^= k;
  }
  switch (length - i) {
    case 3:
      hash ^= byte(i + 2) << 16;
      [[fallthrough]];
    case 2:
      hash ^= byte(i + 1) << 8;
      [[fallthrough]];
    case 1:
      hash ^= byte(i);
      hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return Partition{(hash & 0x7fffffffu) % partitions};
}

}  // namespace engine
