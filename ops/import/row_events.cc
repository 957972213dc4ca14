#include "ops/import/row_events.h"

#include <algorithm>
#include <charconv>

#include "engine/hash.h"
#include "ops/import/areas.h"
#include "topics/codec/encode.h"

namespace ops {
namespace {

bool is_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// An optional minus, digits, perhaps a point and digits: what every reader of decimals takes.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  return digits(text.substr(0, point)) && (point == std::string_view::npos || digits(text.substr(point + 1)));
}

bool is_of_kind(topics::FieldKind kind, std::string_view text) {
  switch (kind) {
    case topics::FieldKind::integer:
      return is_integer(text);
    case topics::FieldKind::boolean:
      return text == "true" || text == "false";
    case topics::FieldKind::decimal:
      return is_decimal(text);
    case topics::FieldKind::string:
    case topics::FieldKind::strings:
    case topics::FieldKind::instant:
      return true;
  }
  return false;
}

}  // namespace

FieldOutcome RowEvents::find(const FieldRule& rule, const Row& row, std::string& text) const {
  text.clear();
  if (rule.origin == FieldRule::Origin::time) {
    return row.time(rule.time) ? FieldOutcome::present : FieldOutcome::absent;
  }
  if (rule.origin == FieldRule::Origin::deepest_level) {
    return deepest_area(mapping_, row, text) ? FieldOutcome::present : FieldOutcome::absent;
  }
  if (rule.origin == FieldRule::Origin::condition) {
    text = row.holds(rule.when) ? "true" : "false";
    return FieldOutcome::present;
  }
  if (!rule.text.expand(row.values(), text)) return FieldOutcome::absent;
  if (rule.mapped) {
    const auto found = std::ranges::lower_bound(rule.values, text, {}, &std::pair<std::string, std::string>::first);
    if (found != rule.values.end() && found->first == text) {
      text = found->second;
    } else if (rule.otherwise) {
      text = *rule.otherwise;
    } else {
      return FieldOutcome::unmapped;
    }
  }
  if (text.empty()) return FieldOutcome::absent;
  return is_of_kind(topics::meaning(rule.field).kind, text) ? FieldOutcome::present : FieldOutcome::unreadable;
}

void RowEvents::encode(const EventRule& rule, const Row& row, engine::Outgoing& out) {
  const ZonedTime& time = *row.time(rule.time);
  data_.clear();
  topics::FieldWriter fields(data_, time.offset_seconds);
  for (const FieldRule& field : rule.fields) {
    if (find(field, row, text_) != FieldOutcome::present) continue;
    switch (topics::meaning(field.field).kind) {
      case topics::FieldKind::string:
        fields.text(field.field, text_);
        break;
      case topics::FieldKind::boolean:
        fields.boolean(field.field, text_ == "true");
        break;
      case topics::FieldKind::decimal:
        fields.decimal(field.field, text_);
        break;
      case topics::FieldKind::strings:
        fields.strings(field.field, std::span(&text_, 1));
        break;
      case topics::FieldKind::instant:
        fields.instant(field.field, row.time(field.time)->time);
        break;
      case topics::FieldKind::integer: {
        std::int64_t value = 0;
        std::from_chars(text_.data(), text_.data() + text_.size(), value);
        fields.integer(field.field, value);
        break;
      }
    }
  }
  fields.finish();
  const std::string_view type = topics::spec(rule.type).name;
  make_event_id(id_, row.subject(), type, time.time, data_);
  out.key.assign(row.subject());
  out.value.clear();
  topics::append_event(out.value,
                       {.id = id_,
                        .source = mapping_.source,
                        .type = type,
                        .subject = row.subject(),
                        .time = time.time,
                        .zone_seconds = time.offset_seconds},
                       data_);
}

void make_event_id(std::string& id, std::string_view subject, std::string_view type, engine::Instant time,
                   std::string_view data, std::uint64_t run) {
  constexpr char kDigits[] = "0123456789abcdef";
  engine::Hasher hasher;
  hasher.add(type);
  hasher.add(static_cast<std::uint64_t>(engine::to_ms(time)));
  hasher.add(data);
  if (run != 0) hasher.add(run);
  id.assign(subject).append("/").append(type.substr(type.rfind('.') + 1)).append("/");
  const std::uint64_t hash = hasher.value().high;
  for (int shift = 60; shift >= 0; shift -= 4) id.push_back(kDigits[hash >> shift & 15]);
}

}  // namespace ops
