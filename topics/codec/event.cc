#include "topics/codec/event.h"

#include <algorithm>

#include "engine/result.h"

namespace topics {

namespace {

struct ReasonDoc {
  Reason reason;
  std::string_view code;
  std::string_view doc;
};

using R = Reason;

constexpr ReasonDoc kReasons[] = {
    {R::not_json, "not_json", "the value is not JSON text"},
    {R::invalid_utf8, "invalid_utf8", "the value is not UTF-8"},
    {R::too_deep, "too_deep", "arrays and objects are nested too deeply"},
    {R::oversize, "oversize", "the value, a string or a list is larger than the limits allow"},
    {R::missing_attribute, "missing_attribute", "an attribute or a required field is absent"},
    {R::wrong_type, "wrong_type", "an attribute or a field has a value of another kind, or a number beyond 64 bits"},
    {R::bad_time, "bad_time", "`time` is not RFC 3339 with a zone, or its year lies outside 1900..2200"},
    {R::time_ahead, "time_ahead", "`time` lies too far after the time at which the record was logged"},
    {R::bad_identifier, "bad_identifier",
     "an id, source, type or subject is empty, too long or has control characters"},
    {R::unsupported_specversion, "unsupported_specversion", "specversion is not 1.0"},
    {R::unsupported_content, "unsupported_content",
     "the event or its data is not JSON: another content type, data_base64, or a batch"},
    {R::id_conflict, "id_conflict", "another event with the same source and id was applied before"},
    {R::wrong_partition, "wrong_partition", "the record lies in another partition than its subject's"},
    {R::wrong_topic, "wrong_topic", "the topic is not the one for events of this type"},
    {R::loop, "loop", "a message between rows went round too often"},
    {R::too_late, "too_late", "the event is older than what its subject still remembers"},
    {R::too_many_facts, "too_many_facts", "its subject has as many facts, or merged cases, as a row may have"},
    {R::unknown_target, "unknown_target", "it refers to something that is not registered"},
    {R::contradiction, "contradiction", "two headers say different things"},
};
static_assert(std::size(kReasons) == kReasonCount);
static_assert(std::ranges::equal(kReasons, kReasons,
                                 [](const ReasonDoc& a, const ReasonDoc& b) {
                                   return static_cast<std::ptrdiff_t>(a.reason) == &b - kReasons;
                                 }),
              "the table follows the enum");

const ReasonDoc& row(Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

}  // namespace

std::string_view code(Reason reason) {
  return row(reason).code;
}
std::string_view doc(Reason reason) {
  return row(reason).doc;
}

std::optional<Reason> find_reason(std::string_view code) {
  for (const ReasonDoc& reason : kReasons) {
    if (reason.code == code) return reason.reason;
  }
  return std::nullopt;
}

const Event::Slot* Event::find(Field field) const {
  if (!present(field)) return nullptr;
  for (const Slot& slot : slots_) {
    if (slot.field == field) return &slot;
  }
  return nullptr;
}

std::optional<std::string_view> Event::text(Field field) const {
  const Slot* const slot = find(field);
  if (slot == nullptr) return std::nullopt;
  switch (meaning(field).kind) {
    case FieldKind::string:
    case FieldKind::decimal:
    case FieldKind::instant:
      return at(slot->text);
    case FieldKind::integer:
    case FieldKind::boolean:
    case FieldKind::strings:
      break;
  }
  return std::nullopt;
}

std::optional<std::int64_t> Event::integer(Field field) const {
  const Slot* const slot = find(field);
  if (slot == nullptr || meaning(field).kind != FieldKind::integer) return std::nullopt;
  return slot->number;
}

std::optional<bool> Event::boolean(Field field) const {
  const Slot* const slot = find(field);
  if (slot == nullptr || meaning(field).kind != FieldKind::boolean) return std::nullopt;
  return slot->number != 0;
}

std::optional<engine::Instant> Event::instant(Field field) const {
  const Slot* const slot = find(field);
  if (slot == nullptr || meaning(field).kind != FieldKind::instant) return std::nullopt;
  return engine::instant(slot->number);
}

std::vector<std::string_view> Event::strings(Field field) const {
  std::vector<std::string_view> values;
  const Slot* const slot = find(field);
  if (slot == nullptr || meaning(field).kind != FieldKind::strings) return values;
  values.reserve(slot->text.size);
  for (std::uint32_t i = 0; i < slot->text.size; ++i) values.push_back(at(parts_[slot->text.from + i]));
  return values;
}

}  // namespace topics
