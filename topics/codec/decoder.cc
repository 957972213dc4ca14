#include <simdjson.h>

#include <optional>
#include <string>
#include <utility>

#include "engine/result.h"
#include "topics/codec/content_mode.h"
#include "topics/codec/event.h"
#include "topics/codec/event_reader.h"

namespace topics {

namespace {

constexpr bool kMayCopy = false;

// What readers of the text may touch beyond its end.
constexpr std::size_t kPadding = 64;
static_assert(kPadding >= simdjson::SIMDJSON_PADDING);

Rejection rejection_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return {Reason::invalid_utf8, "the value is not UTF-8"};
    case simdjson::DEPTH_ERROR:
      return {Reason::too_deep, "arrays and objects are nested too deeply"};
    case simdjson::NUMBER_ERROR:
      return {Reason::wrong_type, "a number is malformed or beyond 64 bits"};
    case simdjson::CAPACITY:
      return {Reason::oversize, "the value is too large"};
    case simdjson::EMPTY:
      return {Reason::not_json, "the value is empty"};
    default:
      return {Reason::not_json, simdjson::error_message(error)};
  }
}

}  // namespace

struct Decoder::State {
  explicit State(Limits of) : limits(of), parser(of.max_event_bytes) { allocate(parser, limits.max_depth); }

  // Of the data in binary mode, which lie one level deeper in a structured event. Made when the first one comes.
  simdjson::dom::parser& data_parser() {
    if (!of_data) allocate(of_data.emplace(limits.max_event_bytes), limits.max_depth - 1);
    return *of_data;
  }

  // All memory at once, so that no record can make it grow.
  void allocate(simdjson::dom::parser& of, int depth) const {
    const auto error = of.allocate(limits.max_event_bytes, static_cast<std::size_t>(depth));
    CHECK(error == simdjson::SUCCESS);
  }

  Limits limits;
  simdjson::dom::parser parser;
  std::optional<simdjson::dom::parser> of_data;
  std::string padded;
};

Decoder::Decoder(Limits limits) : state_(std::make_unique<State>(limits)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

std::expected<void, Rejection> Decoder::decode(const engine::Record& record, Event& out) {
  const std::size_t bytes = record.value.size() + record.headers.size();
  if (bytes > state_->limits.max_event_bytes) {
    return std::unexpected(
        Rejection{Reason::oversize, "the value and the headers have " + std::to_string(bytes) + " bytes; at most " +
                                        std::to_string(state_->limits.max_event_bytes) + " are taken"});
  }
  if (record.headers.empty()) return decode_structured(record, out);
  const auto mode = content_mode(record.headers);
  if (!mode) return std::unexpected(mode.error());
  if (*mode == ContentMode::binary) return decode_binary(record, out);
  auto done = decode_structured(record, out);
  if (!done && has_attribute_headers(record.headers)) done.error().detail += " (read as structured, by its headers)";
  return done;
}

std::expected<void, Rejection> Decoder::decode_structured(const engine::Record& record, Event& out) {
  const std::string_view value = record.value;
  // The parser judges the whole text. The values are then read from the text itself, because the parser's tree has
  // lost the digits of numbers.
  if (const auto error = state_->parser.parse(value.data(), value.size(), kMayCopy).error(); error) {
    return std::unexpected(rejection_of(error));
  }
  return EventReader(state_->limits, out).read(value, record.timestamp);
}

std::expected<void, Rejection> Decoder::decode_binary(const engine::Record& record, Event& out) {
  const std::string_view value = record.value;
  EventReader reader(state_->limits, out);
  if (auto done = reader.read_headers(value, record.headers, record.timestamp); !done) return done;
  if (!value.empty()) {
    if (const auto error = state_->data_parser().parse(value.data(), value.size(), kMayCopy).error(); error) {
      return std::unexpected(rejection_of(error));
    }
  }
  return reader.read_value();
}

std::expected<void, Rejection> Decoder::decode(std::string_view value, engine::Instant logged, Event& out) {
  if (value.size() <= state_->limits.max_event_bytes) {
    state_->padded.assign(value);
    state_->padded.append(kPadding, '\0');
    value = std::string_view(state_->padded).substr(0, value.size());
  }
  return decode({.offset = {}, .timestamp = logged, .key = {}, .value = value, .headers = {}}, out);
}

}  // namespace topics
