#include "projections/cases/fact.h"

#include <algorithm>
#include <cstring>

#include "topics/codec/json.h"

namespace projections {
namespace {

using topics::Event;
using topics::Field;
using topics::Type;

// A kind of fact: the type of event that tells it, its name, and its place in the usual course of a case, which decides
// between facts of one instant.
struct Kind {
  FactKind kind;
  std::optional<Type> type;
  std::string_view name;
  int course;
};

constexpr Kind kKinds[] = {
    {FactKind::kept, std::nullopt, "kept", 12},
    {FactKind::reported, Type::request_reported, "reported", 0},
    {FactKind::registered, Type::request_registered, "registered", 1},
    {FactKind::declined, Type::request_declined, "declined", 9},
    {FactKind::answered, Type::request_answered, "answered", 9},
    {FactKind::classified, Type::request_classified, "classified", 2},
    {FactKind::located, Type::request_located, "located", 2},
    {FactKind::merged, Type::request_merged, "merged", 9},
    {FactKind::unmerged, Type::request_unmerged, "unmerged", 10},
    {FactKind::withdrawn, Type::request_withdrawn, "withdrawn", 9},
    {FactKind::repeated, Type::request_repeated, "repeated", 12},
    {FactKind::sent, Type::dispatch_sent, "sent", 3},
    {FactKind::assigned, Type::dispatch_assigned, "assigned", 4},
    {FactKind::taken, Type::dispatch_taken, "taken", 4},
    {FactKind::signed_for, Type::dispatch_signed, "signed", 4},
    {FactKind::returned, Type::dispatch_returned, "returned", 5},
    {FactKind::forwarded, Type::dispatch_forwarded, "forwarded", 3},
    {FactKind::raised, Type::dispatch_raised, "raised", 3},
    {FactKind::extended, Type::dispatch_extended, "extended", 6},
    {FactKind::handled, Type::dispatch_handled, "handled", 7},
    {FactKind::self_handled, Type::dispatch_self_handled, "self_handled", 7},
    {FactKind::closed, Type::dispatch_closed, "closed", 8},
    {FactKind::force_closed, Type::dispatch_force_closed, "force_closed", 8},
    {FactKind::reopened, Type::dispatch_reopened, "reopened", 10},
    {FactKind::whistled, Type::dispatch_whistled, "whistled", 3},
    {FactKind::reported_in, Type::dispatch_reported_in, "reported_in", 4},
    {FactKind::suspended, Type::dispatch_suspended, "suspended", 5},
    {FactKind::resumed, Type::dispatch_resumed, "resumed", 6},
    {FactKind::extension_requested, Type::dispatch_extension_requested, "extension_requested", 5},
    {FactKind::check_requested, Type::dispatch_check_requested, "check_requested", 8},
    {FactKind::contacted, Type::visit_contacted, "contacted", 6},
    {FactKind::arrived, Type::visit_arrived, "arrived", 6},
    {FactKind::visited, Type::visit_made, "visited", 6},
    {FactKind::visit_missed, Type::visit_missed, "visit_missed", 6},
    {FactKind::checked_in, Type::worker_checked_in, "checked_in", 12},
    {FactKind::round_made, Type::round_made, "round_made", 12},
    {FactKind::household_registered, Type::household_registered, "household_registered", 2},
    {FactKind::worker_registered, Type::worker_registered, "worker_registered", 2},
    {FactKind::checked, Type::judgement_checked, "checked", 10},
    {FactKind::called_back, Type::judgement_called_back, "called_back", 9},
    {FactKind::rated, Type::judgement_rated, "rated", 9},
    {FactKind::exclusion_requested, Type::judgement_exclusion_requested, "exclusion_requested", 10},
    {FactKind::exclusion_approved, Type::judgement_exclusion_approved, "exclusion_approved", 11},
    {FactKind::exclusion_revoked, Type::judgement_exclusion_revoked, "exclusion_revoked", 12},
    {FactKind::appealed, Type::judgement_appealed, "appealed", 10},
    {FactKind::appeal_decided, Type::judgement_appeal_decided, "appeal_decided", 11},
    {FactKind::extension_approved, Type::judgement_extension_approved, "extension_approved", 6},
    {FactKind::extension_rejected, Type::judgement_extension_rejected, "extension_rejected", 6},
    {FactKind::suspension_approved, Type::judgement_suspension_approved, "suspension_approved", 6},
    {FactKind::suspension_rejected, Type::judgement_suspension_rejected, "suspension_rejected", 6},
    {FactKind::supervised, Type::judgement_supervised, "supervised", 6},
    {FactKind::urged, Type::judgement_urged, "urged", 6},
};

constexpr auto kByKind = [] {
  std::array<Kind, kFactKinds> all{};
  for (Kind& one : all) one = {FactKind::kept, std::nullopt, "?", 13};
  for (const Kind& one : kKinds) all[static_cast<std::size_t>(one.kind)] = one;
  return all;
}();

constexpr auto kByType = [] {
  std::array<FactKind, topics::kTypeCount> all{};
  for (const Kind& one : kKinds) {
    if (one.type) all[static_cast<std::size_t>(*one.type)] = one.kind;
  }
  return all;
}();

// REQUIRES nothing of a damaged row: numbers that no kind has are nothing special.
const Kind& kind_of(FactKind kind) {
  static constexpr Kind kNone{FactKind::kept, std::nullopt, "?", 13};
  const auto number = static_cast<std::size_t>(kind);
  return number < kByKind.size() ? kByKind[number] : kNone;
}

// Whether a fact keeps those fields of its event that it does not hold itself. Others keep no more than they hold.
bool keeps_rest(FactKind kind) {
  return kind >= FactKind::contacted || (kind >= FactKind::whistled && kind <= FactKind::check_requested);
}

bool is_judgement(FactKind kind) {
  return kind >= FactKind::checked;
}

bool is_pause(FactKind kind) {
  return kind == FactKind::suspended || kind == FactKind::suspension_approved;
}

Outcome outcome_of(const Event& event) {
  Outcome outcome;
  const Field went = event.is(Type::judgement_checked)          ? Field::passed
                     : event.is(Type::judgement_appeal_decided) ? Field::upheld
                                                                : Field::reached;
  if (const auto answer = event.boolean(went)) outcome.went = *answer ? Answer::yes : Answer::no;
  if (const auto resolved = event.text(Field::resolved)) {
    outcome.resolved = *resolved == "yes" ? Answer::yes : *resolved == "partly" ? Answer::partly : Answer::no;
  }
  const std::int64_t satisfaction = event.integer(Field::satisfaction).value_or(0);
  if (satisfaction >= 1 && satisfaction <= 5) outcome.satisfaction = static_cast<std::uint8_t>(satisfaction);
  return outcome;
}

// Whether a fact of this kind holds the field itself.
bool holds(FactKind kind, Field field) {
  switch (field) {
    case Field::area:
    case Field::category:
    case Field::condition:
    case Field::channel:
    case Field::kind:
    case Field::unit:
    case Field::by_unit:
    case Field::role:
    case Field::level:
    case Field::limit:
    case Field::due:
    case Field::units:
    case Field::successor:
    case Field::priority:
    case Field::passed:
    case Field::reached:
    case Field::upheld:
    case Field::resolved:
    case Field::satisfaction:
    case Field::if_version:
      return true;
    case Field::until:
    case Field::reason:
      return is_pause(kind);
    default:
      return false;
  }
}

// The fields of an event that may be kept: those that are not personal. Of a folded fact only what it does not hold
// itself; empty when that is nothing.
std::string kept_data(const Event& event, FactKind kind) {
  if (kind != FactKind::kept) {
    const auto rest = [&](const topics::FieldSpec& field) {
      return event.has(field.field) && !holds(kind, field.field) && !topics::meaning(field.field).personal;
    };
    if (std::ranges::none_of(event.spec()->fields, rest)) return {};
  }
  std::string out;
  topics::JsonWriter json(out);
  json.begin_object();
  json.key("type").string(event.type_name());
  if (event.spec() != nullptr) {
    for (const topics::FieldSpec& field : event.spec()->fields) {
      const topics::FieldMeaning& meaning = topics::meaning(field.field);
      if (meaning.personal || !event.has(field.field) || (kind != FactKind::kept && holds(kind, field.field))) continue;
      json.key(meaning.name);
      switch (meaning.kind) {
        case topics::FieldKind::integer:
          json.integer(*event.integer(field.field));
          break;
        case topics::FieldKind::boolean:
          json.boolean(*event.boolean(field.field));
          break;
        case topics::FieldKind::strings:
          json.begin_array();
          for (const std::string_view text : event.strings(field.field)) json.string(text);
          json.end_array();
          break;
        case topics::FieldKind::string:
        case topics::FieldKind::instant:
        case topics::FieldKind::decimal:
          json.string(*event.text(field.field));
          break;
      }
    }
  }
  json.end_object();
  return out;
}

}  // namespace

void Texts::set(Text text, std::string_view value) {
  const auto i = static_cast<std::size_t>(text);
  const std::uint32_t begin = i == 0 ? 0 : ends_[i - 1];
  const std::uint32_t end = ends_[i];
  const std::uint32_t old_all = ends_.back();
  const std::uint32_t new_all = old_all - (end - begin) + static_cast<std::uint32_t>(value.size());
  if (old_all <= kInline && new_all <= kInline) {
    std::memmove(short_.data() + begin + value.size(), short_.data() + end, old_all - end);
    std::ranges::copy(value, short_.data() + begin);
  } else {
    std::string texts(all());
    texts.replace(begin, end - begin, value);
    if (new_all <= kInline) std::memcpy(short_.data(), texts.data(), new_all);
    long_ = new_all <= kInline ? std::string() : std::move(texts);
  }
  for (std::size_t k = i; k < kTexts; ++k) ends_[k] = ends_[k] + new_all - old_all;
}

FactKind fact_kind(const topics::TypeSpec* spec) {
  return spec == nullptr ? FactKind::kept : kByType[static_cast<std::size_t>(spec->type)];
}

std::string_view name(FactKind kind) {
  return kind_of(kind).name;
}

bool before(const Fact& a, const Fact& b) {
  if (a.happened != b.happened) return a.happened < b.happened;
  const int left = kind_of(a.kind).course;
  const int right = kind_of(b.kind).course;
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
  const auto text = [&](Text which, Field field) {
    if (const auto value = event.text(field)) fact.texts.set(which, *value);
  };
  text(Text::area, Field::area);
  text(Text::category, Field::category);
  text(Text::channel, Field::channel);
  text(Text::unit, Field::unit);
  text(Text::parent, Field::parent);
  text(Text::role, Field::role);
  text(Text::condition, Field::condition);
  text(Text::request_kind, Field::kind);
  text(Text::level, Field::level);
  text(Text::limit, Field::limit);
  text(Text::successor, Field::successor);
  fact.priority = event.integer(Field::priority).value_or(0);
  fact.due = event.instant(Field::due);
  fact.duplicate = event.boolean(Field::duplicate).value_or(false);
  fact.assisting = fact.kind == FactKind::sent && !event.boolean(Field::lead).value_or(true);
  fact.outside = event.boolean(Field::outside).value_or(false);
  if (is_pause(fact.kind)) {
    fact.due = event.instant(Field::until);
    text(Text::reason, Field::reason);
  }
  if (fact.kind == FactKind::whistled) {
    std::string units;
    for (const std::string_view unit : event.strings(Field::units)) {
      units += unit;
      units.push_back('\n');
    }
    fact.texts.set(Text::units, units);
  }
  if (keeps_rest(fact.kind)) {
    text(Text::by_unit, Field::by_unit);
    fact.outcome = outcome_of(event);
  }
  if (is_judgement(fact.kind)) {
    if (const auto actor = event.text(Field::actor)) fact.actor = engine::hash64(*actor);
  }
  if (fact.kind == FactKind::kept || keeps_rest(fact.kind)) {
    fact.texts.set(Text::data, kept_data(event, fact.kind));
  }
  return fact;
}

std::string_view name(Answer answer) {
  switch (answer) {
    case Answer::none:
      return "";
    case Answer::no:
      return "no";
    case Answer::yes:
      return "yes";
    case Answer::partly:
      return "partly";
  }
  return "?";
}

}  // namespace projections
