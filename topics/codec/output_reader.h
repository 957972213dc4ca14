#pragma once

#include <simdjson.h>

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types.h"
#include "topics/codec/event.h"

namespace topics {

// Reads an output event member by member. After one that is missing or of another kind, rejection() names it and all
// further values are empty: check it once at the end.
//
// Threads: confined to one thread.
class OutputReader {
 public:
  using Object = simdjson::dom::object;

  // `value` is checked to be an event with an object as data, whose type begins with `type`.
  OutputReader(std::string_view value, std::string_view type);

  const Object& event() const { return event_; }
  const Object& data() const { return data_; }

  std::string text(const Object& object, std::string_view name);
  std::string text_or_empty(const Object& object, std::string_view name);
  std::int64_t integer(const Object& object, std::string_view name);
  std::optional<std::int64_t> integer_if_any(const Object& object, std::string_view name);
  bool boolean_or_false(const Object& object, std::string_view name);
  engine::Instant instant(const Object& object, std::string_view name);
  std::optional<engine::Instant> instant_if_any(const Object& object, std::string_view name);
  std::vector<std::string> texts_or_none(const Object& object, std::string_view name);
  Object object(const Object& parent, std::string_view name);
  // Nothing when it is not an array.
  std::optional<simdjson::dom::array> array(const Object& parent, std::string_view name);
  std::optional<simdjson::dom::array> array_if_any(const Object& parent, std::string_view name);

  // An integer that has to fit T.
  template <class T>
  T small(const Object& object, std::string_view name) {
    const std::int64_t value = integer(object, name);
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
      reject(Reason::wrong_type, std::string(name) + " is out of range");
      return 0;
    }
    return static_cast<T>(value);
  }

  void reject(Reason reason, std::string detail);
  bool failed() const { return rejection_.has_value(); }

  // `value`, or why it could not be read.
  template <class T>
  std::expected<T, Rejection> finish(T value) {
    if (rejection_) return std::unexpected(std::move(*rejection_));
    return value;
  }

 private:
  template <class T>
  std::optional<T> get(const Object& object, std::string_view name, bool required, std::string_view kind);
  std::optional<engine::Instant> parsed(std::optional<std::string_view> value, std::string_view name);

  simdjson::dom::parser parser_;
  Object event_;
  Object data_;
  std::optional<Rejection> rejection_;
};

}  // namespace topics
