#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace topics {

// RFC 4648, section 4: with padding, without line breaks.
std::string to_base64(std::string_view bytes);

// Nothing when `text` is not what to_base64() writes.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace topics
