#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace topics {

// RFC 4648, section 4: with padding, without line breaks.
std::string to_base64(std::string_view bytes);

// Nothing if `text` is not an output of to_base64().
std::optional<std::string> from_base64(std::string_view text);

}  // namespace topics
