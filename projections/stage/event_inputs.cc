#include "projections/stage/event_inputs.h"

#include <charconv>

#include "engine/bytes.h"
#include "topics/outputs/outputs.h"

namespace projections {
namespace {

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

constexpr std::string_view kOriginTopic = "gl-topic";
constexpr std::string_view kOriginPartition = "gl-partition";
constexpr std::string_view kOriginOffset = "gl-offset";
constexpr std::string_view kOriginLogged = "gl-logged-ms";

// The headers that the record came with first. Nobody but a stage says where a record was.
engine::Headers headers_without_origin(std::string_view encoded) {
  engine::Headers headers = engine::decode_headers(encoded);
  std::erase_if(headers, [](const auto& header) {
    return header.first == kOriginTopic || header.first == kOriginPartition || header.first == kOriginOffset ||
           header.first == kOriginLogged;
  });
  return headers;
}

}  // namespace

void Tally::encode(std::string& out) const {
  engine::put_fixed(out, kFormat);
  engine::put_signed(out, n);
}

bool Tally::decode(std::string_view bytes) {
  engine::ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return false;
  n = in.integer();
  return in.complete();
}

void Tallies::add(std::string_view what, std::int64_t n) {
  const auto found = step_.find(what);
  if (found != step_.end()) {
    found->second += n;
  } else {
    step_.emplace(what, n);
  }
}

void Tallies::end_step() {
  for (const auto& [what, n] : step_) rows_.upsert(what).n += n;
  step_.clear();
}

std::map<std::string, std::int64_t> Tallies::all() {
  std::map<std::string, std::int64_t> result;
  rows_.scan("", "", [&](std::string_view what, const Tally& tally) {
    result[std::string(what)] = tally.n;
    return true;
  });
  return result;
}

void EventInputs::decode(engine::Message& message) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(pool_.size()));
    pool_.push_back(std::make_unique<Item>());
  }
  message.slot = free_.back();
  free_.pop_back();
  Item& item = *pool_[message.slot];
  item.rejected.reset();
  item.forwarded = false;
  item.origin.topic.assign(spec_.inputs[message.input].topic);
  item.origin.partition = message.partition.value;
  item.origin.offset = message.record.offset.value;
  item.origin.logged = message.record.timestamp;
  engine::Record record = message.record;
  std::string headers;  // as they were before the record was forwarded
  if (static_cast<int>(message.input) == inbox_input_) {
    for (const auto& [name, value] : engine::decode_headers(record.headers)) {
      if (name == kOriginTopic) item.origin.topic = value;
      if (name == kOriginPartition) item.origin.partition = static_cast<std::uint32_t>(number(value));
      if (name == kOriginOffset) item.origin.offset = number(value);
      if (name == kOriginLogged) item.origin.logged = engine::instant(number(value));
      item.forwarded = item.forwarded || name == kOriginTopic;
    }
    headers = engine::encode_headers(headers_without_origin(record.headers));
    record.headers = headers;
    record.timestamp = item.origin.logged;
  }
  auto decoded = decoder_.decode(record, item.event);
  if (!decoded) {
    item.rejected = std::move(decoded.error());
    return;
  }
  message.event_time = item.event.time();
}

void EventInputs::reject(const engine::Message& message, const topics::Rejection& rejection, std::size_t output,
                         engine::Context& context) {
  const Item& rejected = item(message);
  topics::DeadLetter letter;
  letter.stage = spec_.name;
  letter.reason = rejection.reason;
  letter.detail = rejection.detail;
  letter.topic = rejected.origin.topic;
  letter.partition = static_cast<std::int32_t>(rejected.origin.partition);
  letter.offset = rejected.origin.offset;
  letter.logged = rejected.origin.logged;
  letter.key = message.record.key;
  letter.value = message.record.value;
  letter.headers = headers_without_origin(message.record.headers);
  letter.time = context.now();
  context.send(output, message.record.key, topics::encode(letter));
}

void EventInputs::forward(const engine::Message& message, std::size_t output, engine::Context& context) {
  const Item& misplaced = item(message);
  engine::Headers headers = headers_without_origin(message.record.headers);
  headers.emplace_back(kOriginTopic, misplaced.origin.topic);
  headers.emplace_back(kOriginPartition, std::to_string(misplaced.origin.partition));
  headers.emplace_back(kOriginOffset, std::to_string(misplaced.origin.offset));
  headers.emplace_back(kOriginLogged, std::to_string(engine::to_ms(misplaced.origin.logged)));
  context.send(output, misplaced.event.subject(), message.record.value, engine::encode_headers(headers));
}

}  // namespace projections
