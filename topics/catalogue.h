#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace topics {

// The catalogue says which events there are, what each is about, and which data fields it carries. It is compiled in;
// README.md of this room prints it. A field of one name means the same and has the same kind in every event type.

// Families of events; each has a topic of its own (topology.h).
enum class Family : std::uint8_t { requests, dispatches, visits, judgements, sensors, directory };

std::string_view name(Family family);

enum class Field : std::uint8_t {
  // place
  area,
  map_version,
  latitude,
  longitude,
  accuracy_m,
  address,
  // what a request says
  category,
  condition,
  priority,
  channel,
  kind,
  title,
  text,
  reporter,
  phone,
  duplicate,
  // who
  unit,
  units,
  lead,
  worker,
  person,
  actor,
  role,
  by_unit,
  household,
  case_id,
  // handling
  due,
  hop,
  level,
  until,
  reason,
  result,
  evidence,
  parent,
  successor,
  successors,
  limit,
  outside,
  if_version,
  // field work
  means,
  route,
  drawn,
  tags,
  expectation,
  // judgement
  passed,
  attempt,
  reached,
  resolved,
  satisfaction,
  upheld,
  concerns,
  // devices
  metric,
  reading,
  value_unit,
  alarm,
  battery_percent,
  last_heard,
  interval_seconds,
  model,
  // rules
  name,
  valid_from,
  version,
  clock,
  start,
  limit_seconds,
  warn_seconds,
  count_from,
  end_of_day,
  work_day_minutes,
  warn,
  escalate,
  rebase,
  max_extensions,
  extension_approvals,
  max_suspensions,
  max_suspension_days,
  suspension_approvals,
  calendar,
  zone,
  sessions,
  seasons,
  weekly_days_off,
  days_off,
  days_on,
  known,
  transitions,
  indicators,
  weights,
  minimum_sample,
  ranking,
  count_duplicates,
  judged_by,
  max_backdate_seconds,
  types,
  roles,
  digest,
  files,
  events,
  value,
  edition,
  expects,
  daily_at,
  window_seconds,
};

inline constexpr std::size_t kFieldCount = static_cast<std::size_t>(Field::window_seconds) + 1;

enum class FieldKind : std::uint8_t {
  string,   // not empty: an empty string counts as absent
  integer,  // JSON integer that fits 64 signed bits
  boolean,
  instant,  // RFC 3339 string with its zone
  decimal,  // JSON number or numeric string; kept as its text
  strings,  // array of strings
};

std::string_view name(FieldKind kind);

// What a field means wherever it occurs.
struct FieldMeaning {
  Field field;
  std::string_view name;
  FieldKind kind;
  std::string_view unit;  // of numbers; empty when there is none
  bool personal;          // tells something about a person; never copied to outputs
  std::string_view doc;
};

const FieldMeaning& meaning(Field field);
std::span<const FieldMeaning> fields();                 // all, in the order of the enum
const FieldMeaning* find_field(std::string_view name);  // by its own name; nullptr when there is none
inline std::string_view name(Field field) {
  return meaning(field).name;
}

struct FieldSpec {
  Field field;
  bool required = false;
};

enum class Type : std::uint8_t {
  // requests
  request_reported,
  request_registered,
  request_declined,
  request_answered,
  request_classified,
  request_located,
  request_merged,
  request_unmerged,
  request_withdrawn,
  request_repeated,
  // dispatches
  dispatch_sent,
  dispatch_assigned,
  dispatch_taken,
  dispatch_signed,
  dispatch_returned,
  dispatch_forwarded,
  dispatch_raised,
  dispatch_whistled,
  dispatch_reported_in,
  dispatch_suspended,
  dispatch_resumed,
  dispatch_extension_requested,
  dispatch_extended,
  dispatch_handled,
  dispatch_self_handled,
  dispatch_check_requested,
  dispatch_closed,
  dispatch_force_closed,
  dispatch_reopened,
  // visits
  visit_planned,
  visit_contacted,
  visit_arrived,
  visit_made,
  visit_missed,
  worker_checked_in,
  round_made,
  patrol_located,
  expectation_missed,
  household_registered,
  household_retired,
  worker_registered,
  worker_retired,
  // judgements
  judgement_checked,
  judgement_called_back,
  judgement_rated,
  judgement_exclusion_requested,
  judgement_exclusion_approved,
  judgement_exclusion_revoked,
  judgement_appealed,
  judgement_appeal_decided,
  judgement_extension_approved,
  judgement_extension_rejected,
  judgement_suspension_approved,
  judgement_suspension_rejected,
  judgement_supervised,
  judgement_urged,
  // sensors
  sensor_read,
  alarm_raised,
  alarm_cleared,
  alarm_verified,
  alarm_dismissed,
  device_beat,
  device_silenced,
  device_tampered,
  device_low_battery,
  device_registered,
  device_retired,
  // directory
  area_registered,
  area_moved,
  area_retired,
  unit_registered,
  unit_retired,
  category_registered,
  policy_published,
  policy_retired,
  authority_published,
  calendar_published,
  ruleset_published,
  expectation_published,
  zone_published,
  source_trusted,
  setting_changed,
  backfill_opened,
  backfill_advanced,
  backfill_closed,
  backfill_abandoned,
  period_frozen,
  period_corrected,
};

inline constexpr std::size_t kTypeCount = static_cast<std::size_t>(Type::period_corrected) + 1;

struct TypeSpec {
  Type type;
  std::string_view name;  // dotted, past tense: "request.reported"
  Family family;
  std::string_view subject;  // what the event is about: "case", "device", "area" ...
  std::string_view chinese;
  std::string_view doc;
  std::span<const FieldSpec> fields;
};

// Another name under which events of a type are accepted.
struct Alias {
  std::string_view alias;
  Type type;
};

// Another name of a field. It counts only where the event's type does not list a field of that very name.
struct FieldAlias {
  std::string_view alias;
  Field field;
};

std::span<const TypeSpec> catalogue();  // in the order of the enum
const TypeSpec& spec(Type type);
const TypeSpec* find_type(std::string_view name);  // by its name or an alias, O(1); nullptr when there is none
std::span<const Alias> aliases();
std::span<const FieldAlias> field_aliases();

// The field that `type` lists as `field`; nullptr when it lists none.
const FieldSpec* find(const TypeSpec& type, Field field);

}  // namespace topics
