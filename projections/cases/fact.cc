#include "projections/cases/fact.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "engine/bytes.h"
#include "engine/json.h"

namespace projections {
namespace {

using topics::Event;
using topics::Field;
using topics::FieldKind;

// By type, the fields that may be kept of it: those that are not personal.
const std::vector<Field>& kept_fields(const topics::TypeSpec& type) {
  static const auto all = [] {
    std::array<std::vector<Field>, topics::kTypeCount> made;
    for (const topics::TypeSpec& one : topics::catalogue()) {
      std::vector<Field>& fields = made[static_cast<std::size_t>(one.type)];
      for (const topics::FieldSpec& field : one.fields) {
        if (!topics::meaning(field.field).personal) fields.push_back(field.field);
      }
      std::ranges::sort(fields);
    }
    return made;
  }();
  return all[static_cast<std::size_t>(type.type)];
}

void copy(const Event& event, Field field, FieldValues& to) {
  if (!event.has(field)) return;
  const topics::FieldMeaning& meaning = topics::meaning(field);
  const auto tag = static_cast<std::uint8_t>(field);
  if (meaning.personal) {
    const std::uint64_t hash = engine::hash64(event.text(field).value_or(""));
    char bytes[sizeof(hash)];
    std::memcpy(bytes, &hash, sizeof(hash));
    return to.append(tag, {bytes, sizeof(bytes)});
  }
  switch (meaning.kind) {
    case FieldKind::string:
    case FieldKind::decimal:
      return to.append(tag, *event.text(field));
    case FieldKind::integer:
      return to.append_integer(tag, *event.integer(field));
    case FieldKind::instant:
      return to.append_integer(tag, engine::to_ms(*event.instant(field)));
    case FieldKind::boolean:
      return to.append(tag, *event.boolean(field) ? std::string_view("\1", 1) : std::string_view("\0", 1));
    case FieldKind::strings: {
      std::string texts;
      for (const std::string_view text : event.strings(field)) engine::put_string(texts, text);
      return to.append(tag, texts);
    }
  }
}

}  // namespace

std::string_view Fact::text(Field field) const {
  const auto pair = find(field);
  return pair ? pair->value : std::string_view();
}

std::optional<std::int64_t> Fact::integer(Field field) const {
  const auto pair = find(field);
  return pair ? std::optional(pair->integer()) : std::nullopt;
}

std::optional<bool> Fact::boolean(Field field) const {
  const auto pair = find(field);
  return pair ? std::optional(pair->boolean()) : std::nullopt;
}

std::optional<engine::Instant> Fact::instant(Field field) const {
  const auto pair = find(field);
  return pair ? std::optional(pair->instant()) : std::nullopt;
}

TextList Fact::strings(Field field) const {
  return TextList(text(field));
}

std::uint64_t Fact::hash(Field field) const {
  return engine::ByteReader(text(field)).fixed<std::uint64_t>();
}

std::string_view Fact::type() const {
  const auto& type = spec(kind).type;
  if (type) return topics::spec(*type).name;
  const auto written = find(Attribute::type);
  return written ? written->value : std::string_view();
}

void Fact::set_conflict(bool conflict) {
  if (conflict == this->conflict()) return;
  constexpr auto kTag = static_cast<std::uint8_t>(Attribute::conflict);
  if (conflict) {
    fields.append(kTag, "");
  } else {
    fields.erase(kTag);
  }
}

bool before(const Fact& a, const Fact& b) {
  if (a.happened != b.happened) return a.happened < b.happened;
  const int left = spec(a.kind).course;
  const int right = spec(b.kind).course;
  if (left != right) return left < right;
  return a.id < b.id;
}

std::uint64_t source_hash(std::string_view source) {
  return engine::hash64(source);
}

Fact fact_of(const Event& event, engine::Instant logged, std::uint8_t topic, std::uint32_t partition,
             std::int64_t offset) {
  Fact fact;
  fact.kind = fact_kind(event.spec());
  fact.happened = event.time();
  fact.logged = logged;
  engine::Hasher id;
  id.add(event.source());
  id.add(event.id());
  fact.id = id.value();
  engine::Hasher body;
  body.add(event.type_name());
  body.add(static_cast<std::uint64_t>(engine::to_ms(event.time())));
  body.add(event.data());
  fact.body = body.value().high;
  fact.source = source_hash(event.source());
  fact.topic = topic;
  fact.partition = partition;
  fact.offset = offset;
  if (fact.kind != FactKind::kept) {
    for (const Field field : spec(fact.kind).fields) copy(event, field, fact.fields);
    return fact;
  }
  if (event.spec() != nullptr) {
    for (const Field field : kept_fields(*event.spec())) copy(event, field, fact.fields);
  }
  fact.fields.append(static_cast<std::uint8_t>(Attribute::type), event.type_name());
  return fact;
}

std::string text_of(const FieldValues::Pair& pair, const std::function<std::string(engine::Instant)>& time) {
  switch (topics::meaning(pair.field()).kind) {
    case FieldKind::string:
    case FieldKind::decimal:
      break;
    case FieldKind::integer:
      return std::to_string(pair.integer());
    case FieldKind::instant:
      return time(pair.instant());
    case FieldKind::boolean:
      return pair.boolean() ? "yes" : "no";
    case FieldKind::strings: {
      std::string all;
      for (const std::string_view text : pair.strings()) all.append(all.empty() ? "" : " ").append(text);
      return all;
    }
  }
  return std::string(pair.value);
}

void write_fields(engine::JsonWriter& json, const Fact& fact, const std::function<std::string(engine::Instant)>& time) {
  for (const FieldValues::Pair& pair : fact.fields) {
    if (!topics::is_field(pair.tag)) continue;
    const topics::FieldMeaning& meaning = topics::meaning(pair.field());
    if (meaning.personal) continue;
    json.key(meaning.name);
    switch (meaning.kind) {
      case FieldKind::string:
      case FieldKind::decimal:
        json.string(pair.value);
        break;
      case FieldKind::integer:
        json.integer(pair.integer());
        break;
      case FieldKind::instant:
        json.string(time(pair.instant()));
        break;
      case FieldKind::boolean:
        json.boolean(pair.boolean());
        break;
      case FieldKind::strings:
        json.begin_array();
        for (const std::string_view text : pair.strings()) json.string(text);
        json.end_array();
        break;
    }
  }
}

}  // namespace projections
