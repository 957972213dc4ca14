#include <bit>
#include <charconv>
#include <map>
#include <string>

#include "engine/result.h"
#include "topics/codec/event_reader.h"
#include "topics/codec/rfc3339.h"
#include "topics/names.h"

// The fields of an event's data.

namespace topics {

namespace {

using FieldBits = std::array<std::uint64_t, (kFieldCount + 63) / 64>;

void set(FieldBits& bits, Field field) {
  const auto bit = static_cast<std::size_t>(field);
  bits[bit / 64] |= std::uint64_t{1} << (bit % 64);
}

bool is_set(const FieldBits& bits, Field field) {
  const auto bit = static_cast<std::size_t>(field);
  return (bits[bit / 64] >> (bit % 64) & 1) != 0;
}

struct TypeBits {
  FieldBits listed{};
  FieldBits required{};
};

const TypeBits& bits_of(const TypeSpec& type) {
  static const std::array<TypeBits, kTypeCount> all = [] {
    std::array<TypeBits, kTypeCount> made;
    for (const TypeSpec& spec : catalogue()) {
      TypeBits& bits = made[static_cast<std::size_t>(spec.type)];
      for (const FieldSpec& field : spec.fields) {
        set(bits.listed, field.field);
        if (field.required) set(bits.required, field.field);
      }
    }
    return made;
  }();
  return all[static_cast<std::size_t>(type.type)];
}

constexpr std::uint16_t kNoField = 0xff;
static_assert(kFieldCount < kNoField);

// The field of that name (low byte) and the field that it is an alias of (high byte).
const NameTable& field_names() {
  static const NameTable table = [] {
    std::map<std::string_view, std::uint16_t> meant;
    for (const FieldMeaning& field : fields()) {
      meant[field.name] = static_cast<std::uint16_t>(kNoField << 8 | static_cast<unsigned>(field.field));
    }
    for (const FieldAlias& alias : field_aliases()) {
      std::uint16_t& value = meant.try_emplace(alias.alias, kNoField << 8 | kNoField).first->second;
      value = static_cast<std::uint16_t>(static_cast<unsigned>(alias.field) << 8 | (value & 0xff));
    }
    NameTable made;
    for (const auto& [name, value] : meant) made.add(name, value);
    return made;
  }();
  return table;
}

// What a name in the data stands for.
struct Resolved {
  std::optional<Field> field;
  bool listed = false;  // by the event's type
  bool alias = false;
};

Resolved resolve(std::string_view name, const TypeBits* type) {
  const std::uint16_t found = field_names().find(name);
  if (found == NameTable::kNone) return {};
  const auto own = static_cast<Field>(found & 0xff);
  const auto aliased = static_cast<Field>(found >> 8);
  const bool has_own = (found & 0xff) != kNoField;
  const bool has_alias = (found >> 8) != kNoField;
  if (has_own && (type == nullptr || is_set(type->listed, own))) return {own, type != nullptr, false};
  if (has_alias && type != nullptr && is_set(type->listed, aliased)) return {aliased, true, true};
  if (has_own) return {own, false, false};
  return {};
}

bool is_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  if (text.starts_with('-') || text.starts_with('+')) ++at;
  if (digits() == 0) return false;
  if (at < text.size() && text[at] == '.' && (++at, digits() == 0)) return false;
  if (at < text.size() && (text[at] | 0x20) == 'e') {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

bool starts_number(char c) {
  return c == '-' || (c >= '0' && c <= '9');
}

std::string_view expected(FieldKind kind) {
  switch (kind) {
    case FieldKind::string:
      return "is not a string";
    case FieldKind::integer:
      return "is not an integer of 64 bits";
    case FieldKind::boolean:
      return "is not true or false";
    case FieldKind::instant:
      return "is not an RFC 3339 time with a zone";
    case FieldKind::decimal:
      return "is not a number";
    case FieldKind::strings:
      return "is not an array of strings";
  }
  CHECK(false);
}

}  // namespace

EventReader::Outcome EventReader::read_data(JsonText& json) {
  const char first = json.peek();
  if (first == 'n') {
    json.value();
    return {};
  }
  if (first != '{') return reject(Reason::wrong_type, "data", "is not an object");
  has_data_ = true;
  json.take_spaced();
  const char* const from = json.position();
  const TypeBits* const type = out_.spec_ == nullptr ? nullptr : &bits_of(*out_.spec_);

  std::string unescaped;
  json.enter();
  while (json.next()) {
    const JsonText::String key = json.key();
    std::string_view name = key.raw;
    if (key.escaped) {
      unescaped.clear();
      append_unescaped(unescaped, key.raw);
      name = unescaped;
    }
    const Resolved resolved = resolve(name, type);
    if (!resolved.field || out_.present(*resolved.field)) {
      ++out_.extra_fields_;
      json.value();
      continue;
    }
    const bool strict = resolved.listed && !resolved.alias;
    const Outcome taken = read_field(*resolved.field, json);
    if (!taken && strict) return taken;
    // Under that name, or for that type, a value that does not fit may mean something else.
    if (!taken || (type != nullptr && !resolved.listed)) ++out_.extra_fields_;
  }
  const std::string_view raw(from, static_cast<std::size_t>(json.position() - from));
  if (json.take_spaced()) {
    const std::size_t start = out_.bytes_.size();
    append_compact(out_.bytes_, raw);
    out_.data_ = {static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(out_.bytes_.size() - start)};
  } else {
    out_.data_ = range_of(raw);
  }
  return {};
}

EventReader::Outcome EventReader::read_field(Field field, JsonText& json) {
  if (json.peek() == 'n') {
    json.value();
    return {};
  }
  const FieldMeaning& of = meaning(field);
  switch (of.kind) {
    case FieldKind::string:
    case FieldKind::instant:
    case FieldKind::decimal:
      return take_text(of, json);
    case FieldKind::integer:
    case FieldKind::boolean:
      return take_scalar(of, json);
    case FieldKind::strings:
      return take_strings(of, json);
  }
  CHECK(false);
}

EventReader::Outcome EventReader::take_text(const FieldMeaning& field, JsonText& json) {
  const char first = json.peek();
  if (field.kind == FieldKind::decimal && starts_number(first)) {
    add(field.field, range_of(json.scalar()), 0);
    return {};
  }
  if (field.field == Field::resolved && (first == 't' || first == 'f')) {
    add(field.field, append(json.scalar() == "true" ? "yes" : "no"), 0);
    return {};
  }
  if (first != '"') {
    json.value();
    return reject(Reason::wrong_type, field.name, expected(field.kind));
  }
  const Range text = keep(json.string());
  if (text.size == 0) return {};
  if (text.size > limits_.max_string_bytes) {
    return reject(Reason::oversize, field.name,
                  "is longer than " + std::to_string(limits_.max_string_bytes) + " bytes");
  }
  std::int64_t number = 0;
  if (field.kind == FieldKind::instant) {
    const auto time = parse_rfc3339(out_.at(text));
    if (!time) return reject(Reason::wrong_type, field.name, expected(field.kind));
    number = engine::to_ms(*time);
  } else if (field.kind == FieldKind::decimal && !is_number(out_.at(text))) {
    return reject(Reason::wrong_type, field.name, expected(field.kind));
  }
  add(field.field, text, number);
  return {};
}

EventReader::Outcome EventReader::take_scalar(const FieldMeaning& field, JsonText& json) {
  const char first = json.peek();
  if (first == '"' || first == '{' || first == '[') {
    json.value();
    return reject(Reason::wrong_type, field.name, expected(field.kind));
  }
  const std::string_view raw = json.scalar();
  std::int64_t number = 0;
  if (field.kind == FieldKind::boolean) {
    if (first != 't' && first != 'f') return reject(Reason::wrong_type, field.name, expected(field.kind));
    number = first == 't' ? 1 : 0;
  } else {
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
    if (error != std::errc() || end != raw.data() + raw.size())
      return reject(Reason::wrong_type, field.name, expected(field.kind));
  }
  add(field.field, {}, number);
  return {};
}

EventReader::Outcome EventReader::take_strings(const FieldMeaning& field, JsonText& json) {
  if (json.peek() != '[') {
    json.value();
    return reject(Reason::wrong_type, field.name, expected(field.kind));
  }
  const auto from = static_cast<std::uint32_t>(out_.parts_.size());
  Outcome taken;
  json.enter();
  while (json.next()) {
    if (json.peek() != '"') {
      json.value();
      if (taken) taken = reject(Reason::wrong_type, field.name, expected(field.kind));
      continue;
    }
    const Range part = keep(json.string());
    if (!taken) continue;
    if (part.size > limits_.max_string_bytes) {
      taken = reject(Reason::oversize, field.name,
                     "has a string longer than " + std::to_string(limits_.max_string_bytes) + " bytes");
    } else if (out_.parts_.size() - from == limits_.max_list) {
      taken = reject(Reason::oversize, field.name, "has more than " + std::to_string(limits_.max_list) + " strings");
    } else {
      out_.parts_.push_back(part);
    }
  }
  if (!taken) return taken;
  add(field.field, {from, static_cast<std::uint32_t>(out_.parts_.size() - from)}, 0);
  return {};
}

EventReader::Outcome EventReader::check_required() const {
  if (out_.spec_ == nullptr) return {};
  const FieldBits& required = bits_of(*out_.spec_).required;
  for (std::size_t i = 0; i < required.size(); ++i) {
    const std::uint64_t missing = required[i] & ~out_.present_[i];
    if (missing == 0) continue;
    const auto field = static_cast<Field>(i * 64 + static_cast<std::size_t>(std::countr_zero(missing)));
    return reject(Reason::missing_attribute, name(field), "is missing");
  }
  return {};
}

void EventReader::add(Field field, Range text, std::int64_t number) {
  set(out_.present_, field);
  out_.slots_.push_back({field, text, number});
}

}  // namespace topics
