#include "projections/case_row.h"

#include <algorithm>
#include <cstring>

#include <array>
#include <tuple>

#include "topics/json.h"

namespace projections {
namespace {

// Visits and judgements have an outcome, and keep the rest of their data.
bool has_outcome(FactKind kind) {
  return kind >= FactKind::contacted;
}

Outcome outcome_of(const topics::Event& event) {
  using topics::Field;
  Outcome outcome;
  const Field went = event.is(topics::Type::judgement_checked) ? Field::passed : Field::reached;
  if (const auto answer = event.boolean(went)) outcome.went = *answer ? Answer::yes : Answer::no;
  if (const auto resolved = event.text(Field::resolved)) {
    outcome.resolved = *resolved == "yes" ? Answer::yes : *resolved == "partly" ? Answer::partly : Answer::no;
  }
  const std::int64_t satisfaction = event.integer(Field::satisfaction).value_or(0);
  if (satisfaction >= 1 && satisfaction <= 5) outcome.satisfaction = static_cast<std::uint8_t>(satisfaction);
  return outcome;
}

// Whether a fact with an outcome holds the field itself.
bool folded(topics::Field field) {
  using topics::Field;
  return field == Field::area || field == Field::category || field == Field::channel || field == Field::unit ||
         field == Field::by_unit || field == Field::priority || field == Field::passed || field == Field::reached ||
         field == Field::resolved || field == Field::satisfaction;
}

// The fields of an event that may be kept: those that are not personal. Of a fact with an outcome only what it does not
// hold itself; empty when that is nothing.
std::string kept_data(const topics::Event& event, bool has_outcome) {
  if (has_outcome) {
    const auto rest = [&](const topics::FieldSpec& field) {
      return event.has(field.field) && !folded(field.field) && !topics::meaning(field.field).personal;
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
      if (meaning.personal || !event.has(field.field) || (has_outcome && folded(field.field))) continue;
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

// The usual course of a case; decides between facts of one instant.
int course(FactKind kind) {
  switch (kind) {
    case FactKind::reported:
      return 0;
    case FactKind::registered:
      return 1;
    case FactKind::classified:
    case FactKind::located:
    case FactKind::household_registered:
    case FactKind::worker_registered:
      return 2;
    case FactKind::sent:
    case FactKind::forwarded:
    case FactKind::raised:
      return 3;
    case FactKind::assigned:
    case FactKind::taken:
    case FactKind::signed_for:
      return 4;
    case FactKind::returned:
      return 5;
    case FactKind::extended:
    case FactKind::contacted:
    case FactKind::arrived:
    case FactKind::visited:
    case FactKind::visit_missed:
      return 6;
    case FactKind::handled:
    case FactKind::self_handled:
      return 7;
    case FactKind::closed:
    case FactKind::force_closed:
      return 8;
    case FactKind::declined:
    case FactKind::answered:
    case FactKind::withdrawn:
    case FactKind::merged:
    case FactKind::called_back:
    case FactKind::rated:
      return 9;
    case FactKind::unmerged:
    case FactKind::reopened:
    case FactKind::checked:
      return 10;
    case FactKind::repeated:
    case FactKind::checked_in:
    case FactKind::round_made:
    case FactKind::kept:
      return 11;
  }
  return 12;
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

std::size_t CaseRow::memory() const {
  std::size_t total = facts.capacity() * sizeof(Fact) + sent.capacity() * sizeof(Sent) +
                      armed.capacity() * sizeof(Armed) + counted.terms.capacity() * sizeof(Term) +
                      visits.capacity() * sizeof(topics::CounterDelta) + 64;
  for (const Fact& fact : facts) total += fact.texts.memory();
  return total;
}

FactKind fact_kind(const topics::TypeSpec* spec) {
  if (spec == nullptr) return FactKind::kept;
  switch (spec->type) {
    case topics::Type::request_reported:
      return FactKind::reported;
    case topics::Type::request_registered:
      return FactKind::registered;
    case topics::Type::request_declined:
      return FactKind::declined;
    case topics::Type::request_answered:
      return FactKind::answered;
    case topics::Type::request_classified:
      return FactKind::classified;
    case topics::Type::request_located:
      return FactKind::located;
    case topics::Type::request_merged:
      return FactKind::merged;
    case topics::Type::request_unmerged:
      return FactKind::unmerged;
    case topics::Type::request_withdrawn:
      return FactKind::withdrawn;
    case topics::Type::request_repeated:
      return FactKind::repeated;
    case topics::Type::dispatch_sent:
      return FactKind::sent;
    case topics::Type::dispatch_assigned:
      return FactKind::assigned;
    case topics::Type::dispatch_taken:
      return FactKind::taken;
    case topics::Type::dispatch_signed:
      return FactKind::signed_for;
    case topics::Type::dispatch_returned:
      return FactKind::returned;
    case topics::Type::dispatch_forwarded:
      return FactKind::forwarded;
    case topics::Type::dispatch_raised:
      return FactKind::raised;
    case topics::Type::dispatch_extended:
      return FactKind::extended;
    case topics::Type::dispatch_handled:
      return FactKind::handled;
    case topics::Type::dispatch_self_handled:
      return FactKind::self_handled;
    case topics::Type::dispatch_closed:
      return FactKind::closed;
    case topics::Type::dispatch_force_closed:
      return FactKind::force_closed;
    case topics::Type::dispatch_reopened:
      return FactKind::reopened;
    case topics::Type::visit_contacted:
      return FactKind::contacted;
    case topics::Type::visit_arrived:
      return FactKind::arrived;
    case topics::Type::visit_made:
      return FactKind::visited;
    case topics::Type::visit_missed:
      return FactKind::visit_missed;
    case topics::Type::worker_checked_in:
      return FactKind::checked_in;
    case topics::Type::round_made:
      return FactKind::round_made;
    case topics::Type::household_registered:
      return FactKind::household_registered;
    case topics::Type::worker_registered:
      return FactKind::worker_registered;
    case topics::Type::judgement_checked:
      return FactKind::checked;
    case topics::Type::judgement_called_back:
      return FactKind::called_back;
    case topics::Type::judgement_rated:
      return FactKind::rated;
    default:
      return FactKind::kept;
  }
}

std::string_view name(FactKind kind) {
  switch (kind) {
    case FactKind::kept:
      return "kept";
    case FactKind::reported:
      return "reported";
    case FactKind::registered:
      return "registered";
    case FactKind::declined:
      return "declined";
    case FactKind::answered:
      return "answered";
    case FactKind::classified:
      return "classified";
    case FactKind::located:
      return "located";
    case FactKind::merged:
      return "merged";
    case FactKind::unmerged:
      return "unmerged";
    case FactKind::withdrawn:
      return "withdrawn";
    case FactKind::repeated:
      return "repeated";
    case FactKind::sent:
      return "sent";
    case FactKind::assigned:
      return "assigned";
    case FactKind::taken:
      return "taken";
    case FactKind::signed_for:
      return "signed";
    case FactKind::returned:
      return "returned";
    case FactKind::forwarded:
      return "forwarded";
    case FactKind::raised:
      return "raised";
    case FactKind::extended:
      return "extended";
    case FactKind::handled:
      return "handled";
    case FactKind::self_handled:
      return "self_handled";
    case FactKind::closed:
      return "closed";
    case FactKind::force_closed:
      return "force_closed";
    case FactKind::reopened:
      return "reopened";
    case FactKind::contacted:
      return "contacted";
    case FactKind::arrived:
      return "arrived";
    case FactKind::visited:
      return "visited";
    case FactKind::visit_missed:
      return "visit_missed";
    case FactKind::checked_in:
      return "checked_in";
    case FactKind::round_made:
      return "round_made";
    case FactKind::household_registered:
      return "household_registered";
    case FactKind::worker_registered:
      return "worker_registered";
    case FactKind::checked:
      return "checked";
    case FactKind::called_back:
      return "called_back";
    case FactKind::rated:
      return "rated";
  }
  return "?";
}

bool before(const Fact& a, const Fact& b) {
  if (a.happened != b.happened) return a.happened < b.happened;
  const int left = course(a.kind);
  const int right = course(b.kind);
  if (left != right) return left < right;
  return a.id < b.id;
}

std::uint64_t source_hash(std::string_view source) {
  return engine::hash64(source);
}

Fact fact_of(const topics::Event& event, engine::Instant logged, std::uint8_t topic, std::uint32_t partition,
             std::int64_t offset) {
  using topics::Field;
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
  fact.texts.set(Text::area, event.text(Field::area).value_or(""));
  fact.texts.set(Text::category, event.text(Field::category).value_or(""));
  fact.texts.set(Text::channel, event.text(Field::channel).value_or(""));
  fact.texts.set(Text::unit, event.text(Field::unit).value_or(""));
  fact.texts.set(Text::parent, event.text(Field::parent).value_or(""));
  fact.priority = event.integer(Field::priority).value_or(0);
  fact.due = event.instant(Field::due);
  fact.duplicate = event.boolean(Field::duplicate).value_or(false);
  if (has_outcome(fact.kind)) {
    fact.texts.set(Text::by_unit, event.text(Field::by_unit).value_or(""));
    fact.outcome = outcome_of(event);
  }
  if (fact.kind == FactKind::kept || has_outcome(fact.kind)) {
    fact.texts.set(Text::data, kept_data(event, has_outcome(fact.kind)));
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

namespace {

// In the order of the enum.
constexpr std::array<std::string_view, kClockKinds> kClockNames = {"sign",    "handle",    "close",     "register",
                                                                   "contact", "arrive",    "check",     "callback",
                                                                   "appeal",  "report_in", "supervise", "urge"};

}  // namespace

std::string_view name(ClockKind clock) {
  return kClockNames[static_cast<std::size_t>(clock)];
}

std::optional<ClockKind> find_clock(std::string_view text) {
  const auto found = std::ranges::find(kClockNames, text);
  if (found == kClockNames.end()) return std::nullopt;
  return static_cast<ClockKind>(found - kClockNames.begin());
}

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::none:
      return "running";
    case Verdict::warned:
      return "warned";
    case Verdict::breached:
      return "breached";
    case Verdict::met:
      return "met";
  }
  return "?";
}

}  // namespace projections
