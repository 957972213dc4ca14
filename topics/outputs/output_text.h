#pragma once

#include <string>
#include <string_view>

#include "engine/types.h"

namespace topics {

// Appends an output event as one line: `data` is its JSON object, "gridloop/<stage>" its source.
void append_output(std::string& out, std::string_view stage, std::string_view id, std::string_view type,
                   std::string_view subject, engine::Instant time, std::string_view data);

// The stage of a task: "cases" of "cases-3".
std::string_view stage_of(std::string_view task);

}  // namespace topics
