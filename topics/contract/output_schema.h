#pragma once

#include <string_view>
#include <vector>

#include "engine/json.h"
#include "topics/outputs/output_types.h"

namespace topics {

// What the stages write, as JSON Schemas. A test compares the schemas with what encode() of outputs.h writes.

// Every type, in the order of the contract.
const std::vector<OutputType>& output_types();
const OutputType* find_output_type(std::string_view name);  // nullptr when there is none

// Writes the members of an object schema, without its brackets.
void write_output_schema(engine::JsonWriter& json, const OutputType& type);

}  // namespace topics
