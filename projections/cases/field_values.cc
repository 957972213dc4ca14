#include "projections/cases/field_values.h"

#include <algorithm>
#include <cstring>

namespace projections {

bool FieldValues::are_pairs(std::string_view bytes) {
  unsigned last = 0;
  for (engine::ByteReader in(bytes); !in.done();) {
    const auto tag = in.fixed<std::uint8_t>();
    in.string();
    if (in.failed() || tag <= last) return false;
    last = tag;
  }
  return true;
}

char* FieldValues::grow(std::size_t more) {
  const std::size_t size = size_ + more;
  if (size > kInline) {
    if (size_ <= kInline) long_.assign(short_.data(), size_);
    long_.resize(size);
  }
  char* const end = (size <= kInline ? short_.data() : long_.data()) + size_;
  size_ = static_cast<std::uint32_t>(size);
  return end;
}

void FieldValues::append(std::uint8_t tag, std::string_view value) {
  char length[engine::kMaxVarint];
  const auto digits = static_cast<std::size_t>(engine::put_varint(length, value.size()) - length);
  char* at = grow(1 + digits + value.size());
  *at++ = static_cast<char>(tag);
  at = std::ranges::copy_n(length, static_cast<std::ptrdiff_t>(digits), at).out;
  if (!value.empty()) std::memcpy(at, value.data(), value.size());
}

void FieldValues::append_integer(std::uint8_t tag, std::int64_t value) {
  char bytes[engine::kMaxVarint];
  const char* const end =
      engine::put_varint(bytes, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  append(tag, {bytes, static_cast<std::size_t>(end - bytes)});
}

void FieldValues::erase(std::uint8_t tag) {
  std::string others;
  for (const Pair& pair : *this) {
    if (pair.tag == tag) continue;
    others.push_back(static_cast<char>(pair.tag));
    engine::put_string(others, pair.value);
  }
  assign(others);
}

void FieldValues::assign(std::string_view bytes) {
  size_ = static_cast<std::uint32_t>(bytes.size());
  if (bytes.size() > kInline) {
    long_ = bytes;
  } else if (!bytes.empty()) {
    std::memcpy(short_.data(), bytes.data(), bytes.size());
  }
}

}  // namespace projections
