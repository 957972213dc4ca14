#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/types.h"

namespace topics {

// The instant of an RFC 3339 timestamp, to the millisecond (further digits are cut). Nothing if it is malformed, has no
// zone, or has a year outside 1900..2200.
std::optional<engine::Instant> parse_rfc3339(std::string_view text);

// `time` in RFC 3339, in the zone `offset_seconds` east of UTC ("Z" for 0); milliseconds only if they are not 0.
std::string format_rfc3339(engine::Instant time, int offset_seconds = 0);

// The same, appended to `out`.
void append_rfc3339(std::string& out, engine::Instant time, int offset_seconds = 0);

// The same at `to`, where there is room for kMaxRfc3339 characters. Returns the end.
inline constexpr std::size_t kMaxRfc3339 = 48;
char* put_rfc3339(char* to, engine::Instant time, int offset_seconds = 0);

}  // namespace topics
