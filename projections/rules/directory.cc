#include "projections/rules/directory.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "projections/rules/calendar_event.h"
#include "projections/rules/policy_event.h"
#include "topics/codec/rfc3339.h"

namespace projections {
namespace {

using engine::Instant;
using topics::Event;
using topics::Field;
using topics::Reason;
using topics::Rejection;
using topics::Type;

constexpr std::int64_t kDefaultOffset = 8 * 3600;  // Asia/Shanghai
constexpr std::int64_t kMaxSeconds = 100LL * 366 * 86400;

struct Transition {
  Instant at;
  std::int64_t offset = 0;
};

// "2015-03-08T07:00:00Z -14400": from this instant on, so many seconds east of UTC.
std::optional<Transition> parse_transition(std::string_view text) {
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto at = topics::parse_rfc3339(text.substr(0, blank));
  const std::string_view digits = text.substr(blank + 1);
  std::int64_t offset = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), offset);
  if (!at || code != std::errc() || end != digits.data() + digits.size() || offset < -86400 || offset > 86400) {
    return std::nullopt;
  }
  return Transition{*at, offset};
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

std::string text_of(const Event& event, Field field) {
  return std::string(event.text(field).value_or(""));
}

constexpr std::size_t kAreaTexts = 3;  // that living and retired areas share

// REQUIRES: the catalogue has the type.
std::size_t kind_of(std::string_view type) {
  return static_cast<std::size_t>(fact_kind(topics::find_type(type)));
}

}  // namespace

Directory::Directory(engine::State& state) : rules_(state, "directory") {}

void Directory::restore() {
  rules_.scan("", "", [&](std::string_view key, const RuleRow& row) {
    derive(key, row);
    return true;
  });
  gather_revisions();
}

void Directory::store(const std::string& key, RuleRow row) {
  derive(key, row);
  rules_.upsert(key) = std::move(row);
  gather_revisions();
}

void Directory::gather_revisions() {
  if (!revised_) return;
  revised_ = false;
  revisions_.clear();
  policies_.revisions(revisions_);
  policy_revisions_ = revisions_;
  calendars_.revisions(revisions_);
  for (std::vector<Instant>* instants : {&revisions_, &policy_revisions_}) {
    std::ranges::sort(*instants);
    const auto twice = std::ranges::unique(*instants);
    instants->erase(twice.begin(), twice.end());
  }
}

// Keys: area/ID, refolds, zone, source/NAME, backfill/NAME, category/ID, other/TYPE/SUBJECT; with \0in-force behind
// them policy/ID, calendar/ID, authority/TYPE.
void Directory::derive(std::string_view key, const RuleRow& row) {
  const auto rest = [&](std::string_view kind) { return key.substr(kind.size()); };
  if (key.starts_with("area/")) {
    derive_area(rest("area/"), row);
  } else if (key == "refolds") {
    refolds_ = row.number(0);
  } else if (key.starts_with("zone")) {
    transitions_.clear();
    for (std::size_t i = 0; i + 1 < row.numbers.size(); i += 2) {
      transitions_.emplace_back(engine::instant(row.numbers[i]), row.numbers[i + 1]);
    }
  } else if (key.starts_with("source/")) {
    Trust trust{row.number(0) != 0, row.number(1), {}};
    if (!row.texts.empty()) trust.of.emplace();
    for (const std::string& type : row.texts) trust.of->set(kind_of(type));
    trusted_[source_hash(rest("source/"))] = trust;
  } else if (key.starts_with("backfill/")) {
    const std::uint64_t source = source_hash(rest("backfill/"));
    if (row.text(1) == "open") {
      open_backfills_.insert(source);
    } else {
      open_backfills_.erase(source);
    }
  } else if (key.starts_with("category/")) {
    categories_.insert_or_assign(std::string(rest("category/")), row.text(0));
  } else if (key.starts_with("policy/")) {
    if (policies_.put(row)) revised_ = true;
  } else if (key.starts_with("calendar/")) {
    calendars_.put(row);
    revised_ = true;
  } else if (key.starts_with("authority/")) {
    derive_authority(row);
  }
}

// texts    parent, level, name; of a living area its unit, of a retired one its successors
// numbers  1 when it is living
void Directory::derive_area(std::string_view id, const RuleRow& row) {
  policies_.forget_areas();
  if (row.number(0) != 0) {
    areas_.put(id, {row.text(0), row.text(1), row.text(2), row.text(3)});
    return;
  }
  std::vector<std::string> successors;
  if (row.texts.size() > kAreaTexts) successors.assign(row.texts.begin() + kAreaTexts, row.texts.end());
  areas_.retire(id, row.text(0), std::move(successors));
}

// texts    type, roles
// numbers  in force (ms)
void Directory::derive_authority(const RuleRow& row) {
  auto& rules = authority_[kind_of(row.text(0))];
  const Instant in_force = engine::instant(row.number(0));
  std::erase_if(rules, [&](const Authority& other) { return other.in_force == in_force; });
  const auto at = std::ranges::upper_bound(rules, in_force, {}, &Authority::in_force);
  rules.insert(at, {in_force, {row.texts.begin() + 1, row.texts.end()}});
}

std::optional<Rejection> Directory::refuse(const Event& event) const {
  const auto no = [](std::string detail) { return Rejection{Reason::wrong_type, std::move(detail)}; };
  const std::string subject(event.subject());
  switch (event.spec()->type) {
    case Type::area_registered:
    case Type::area_moved: {
      if (event.is(Type::area_moved) && area(subject) == nullptr) {
        return Rejection{Reason::unknown_target, fmt::format("area {} is not registered", subject)};
      }
      if (subject == "unattributed") return no("subject: 'unattributed' is what belongs to no area");
      if (const auto parent = event.text(Field::parent); parent && !is_identifier(*parent)) {
        return Rejection{Reason::bad_identifier, "parent: no id of an area"};
      }
      if (const auto level = event.text(Field::level); level && !is_identifier(*level)) {
        return Rejection{Reason::bad_identifier, "level: has 1 to 256 bytes and no control characters"};
      }
      if (const auto why = areas_.misplaced(subject, chain(event.text(Field::parent).value_or("")), true)) {
        return no("parent: " + *why);
      }
      return std::nullopt;
    }
    case Type::area_retired:
      return refuse_retirement(event);
    case Type::zone_published: {
      Instant last = engine::kMinInstant;
      for (const std::string_view text : event.strings(Field::transitions)) {
        const auto transition = parse_transition(text);
        if (!transition || transition->at <= last) {
          return no(fmt::format("transitions: '{}' is not \"INSTANT SECONDS\" in ascending order", text));
        }
        last = transition->at;
      }
      return std::nullopt;
    }
    case Type::policy_retired:
      if (!policies_.known(subject)) {
        return Rejection{Reason::unknown_target, fmt::format("policy {} is not published", subject)};
      }
      return std::nullopt;
    case Type::authority_published: {
      const topics::TypeSpec* type = topics::find_type(subject);
      if (type == nullptr) return no(fmt::format("subject: there is no type of events {}", subject));
      if (type->family == topics::Family::directory) {
        return no(fmt::format("subject: {} is a rule, and no fact of a case", subject));
      }
      if (event.strings(Field::roles).empty()) return no("roles: names none; \"*\" is everybody");
      for (const std::string_view role : event.strings(Field::roles)) {
        if (!is_identifier(role)) return no("roles: a role has 1 to 256 bytes and no control characters");
      }
      return std::nullopt;
    }
    case Type::source_trusted: {
      const std::string by = text_of(event, Field::judged_by);
      if (by != "log_time" && by != "event_time") {
        return no(fmt::format("judged_by: '{}' is not one of log_time, event_time", by));
      }
      const std::int64_t back = event.integer(Field::max_backdate_seconds).value_or(0);
      if (back < 0 || back > kMaxSeconds) return no("max_backdate_seconds: must lie between 0 and 100 years");
      for (const std::string_view type : event.strings(Field::types)) {
        if (topics::find_type(type) == nullptr) return no(fmt::format("types: there is no type of events {}", type));
      }
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<Rejection> Directory::refuse_retirement(const Event& event) const {
  const auto no = [](std::string detail) { return Rejection{Reason::wrong_type, std::move(detail)}; };
  const std::string_view subject = event.subject();
  const std::vector<std::string_view> successors = event.strings(Field::successors);
  for (std::size_t i = 0; i < successors.size(); ++i) {
    if (!is_identifier(successors[i])) return Rejection{Reason::bad_identifier, "successors: no id of an area"};
    if (successors[i] == "unattributed") return no("successors: 'unattributed' is what belongs to no area");
    if (successors[i] == subject) return no(fmt::format("successors: area {} would take over from itself", subject));
    if (std::ranges::count(successors, successors[i]) > 1) {
      return no(fmt::format("successors: area {} is there twice", successors[i]));
    }
  }
  if (successors.empty()) return std::nullopt;
  // A merged area comes to lie below its successor, one that is split goes back to where it was.
  const RetiredArea* known = retired(subject);
  const Area* living = area(subject);
  const std::string parent = living != nullptr ? living->parent : known != nullptr ? known->parent : "";
  const std::vector<std::string> above = chain(successors.size() == 1 ? successors.front() : parent);
  if (const auto why = areas_.misplaced(subject, above, false)) return no("successors: " + *why);
  return std::nullopt;
}

Directory::Change Directory::apply(const Event& event, Instant logged) {
  Change change;
  if (event.spec() == nullptr) return change;
  change.refused = refuse(event);
  if (change.refused) return change;
  const std::string subject(event.subject());
  // A rule is in force from its valid-from, but not before it was known; a backfill knows its rules when they happened.
  const bool own_time =
      open_backfills_.contains(source_hash(event.source())) || trusted_.contains(source_hash(event.source()));
  const Instant known = own_time ? event.time() : logged;
  const Instant in_force = std::max(event.instant(Field::valid_from).value_or(known), known);
  switch (event.spec()->type) {
    case Type::area_registered:
    case Type::area_moved:
    case Type::area_retired:
      apply_area(event, change);
      break;
    case Type::zone_published: {
      RuleRow row{{subject}, {}};
      for (const std::string_view text : event.strings(Field::transitions)) {
        const auto transition = parse_transition(text);
        row.numbers.push_back(engine::to_ms(transition->at));
        row.numbers.push_back(transition->offset);
      }
      change.refold = true;
      store("zone", std::move(row));
      break;
    }
    case Type::source_trusted: {
      RuleRow row{{},
                  {event.text(Field::judged_by) == "event_time" ? 1 : 0,
                   event.integer(Field::max_backdate_seconds).value_or(0)}};
      for (const std::string_view type : event.strings(Field::types)) row.texts.emplace_back(type);
      change.refold = true;
      store("source/" + subject, std::move(row));
      break;
    }
    case Type::category_registered:
      change.refold = true;
      store("category/" + subject, {{text_of(event, Field::level)}, {}});
      break;
    case Type::policy_published:
      apply_policy(event, in_force, change);
      break;
    case Type::policy_retired:
      change.refold = true;
      store(version_key("policy", subject, in_force), PolicyBook::retirement(subject, in_force));
      break;
    case Type::calendar_published:
      apply_calendar(event, in_force, change);
      break;
    case Type::authority_published: {
      const std::string type(topics::find_type(subject)->name);
      RuleRow row{{type}, {engine::to_ms(in_force)}};
      for (const std::string_view role : event.strings(Field::roles)) row.texts.emplace_back(role);
      change.refold = true;
      store(version_key("authority", type, in_force), std::move(row));
      break;
    }
    case Type::backfill_opened:
    case Type::backfill_advanced:
    case Type::backfill_closed:
    case Type::backfill_abandoned:
      apply_backfill(event, change);
      break;
    default:
      store(fmt::format("other/{}/{}", event.spec()->name, subject),
            {{std::string(event.data())}, {engine::to_ms(in_force)}});
      break;
  }
  if (change.refold) store("refolds", {{}, {refolds_ + 1}});
  return change;
}

void Directory::apply_area(const Event& event, Change& change) {
  const std::string subject(event.subject());
  change.area = subject;
  RuleRow row{{"", "", ""}, {event.is(Type::area_retired) ? 0 : 1}};
  if (const Area* known = area(subject); known != nullptr) change.before = *known;
  if (const RuleRow* known = rules_.find("area/" + subject); known != nullptr) {
    row.texts = {known->text(0), known->text(1), known->text(2)};
  }
  if (event.is(Type::area_registered)) {
    row.texts = {text_of(event, Field::parent), text_of(event, Field::level), text_of(event, Field::name),
                 text_of(event, Field::unit)};
    if (row.texts[2].empty()) row.texts[2] = subject;
  }
  if (event.is(Type::area_moved)) {
    row.texts[0] = text_of(event, Field::parent);
    row.texts.push_back(change.before->unit);
  }
  if (event.is(Type::area_retired)) {
    for (const std::string_view successor : event.strings(Field::successors)) row.texts.emplace_back(successor);
  }
  const std::string attributed_before(attributed(subject));
  store("area/" + subject, std::move(row));
  change.refold = attributed(subject) != attributed_before;
}

void Directory::apply_backfill(const Event& event, Change& change) {
  const std::string subject(event.subject());
  const RuleRow* known = rules_.find("backfill/" + subject);
  RuleRow row = known != nullptr ? *known : RuleRow{{"", "open"}, {0, 0}};
  if (event.has(Field::digest)) row.texts[0] = text_of(event, Field::digest);
  if (event.is(Type::backfill_opened)) {
    row.texts[1] = "open";
    row.numbers = {event.integer(Field::events).value_or(0), 0};
    // What a backfill tells is judged by when it happened, for good.
    const auto trust = trusted_.find(source_hash(subject));
    change.refold = trust == trusted_.end() || !trust->second.event_time || trust->second.max_backdate_seconds != 0 ||
                    trust->second.of;
    store("source/" + subject, {{}, {1, 0}});
  }
  if (event.is(Type::backfill_advanced)) row.numbers[1] = event.integer(Field::events).value_or(0);
  if (event.is(Type::backfill_closed)) row.texts[1] = "closed";
  if (event.is(Type::backfill_abandoned)) row.texts[1] = "abandoned";
  change.backfill = true;
  store("backfill/" + subject, std::move(row));
}

void Directory::apply_policy(const Event& event, Instant in_force, Change& change) {
  auto policy = read_policy(event, in_force);
  if (!policy) {
    change.refused = Rejection{Reason::wrong_type, policy.error().message};
    return;
  }
  change.refused = settle(*policy, {areas_, categories_, calendars_});
  if (change.refused) return;
  change.refold = true;
  store(version_key("policy", policy->id, in_force), PolicyBook::row(*policy));
}

void Directory::apply_calendar(const Event& event, Instant in_force, Change& change) {
  const auto calendar = read_calendar(event, in_force);
  if (!calendar) {
    change.refused = Rejection{Reason::wrong_type, calendar.error().message};
    return;
  }
  change.refold = true;
  store(version_key("calendar", calendar->id, in_force), CalendarBook::row(*calendar));
}

std::string Directory::city(std::string_view id) const {
  const std::vector<std::string> ids = chain(id);
  return ids.empty() ? std::string() : ids.back();
}

std::int64_t Directory::zone_offset(Instant time) const {
  if (transitions_.empty()) return kDefaultOffset;
  const auto after = std::ranges::upper_bound(transitions_, time, {}, [](const auto& entry) { return entry.first; });
  return after == transitions_.begin() ? after->second : std::prev(after)->second;
}

std::int32_t Directory::day(Instant time) const {
  return static_cast<std::int32_t>(floor_div(engine::to_ms(time) + zone_offset(time) * 1000, 86'400'000));
}

std::int32_t Directory::month(Instant time) const {
  const std::chrono::year_month_day date(std::chrono::sys_days(std::chrono::days(day(time))));
  return (static_cast<int>(date.year()) - 1970) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

Instant Directory::month_begin(std::int32_t month) const {
  const std::int64_t year = 1970 + floor_div(month, 12);
  const auto in_year = static_cast<unsigned>(month - floor_div(month, 12) * 12 + 1);
  const std::chrono::sys_days first(std::chrono::year_month_day(std::chrono::year(static_cast<int>(year)),
                                                                std::chrono::month(in_year), std::chrono::day(1)));
  const Instant local(first);
  // The zone's offset is one of those around; the earlier instant wins.
  const auto [low, high] =
      std::minmax({zone_offset(local - std::chrono::hours(26)), zone_offset(local + std::chrono::hours(26))});
  const Instant earlier = local - std::chrono::seconds(high);
  if (zone_offset(earlier) == high) return earlier;
  const Instant later = local - std::chrono::seconds(low);
  if (zone_offset(later) == low) return later;
  // The clocks jump over midnight.
  return std::prev(std::ranges::upper_bound(transitions_, later, {}, [](const auto& entry) { return entry.first; }))
      ->first;
}

bool Directory::permitted(FactKind kind, std::string_view role, Instant logged) const {
  if (kind == FactKind::kept) return true;
  const auto& rules = authority_[static_cast<std::size_t>(kind)];
  const auto after = std::ranges::upper_bound(rules, logged, {}, &Authority::in_force);
  if (after == rules.begin()) return true;
  return std::ranges::any_of(std::prev(after)->roles,
                             [&](const std::string& one) { return one == "*" || one == role; });
}

std::string_view Directory::category_level(std::string_view category) const {
  const auto found = categories_.find(category);
  return found == categories_.end() ? std::string_view() : found->second;
}

Instant Directory::judged(const Fact& fact) const {
  const auto trust = trusted_.find(fact.source);
  if (trust == trusted_.end() || !trust->second.event_time) return fact.logged;
  // Of what is not folded nothing is judged, and those facts are of many types.
  const auto& of = trust->second.of;
  if (of && (fact.kind == FactKind::kept || !of->test(static_cast<std::size_t>(fact.kind)))) return fact.logged;
  const std::int64_t limit = trust->second.max_backdate_seconds;
  if (limit > 0 && fact.logged - fact.happened > std::chrono::seconds(limit)) return fact.logged;
  return fact.happened;
}

std::vector<Directory::Backfill> Directory::backfills() {
  std::vector<Backfill> all;
  rules_.scan("backfill/", "", [&](std::string_view key, const RuleRow& row) {
    all.push_back({std::string(key.substr(9)), row.text(0), row.text(1), row.number(0), row.number(1)});
    return true;
  });
  return all;
}

}  // namespace projections
