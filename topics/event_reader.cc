#include "topics/event_reader.h"

#include <bit>
#include <charconv>
#include <map>
#include <string>
#include <utility>

#include "engine/result.h"
#include "topics/names.h"
#include "topics/rfc3339.h"

namespace topics {

namespace {

using FieldBits = std::array<std::uint64_t, (kFieldCount + 63) / 64>;

std::unexpected<Rejection> reject(Reason reason, std::string_view name, std::string_view what) {
  std::string detail(name);
  detail += ' ';
  detail += what;
  return std::unexpected(Rejection{reason, std::move(detail)});
}

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

bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;  // C1
  }
  return false;
}

bool is_json_type(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  if (content_type.size() < kJson.size()) return false;
  for (std::size_t i = 0; i < kJson.size(); ++i) {
    const char c = content_type[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != kJson[i]) return false;
  }
  const std::string_view rest = content_type.substr(kJson.size());
  return rest.empty() || rest.front() == ';' || rest.front() == ' ';
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

std::string expected(FieldKind kind) {
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

std::unexpected<Rejection> misfit(const FieldMeaning& field) {
  return reject(Reason::wrong_type, field.name, expected(field.kind));
}

}  // namespace

constexpr std::array<std::string_view, EventReader::kAttributeCount> EventReader::kAttributeNames = {
    "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "correlationid", "causationid"};

EventReader::Outcome EventReader::read(std::string_view text, engine::Instant logged) {
  base_ = text.data();
  out_.bytes_.assign(text);
  out_.slots_.clear();
  out_.parts_.clear();
  out_.present_ = {};
  out_.spec_ = nullptr;
  out_.extra_fields_ = 0;

  JsonText json(base_);
  if (json.peek() != '{') return reject(Reason::wrong_type, "the event", "is not a JSON object");
  if (auto done = read_envelope(json); !done) return done;
  if (auto done = check_envelope(logged); !done) return done;
  if (!has_data_) out_.data_ = append("{}");
  return check_required();
}

EventReader::Outcome EventReader::read_envelope(JsonText& json) {
  const char* data = nullptr;
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
    if (name == "data" && !has_data_ && data == nullptr) {
      json.peek();
      if (attribute(Attribute::type).empty()) {
        data = json.position();  // read when the type is known
        json.value();
      } else if (auto done = read_data(json); !done) {
        return done;
      }
      continue;
    }
    if (name == "data_base64") return reject(Reason::unsupported_content, "data_base64", "is not supported");
    std::size_t known = 0;
    while (known < kAttributeCount && kAttributeNames[known] != name) ++known;
    if (known == kAttributeCount || attributes_[known].size != 0) {
      json.value();
    } else if (auto done = read_attribute(static_cast<Attribute>(known), json); !done) {
      return done;
    }
  }
  if (data == nullptr) return {};
  if (attribute(Attribute::type).empty()) return reject(Reason::missing_attribute, "type", "is missing");
  JsonText late(data);
  return read_data(late);
}

EventReader::Outcome EventReader::read_attribute(Attribute attribute, JsonText& json) {
  const auto index = static_cast<std::size_t>(attribute);
  if (json.peek() != '"') {
    if (json.value() == "null") return {};
    return reject(Reason::wrong_type, kAttributeNames[index], "is not a string");
  }
  attributes_[index] = keep(json.string());
  if (attribute == Attribute::type) out_.spec_ = find_type(this->attribute(attribute));
  if (attribute != Attribute::specversion && attributes_[index].size == 0 && attribute <= Attribute::subject) {
    return reject(Reason::bad_identifier, kAttributeNames[index], "is empty");
  }
  return {};
}

EventReader::Outcome EventReader::check_identifier(Attribute attribute) const {
  const std::string_view text = this->attribute(attribute);
  const std::string_view name = kAttributeNames[static_cast<std::size_t>(attribute)];
  if (text.size() > limits_.max_id_bytes) {
    return reject(Reason::bad_identifier, name, "is longer than " + std::to_string(limits_.max_id_bytes) + " bytes");
  }
  if (has_control(text)) return reject(Reason::bad_identifier, name, "contains a control character");
  return {};
}

EventReader::Outcome EventReader::check_envelope(engine::Instant logged) {
  using A = Attribute;
  for (const A needed : {A::specversion, A::id, A::source, A::type, A::subject, A::time}) {
    if (attribute(needed).empty()) {
      return reject(Reason::missing_attribute, kAttributeNames[static_cast<std::size_t>(needed)], "is missing");
    }
  }
  if (attribute(A::specversion) != "1.0") {
    return reject(Reason::unsupported_specversion, "specversion", "is not 1.0");
  }
  if (const auto type = attribute(A::content_type); !type.empty() && !is_json_type(type)) {
    return reject(Reason::unsupported_content, "datacontenttype", "is not application/json");
  }
  for (const A identifier : {A::id, A::source, A::type, A::subject, A::correlation, A::causation}) {
    if (auto done = check_identifier(identifier); !done) return done;
  }
  const auto range = [&](A attribute) { return attributes_[static_cast<std::size_t>(attribute)]; };
  out_.id_ = range(A::id);
  out_.source_ = range(A::source);
  out_.type_ = range(A::type);
  out_.subject_ = range(A::subject);
  out_.correlation_ = range(A::correlation);
  out_.causation_ = range(A::causation);

  const auto time = parse_rfc3339(attribute(A::time));
  if (!time) return reject(Reason::bad_time, "time", "is not RFC 3339 with a zone in the years 1900 to 2200");
  if (*time > logged + limits_.max_ahead) {
    return reject(Reason::time_ahead, "time", "lies too far after the time of the record");
  }
  out_.time_ = *time;
  return {};
}

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
    return misfit(field);
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
    if (!time) return misfit(field);
    number = engine::to_ms(*time);
  } else if (field.kind == FieldKind::decimal && !is_number(out_.at(text))) {
    return misfit(field);
  }
  add(field.field, text, number);
  return {};
}

EventReader::Outcome EventReader::take_scalar(const FieldMeaning& field, JsonText& json) {
  const char first = json.peek();
  if (first == '"' || first == '{' || first == '[') {
    json.value();
    return misfit(field);
  }
  const std::string_view raw = json.scalar();
  std::int64_t number = 0;
  if (field.kind == FieldKind::boolean) {
    if (first != 't' && first != 'f') return misfit(field);
    number = first == 't' ? 1 : 0;
  } else {
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
    if (error != std::errc() || end != raw.data() + raw.size()) return misfit(field);
  }
  add(field.field, {}, number);
  return {};
}

EventReader::Outcome EventReader::take_strings(const FieldMeaning& field, JsonText& json) {
  if (json.peek() != '[') {
    json.value();
    return misfit(field);
  }
  const auto from = static_cast<std::uint32_t>(out_.parts_.size());
  Outcome taken;
  json.enter();
  while (json.next()) {
    if (json.peek() != '"') {
      json.value();
      if (taken) taken = misfit(field);
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

EventReader::Range EventReader::range_of(std::string_view raw) const {
  return {static_cast<std::uint32_t>(raw.data() - base_), static_cast<std::uint32_t>(raw.size())};
}

EventReader::Range EventReader::keep(const JsonText::String& string) {
  if (!string.escaped) return range_of(string.raw);
  const std::size_t from = out_.bytes_.size();
  append_unescaped(out_.bytes_, string.raw);
  return {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(out_.bytes_.size() - from)};
}

EventReader::Range EventReader::append(std::string_view text) {
  const std::size_t from = out_.bytes_.size();
  out_.bytes_ += text;
  return {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(text.size())};
}

void EventReader::add(Field field, Range text, std::int64_t number) {
  set(out_.present_, field);
  out_.slots_.push_back({field, text, number});
}

}  // namespace topics
