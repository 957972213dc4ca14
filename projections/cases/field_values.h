#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "engine/bytes.h"
#include "engine/types.h"
#include "topics/catalogue.h"

namespace projections {

// What a fact holds beside fields of its event's data. The numbers are part of the row format; no Field has them.
// 240 to 243 are kept for the attributes statement, asof, batch and backfill.
enum class Attribute : std::uint8_t {
  type = 250,      // of a kept fact: the event's type, as it was written
  conflict = 255,  // conditional on a version that the row did not have; its value is empty
};
static_assert(topics::kFieldCount <= 240);

// The texts of a list. A view into a FieldValues.
class TextList {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    Iterator() : rest_(std::string_view()) {}
    explicit Iterator(std::string_view bytes) : rest_(bytes) { ++*this; }
    std::string_view operator*() const { return text_; }
    Iterator& operator++() {
      at_end_ = rest_.done();
      text_ = rest_.string();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(std::default_sentinel_t) const { return at_end_; }

   private:
    engine::ByteReader rest_;
    std::string_view text_;
    bool at_end_ = true;
  };

  explicit TextList(std::string_view bytes) : bytes_(bytes) {}
  Iterator begin() const { return Iterator(bytes_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view bytes_;
};

// The fields that a fact holds: pairs of a tag (the number of a topics::Field, or an Attribute) and a value, in one
// piece of memory, as the row format has them. A value is read when it is asked for. The memory lies in the object
// itself while the pairs are short in all: rows are decoded and folded for each event.
//
//   pairs   n times: u8 tag | varint bytes | value; ascending by tag, none twice
//   value   by the kind of the field
//           string, decimal     the text
//           integer, instant    signed varint; instants in ms since 1970
//           boolean             u8 0 or 1
//           strings             each with its length as a varint
//           personal            u64: hash of the text, whatever its kind
//
// Ownership: what it returns views its memory, until it is changed or moved.
class FieldValues {
 public:
  struct Pair {
    std::uint8_t tag = 0;
    std::string_view value;

    topics::Field field() const { return static_cast<topics::Field>(tag); }  // REQUIRES: topics::is_field(tag)
    std::int64_t integer() const { return engine::ByteReader(value).integer(); }
    engine::Instant instant() const { return engine::instant(integer()); }
    bool boolean() const { return value != std::string_view("\0", 1); }
    TextList strings() const { return TextList(value); }
  };

  class Iterator {
   public:
    using value_type = Pair;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { read(); }
    const Pair& operator*() const { return pair_; }
    const Pair* operator->() const { return &pair_; }
    Iterator& operator++() {
      rest_.remove_prefix(size_);
      read();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(std::default_sentinel_t) const { return rest_.empty(); }

   private:
    // REQUIRES: what lies before the end is whole, as are_pairs() says.
    void read() {
      if (rest_.empty()) return;
      std::size_t head = 2;
      std::size_t bytes = static_cast<unsigned char>(rest_[1]);
      if (bytes >= 0x80) {
        engine::ByteReader in(rest_.substr(1));
        bytes = in.varint();
        head = rest_.size() - in.rest().size();
      }
      pair_ = {static_cast<std::uint8_t>(rest_[0]), rest_.substr(head, bytes)};
      size_ = head + bytes;
    }

    std::string_view rest_;
    Pair pair_;
    std::size_t size_ = 0;
  };

  // Whether the bytes are pairs. In a damaged row tags may be unknown and values of any size: they are read as
  // something.
  static bool are_pairs(std::string_view bytes);

  Iterator begin() const { return Iterator(bytes()); }
  std::default_sentinel_t end() const { return {}; }
  std::optional<Pair> find(std::uint8_t tag) const {
    for (const Pair& pair : *this) {
      if (pair.tag < tag) continue;
      if (pair.tag == tag) return pair;
      break;
    }
    return std::nullopt;
  }

  // REQUIRES: `tag` lies above all that are there.
  void append(std::uint8_t tag, std::string_view value);
  void append_integer(std::uint8_t tag, std::int64_t value);
  void erase(std::uint8_t tag);
  // REQUIRES: are_pairs(bytes).
  void assign(std::string_view bytes);

  std::string_view bytes() const { return {size_ <= kInline ? short_.data() : long_.data(), size_}; }
  std::size_t memory() const { return long_.capacity() > 15 ? long_.capacity() + 16 : 0; }
  friend bool operator==(const FieldValues& a, const FieldValues& b) { return a.bytes() == b.bytes(); }

 private:
  static constexpr std::size_t kInline = 84;
  // Room for `more` bytes behind those that are there.
  char* grow(std::size_t more);

  std::uint32_t size_ = 0;
  std::array<char, kInline> short_;  // the pairs, when they fit; what lies behind them means nothing
  std::string long_;                 // the pairs, when they do not
};

}  // namespace projections
