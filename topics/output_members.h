#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/types.h"
#include "topics/encode.h"
#include "topics/json.h"

namespace topics {

// Writes members of an output's data to `out`, in the order of the calls, and leaves out what says nothing. Allocates
// nothing but what `out` needs.
//
// REQUIRES: `json` writes to `out`, and is within an object.
class OutputMembers {
 public:
  OutputMembers(std::string& out, JsonWriter& json) : out_(out), json_(json) {}

  OutputMembers& text(std::string_view name, std::string_view value) {  // unless it is empty
    if (!value.empty()) json_.key(name).string(value);
    return *this;
  }
  OutputMembers& integer(std::string_view name, std::optional<std::int64_t> value) {
    if (value) json_.key(name).integer(*value);
    return *this;
  }
  OutputMembers& count(std::string_view name, std::int64_t value) {  // unless it is 0
    if (value != 0) json_.key(name).integer(value);
    return *this;
  }
  OutputMembers& flag(std::string_view name, bool value) {  // unless it is false
    if (value) json_.key(name).boolean(true);
    return *this;
  }
  OutputMembers& instant(std::string_view name, std::optional<engine::Instant> value) {
    if (!value) return *this;
    json_.key(name).raw("\"");
    append_rfc3339(out_, *value);
    out_ += '"';
    return *this;
  }
  template <class Texts>
  OutputMembers& texts(std::string_view name, const Texts& values) {  // unless there are none
    if (values.empty()) return *this;
    json_.key(name).begin_array();
    for (const std::string_view value : values) json_.string(value);
    json_.end_array();
    return *this;
  }

 private:
  std::string& out_;
  JsonWriter& json_;
};

}  // namespace topics
