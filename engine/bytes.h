#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace engine {

// Binary encoding of rows, schedule records and the journal. Integers are little-endian when fixed, LEB128 when
// varint, zigzag when signed; strings are a varint length and the bytes. Keys use big-endian so that bytes sort like
// the numbers do.

inline constexpr std::size_t kMaxVarint = 10;  // bytes

// At `to`, where there is room. Returns the end.
inline char* put_varint(char* to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}

inline char* put_string(char* to, std::string_view value) {
  to = put_varint(to, value.size());
  if (!value.empty()) std::memcpy(to, value.data(), value.size());
  return to + value.size();
}

inline void put_varint(std::string& out, std::uint64_t value) {
  if (value < 0x80) return out.push_back(static_cast<char>(value));
  char bytes[kMaxVarint];
  const auto size = static_cast<std::size_t>(put_varint(bytes, value) - bytes);
  if (size > kMaxVarint) __builtin_unreachable();  // else GCC 12 warns of what cannot be
  out.append(bytes, size);
}

inline void put_signed(std::string& out, std::int64_t value) {
  put_varint(out, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

inline void put_string(std::string& out, std::string_view value) {
  put_varint(out, value.size());
  out.append(value);
}

template <class T>
void put_fixed(std::string& out, T value) {
  static_assert(std::is_trivially_copyable_v<T>);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

inline void put_big_endian(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

// Signed numbers so that their bytes sort as they do.
inline void put_sortable(std::string& out, std::int64_t value) {
  put_big_endian(out, static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63));
}

inline std::int64_t sortable_at(std::string_view bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return static_cast<std::int64_t>(value ^ (std::uint64_t{1} << 63));
}

// Reads what the put_ functions wrote. After bytes that do not fit, failed() is true and all further values are zero
// or empty: check it once at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty() || failed_; }
  bool failed() const { return failed_; }
  bool complete() const { return rest_.empty() && !failed_; }
  std::string_view rest() const { return rest_; }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }

  std::int64_t integer() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }

  std::string_view string() { return bytes(varint()); }

  std::string_view bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }

  template <class T>
  T fixed() {
    T value{};
    const std::string_view raw = bytes(sizeof(T));
    if (raw.size() == sizeof(T)) std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }

 private:
  std::uint64_t fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace engine
