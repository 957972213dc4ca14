#pragma once

#include <string>
#include <string_view>

namespace topics {

// The topics and their events as an AsyncAPI 3.0 document in JSON, laid out. Operations are those of Gridloop: it
// receives inputs and sends outputs. `prefix` is that of the topics.
std::string asyncapi(std::string_view prefix);

}  // namespace topics
