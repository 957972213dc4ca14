#include "projections/directory.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "engine/bytes.h"
#include "topics/rfc3339.h"

namespace projections {
namespace {

using engine::Instant;
using topics::Event;
using topics::Field;
using topics::Reason;
using topics::Rejection;
using topics::Type;

constexpr std::int64_t kDefaultOffset = 8 * 3600;  // Asia/Shanghai
constexpr std::size_t kMaxDepth = 16;              // of the tree of areas
constexpr std::size_t kMaxChain = 64;              // of areas in a line, retired ones among them
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

std::string version_key(std::string_view kind, std::string_view id, Instant valid_from) {
  std::string key = fmt::format("{}/{}", kind, id);
  key.push_back('\0');
  engine::put_sortable(key, engine::to_ms(valid_from));
  return key;
}

}  // namespace

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= 256 &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void RuleRow::encode(std::string& out) const {
  engine::put_fixed(out, kFormat);
  engine::put_varint(out, texts.size());
  for (const std::string& text : texts) engine::put_string(out, text);
  engine::put_varint(out, numbers.size());
  for (const std::int64_t number : numbers) engine::put_signed(out, number);
}

bool RuleRow::decode(std::string_view bytes) {
  engine::ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return false;
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) texts.emplace_back(in.string());
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) numbers.push_back(in.integer());
  return in.complete();
}

Directory::Directory(engine::State& state) : rules_(state, "directory") {}

void Directory::restore() {
  rules_.scan("", "", [&](std::string_view key, const RuleRow& row) {
    derive(key, row);
    return true;
  });
}

void Directory::store(const std::string& key, RuleRow row) {
  derive(key, row);
  rules_.upsert(key) = std::move(row);
}

// Keys: area/ID, refolds, zone, source/NAME, backfill/NAME, policy/ID\0valid-from, other/TYPE/SUBJECT.
void Directory::derive(std::string_view key, const RuleRow& row) {
  const auto rest = [&](std::string_view kind) { return key.substr(kind.size()); };
  if (key.starts_with("area/")) {
    const std::string id(rest("area/"));
    if (const std::string* old = above(id); old != nullptr) children_[*old].erase(id);
    areas_.erase(id);
    retired_.erase(id);
    if (row.number(0) != 0) {
      areas_[id] = {row.text(0), row.text(1), row.text(2)};
    } else {
      RetiredArea& retired = retired_[id];
      retired.parent = row.text(0);
      if (row.texts.size() > 3) retired.successors.assign(row.texts.begin() + 3, row.texts.end());
      if (retired.successors.size() == 1) retired.above = retired.successors.front();
      if (retired.successors.size() > 1) retired.above = retired.parent;
    }
    if (const std::string* now = above(id); now != nullptr) children_[*now].insert(id);
  } else if (key == "refolds") {
    refolds_ = row.number(0);
  } else if (key.starts_with("zone")) {
    transitions_.clear();
    for (std::size_t i = 0; i + 1 < row.numbers.size(); i += 2) {
      transitions_.emplace_back(engine::instant(row.numbers[i]), row.numbers[i + 1]);
    }
  } else if (key.starts_with("source/")) {
    trusted_[source_hash(rest("source/"))] = {row.number(0) != 0, row.number(1)};
  } else if (key.starts_with("backfill/")) {
    const std::uint64_t source = source_hash(rest("backfill/"));
    if (row.text(1) == "open") {
      open_backfills_.insert(source);
    } else {
      open_backfills_.erase(source);
    }
  } else if (key.starts_with("policy/")) {
    Policy policy;
    policy.id = row.text(0);
    policy.category = row.text(1);
    policy.clock = static_cast<ClockKind>(row.number(0));
    policy.priority = row.number(1);
    policy.from_sending = row.number(2) != 0;
    policy.limit_seconds = row.number(3);
    policy.warn_seconds = row.number(4);
    policy.valid_from = engine::instant(row.number(5));
    auto& versions = policies_[policy.id];
    std::erase_if(versions, [&](const Policy& other) { return other.valid_from == policy.valid_from; });
    const auto at = std::ranges::upper_bound(versions, policy.valid_from, {}, &Policy::valid_from);
    versions.insert(at, std::move(policy));
  }
}

std::optional<Rejection> Directory::refuse(const Event& event) const {
  const auto no = [](std::string detail) { return Rejection{Reason::wrong_type, std::move(detail)}; };
  const std::string subject(event.subject());
  switch (event.spec()->type) {
    case Type::area_registered:
    case Type::area_moved: {
      if (event.is(Type::area_moved) && !areas_.contains(subject)) {
        return Rejection{Reason::unknown_target, fmt::format("area {} is not registered", subject)};
      }
      if (subject == "unattributed") return no("subject: 'unattributed' is what belongs to no area");
      if (const auto parent = event.text(Field::parent); parent && !is_identifier(*parent)) {
        return Rejection{Reason::bad_identifier, "parent: no id of an area"};
      }
      if (const auto level = event.text(Field::level); level && !is_identifier(*level)) {
        return Rejection{Reason::bad_identifier, "level: has 1 to 256 bytes and no control characters"};
      }
      if (const auto why = misplaced(subject, chain(event.text(Field::parent).value_or("")), true)) {
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
    case Type::policy_published: {
      if (!find_clock(*event.text(Field::clock))) {
        return no(fmt::format("clock: '{}' is not one of sign, handle, close", *event.text(Field::clock)));
      }
      const std::int64_t limit = *event.integer(Field::limit_seconds);
      if (limit <= 0 || limit > kMaxSeconds) return no("limit_seconds: must be above 0, and 100 years at most");
      const std::int64_t warn = event.integer(Field::warn_seconds).value_or(0);
      if (warn < 0 || warn >= limit) {
        return no("warn_seconds: must lie between 0 and limit_seconds");
      }
      const std::string start = text_of(event, Field::start);
      if (!start.empty() && start != "opened" && start != "sent") {
        return no(fmt::format("start: '{}' is not one of opened, sent", start));
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
  if (const auto why = misplaced(subject, above, false)) return no("successors: " + *why);
  return std::nullopt;
}

std::optional<std::string> Directory::misplaced(std::string_view subject, const std::vector<std::string>& above,
                                                bool living) const {
  if (std::ranges::find(above, subject) != above.end()) return fmt::format("area {} would lie below itself", subject);
  const auto alive = std::ranges::count_if(above, [&](const std::string& id) { return !retired_.contains(id); });
  if (static_cast<std::size_t>(alive) + (living ? 1 : 0) + below(subject, false) > kMaxDepth) {
    return fmt::format("more than {} levels of areas", kMaxDepth);
  }
  if (above.size() + 1 + below(subject, true) > kMaxChain) {
    return fmt::format("more than {} areas that took over from one another", kMaxChain);
  }
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
    case Type::area_retired: {
      change.area = subject;
      RuleRow row{{"", "", ""}, {event.is(Type::area_retired) ? 0 : 1}};
      if (const Area* known_area = area(subject); known_area != nullptr) change.before = *known_area;
      if (const RuleRow* known_row = rules_.find("area/" + subject); known_row != nullptr) {
        row.texts = {known_row->text(0), known_row->text(1), known_row->text(2)};
      }
      if (event.is(Type::area_registered)) {
        row.texts = {text_of(event, Field::parent), text_of(event, Field::level), text_of(event, Field::name)};
        if (row.texts[2].empty()) row.texts[2] = subject;
      }
      if (event.is(Type::area_moved)) row.texts[0] = text_of(event, Field::parent);
      if (event.is(Type::area_retired)) {
        for (const std::string_view successor : event.strings(Field::successors)) row.texts.emplace_back(successor);
      }
      const std::string attributed_before(attributed(subject));
      store("area/" + subject, std::move(row));
      change.refold = attributed(subject) != attributed_before;
      break;
    }
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
    case Type::source_trusted:
      change.refold = true;
      store("source/" + subject, {{},
                                  {event.text(Field::judged_by) == "event_time" ? 1 : 0,
                                   event.integer(Field::max_backdate_seconds).value_or(0)}});
      break;
    case Type::policy_published: {
      RuleRow row{{subject, text_of(event, Field::category)},
                  {static_cast<std::int64_t>(*find_clock(*event.text(Field::clock))),
                   event.integer(Field::priority).value_or(0), event.text(Field::start) == "sent" ? 1 : 0,
                   *event.integer(Field::limit_seconds), event.integer(Field::warn_seconds).value_or(0),
                   engine::to_ms(in_force)}};
      change.refold = true;
      store(version_key("policy", subject, in_force), std::move(row));
      break;
    }
    case Type::backfill_opened:
    case Type::backfill_advanced:
    case Type::backfill_closed:
    case Type::backfill_abandoned: {
      const RuleRow* known_row = rules_.find("backfill/" + subject);
      RuleRow row = known_row != nullptr ? *known_row : RuleRow{{"", "open"}, {0, 0}};
      if (event.has(Field::digest)) row.texts[0] = text_of(event, Field::digest);
      if (event.is(Type::backfill_opened)) {
        row.texts[1] = "open";
        row.numbers = {event.integer(Field::events).value_or(0), 0};
        // What a backfill tells is judged by when it happened, for good.
        const auto trust = trusted_.find(source_hash(subject));
        change.refold = trust == trusted_.end() || !trust->second.event_time || trust->second.max_backdate_seconds != 0;
        store("source/" + subject, {{}, {1, 0}});
      }
      if (event.is(Type::backfill_advanced)) row.numbers[1] = event.integer(Field::events).value_or(0);
      if (event.is(Type::backfill_closed)) row.texts[1] = "closed";
      if (event.is(Type::backfill_abandoned)) row.texts[1] = "abandoned";
      change.backfill = true;
      store("backfill/" + subject, std::move(row));
      break;
    }
    default:
      store(fmt::format("other/{}/{}", event.spec()->name, subject),
            {{std::string(event.data())}, {engine::to_ms(in_force)}});
      break;
  }
  if (change.refold) store("refolds", {{}, {refolds_ + 1}});
  return change;
}

const Area* Directory::area(std::string_view id) const {
  const auto found = areas_.find(id);
  return found == areas_.end() ? nullptr : &found->second;
}

const RetiredArea* Directory::retired(std::string_view id) const {
  const auto found = retired_.find(id);
  return found == retired_.end() ? nullptr : &found->second;
}

std::vector<std::string> Directory::chain(std::string_view id) const {
  std::vector<std::string> ids;
  if (id.empty()) return ids;
  ids.emplace_back(id);
  for (const std::string* next = above(id); next != nullptr && ids.size() <= kMaxChain; next = above(*next)) {
    ids.push_back(*next);
  }
  return ids;
}

std::string_view Directory::attributed(std::string_view id) const {
  if (id == "unattributed") return {};
  for (auto found = retired_.find(id); found != retired_.end(); found = retired_.find(id)) {
    if (found->second.successors.size() != 1) break;
    id = found->second.successors.front();
  }
  return id;
}

const std::string* Directory::above(std::string_view id) const {
  const auto retired = retired_.find(id);
  const Area* living = area(id);
  const std::string* found = living != nullptr           ? &living->parent
                             : retired != retired_.end() ? &retired->second.above
                                                         : nullptr;
  return found == nullptr || found->empty() ? nullptr : found;
}

std::size_t Directory::below(std::string_view id, bool retired_too) const {
  std::size_t most = 0;
  if (const auto found = children_.find(id); found != children_.end()) {
    for (const std::string& child : found->second) {
      const std::size_t own = retired_too || !retired_.contains(child) ? 1 : 0;
      most = std::max(most, own + below(child, retired_too));
    }
  }
  return most;
}

std::vector<std::string> Directory::tops() const {
  std::vector<std::string> all;
  for (const auto& [id, living] : areas_) {
    const std::vector<std::string> ids = chain(id);
    if (std::none_of(ids.begin() + 1, ids.end(), [&](const std::string& one) { return areas_.contains(one); })) {
      all.push_back(id);
    }
  }
  return all;
}

std::string Directory::city(std::string_view id) const {
  const std::vector<std::string> ids = chain(id);
  return ids.empty() ? std::string() : ids.back();
}

std::set<std::string> Directory::levels() const {
  std::set<std::string> all;
  for (const auto& [id, area] : areas_) all.insert(area.level);
  return all;
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

const Policy* Directory::policy(ClockKind clock, std::string_view category, std::int64_t priority,
                                Instant start) const {
  const Policy* best = nullptr;
  const auto weight = [](const Policy& policy) {
    return (policy.category.empty() ? 0 : 2) + (policy.priority == 0 ? 0 : 1);
  };
  for (const auto& [id, versions] : policies_) {
    const auto after = std::ranges::upper_bound(versions, start, {}, &Policy::valid_from);
    if (after == versions.begin()) continue;
    const Policy& candidate = *std::prev(after);
    if (candidate.clock != clock) continue;
    if (!candidate.category.empty() && candidate.category != category) continue;
    if (candidate.priority != 0 && candidate.priority != priority) continue;
    const bool better = best == nullptr || weight(candidate) > weight(*best) ||
                        (weight(candidate) == weight(*best) && candidate.valid_from > best->valid_from);
    if (better) best = &candidate;
  }
  return best;
}

Instant Directory::judged(const Fact& fact) const {
  const auto trust = trusted_.find(fact.source);
  if (trust == trusted_.end() || !trust->second.event_time) return fact.logged;
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
