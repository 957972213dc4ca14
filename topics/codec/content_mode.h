#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "engine/log/log.h"
#include "topics/codec/event.h"

namespace topics {

// How a record carries its event, after CloudEvents' Kafka protocol binding 1.0.2: in structured mode the value is the
// whole event as JSON, in binary mode the attributes are headers named ce_<attribute> and the value is the data. Header
// values are UTF-8 and are not percent-decoded. Both modes give equal events.

enum class ContentMode : std::uint8_t { structured, binary };

inline constexpr std::string_view kContentTypeHeader = "content-type";
inline constexpr std::string_view kAttributeHeaderPrefix = "ce_";
inline constexpr std::string_view kStructuredContentType = "application/cloudevents+json";

// Iterates over encoded headers without copying them. It ends early at damaged ones.
//
//   for (HeaderCursor header(record.headers); header.next();) use(header.name(), header.value());
class HeaderCursor {
 public:
  explicit HeaderCursor(std::string_view encoded) : rest_(encoded) {}
  bool next();
  std::string_view name() const { return name_; }
  std::string_view value() const { return value_; }

 private:
  std::string_view rest_;
  std::string_view name_;
  std::string_view value_;
};

// The mode of a record with these headers (as engine::encode_headers() writes them). A content-type that begins with
// application/cloudevents selects structured mode, whatever the other headers; without one, ce_specversion selects
// binary mode; a record with neither is structured.
// Errors: unsupported_content for a batch and for formats other than JSON; contradiction for two content types.
std::expected<ContentMode, Rejection> content_mode(std::string_view headers);

// Whether any header is named as an attribute.
bool has_attribute_headers(std::string_view headers);

// An event in binary mode.
struct BinaryEvent {
  engine::Headers headers;
  std::string value;  // the data without white space; empty if there is none
};

// The structured `event` in binary mode, with all of its attributes.
// REQUIRES: a Decoder accepts `event`. Errors: wrong_type if an extension attribute is an object or an array, which a
// header cannot hold.
std::expected<BinaryEvent, Rejection> to_binary(std::string_view event);

// The record in structured mode, as one line. Nothing if it is not in binary mode or its value is not JSON text.
std::optional<std::string> to_structured(std::string_view value, std::string_view headers);

}  // namespace topics
