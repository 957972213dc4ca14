#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/json.h"
#include "topics/catalogue.h"

namespace topics {

// The catalogue and the outputs as JSON Schema 2020-12, for programs in any language.
//
// A schema of an input is for its writers. What it accepts the decoder accepts, but for what no schema can say: limits
// in bytes, integers beyond 64 bits, days that no month has, a time ahead of the log. It knows a type and its fields by
// their own names alone; the decoder reads aliases too. A schema of an output lists each member that there can be.

// Raised with a change that readers or writers of the version before could not bear (tests/topics/contract/compatibility.py).
inline constexpr int kContractVersion = 2;

// The types that have a schema: inputs in the order of the catalogue, then outputs.
std::vector<std::string_view> schema_types();

// The schema of the type of that name (no alias), laid out; nothing when there is no such type.
std::optional<std::string> json_schema(std::string_view type);

// Parts of schemas, for documents that embed them.

// The attributes of an input: an object whose type and data are left open.
void write_envelope_schema(engine::JsonWriter& json);
// What an input of `type` has beside that: its type and its data. Refers to what write_common_fields() writes.
void write_body_schema(engine::JsonWriter& json, const TypeSpec& type);
// The fields that most inputs may have (who did it, and the version that it was decided on), as members of
// #/components/schemas: "field.actor" ...
void write_common_fields(engine::JsonWriter& json);
// Whether those are among them.
bool is_common(Field field);
// An attribute as it is written: "id", "source", "subject", "time", "correlationid" ...
void write_attribute_schema(engine::JsonWriter& json, std::string_view attribute);

// Writes the member "pattern" of an RFC 3339 time with a zone.
void write_time_pattern(engine::JsonWriter& json);

}  // namespace topics
