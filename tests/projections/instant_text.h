#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/types.h"
#include "topics/codec/rfc3339.h"

namespace projections_test {

// The instant that `text` names, as in RFC 3339, but the seconds may be left out: "2026-03-02T09:00+08:00".
inline std::optional<engine::Instant> parse_instant(std::string_view text) {
  constexpr std::size_t kMinutes = 16;  // bytes of "2026-03-02T09:00"
  if (text.size() > kMinutes && text[10] == 'T' && text[13] == ':' && text[kMinutes] != ':') {
    return topics::parse_rfc3339(std::string(text.substr(0, kMinutes)) + ":00" + std::string(text.substr(kMinutes)));
  }
  return topics::parse_rfc3339(text);
}

}  // namespace projections_test
