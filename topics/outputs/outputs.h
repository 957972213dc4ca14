// All outputs of the stages.
//
// Takes: the results of a step, such as differences of counters, alerts, rows and dead letters. Gives: their events as JSON,
// and the readers of those that another stage needs, such as AreaDeltas.

#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/log/log.h"
#include "engine/types.h"
#include "topics/codec/event.h"
#include "topics/outputs/counters.h"

namespace topics {

// What the stages write. Each append() appends a CloudEvent as one line of JSON, whose source is "gridloop/<stage>" and
// whose id is the same whenever the same step is replayed. None of it holds a personal field.
//
// A `task` is written "<stage>-<partition>", as in "cases-3".
// Times are those of the task's clock. Errors of the decode functions: a Rejection that names the member.

// ---- counters of areas (counters.h) ------------------------------------------------------------------------------

// What one step of a task changed in the counters of a city's areas; large steps are split into parts.
struct AreaDeltas {
  std::string city;
  std::string task;
  std::int64_t step = 0;
  std::int32_t part = 0;
  std::int32_t freeze = 0;         // the sender's freeze number
  std::int64_t rules_version = 0;  // how many changes of rules all of the sender's rows have been folded by
  bool behind = false;             // the sender is catching up: more is to come soon
  std::vector<std::pair<std::string, std::int64_t>> positions;  // topic → next offset that the sender will read
  std::vector<CounterDelta> deltas;
  engine::Instant time{};
  bool operator==(const AreaDeltas&) const = default;
};

// Type area.counted, subject = the city. Deltas are written in the order of combine(), those of one area and bucket
// together.
void append(std::string& out, const AreaDeltas& deltas);
std::expected<AreaDeltas, Rejection> decode_area_deltas(std::string_view value);

// ---- alerts -----------------------------------------------------------------------------------------------------

// The first five are about verdicts: their net is where the clock stands. The others tell its course.
enum class AlertKind : std::uint8_t {
  warned,
  breached,
  escalated,  // a breach lasts: the next level is told
  met,
  retracted,
  started,
  paused,
  resumed,
  due_changed,
  cancelled,
};
inline constexpr std::size_t kAlertKinds = 10;

std::string_view name(AlertKind kind);
std::optional<AlertKind> find_alert_kind(std::string_view name);

// Type sla.<kind>; subject = the case. Texts that are empty, and numbers that are 0 or false where that says nothing,
// are not written.
struct SlaAlert {
  std::string id;  // case|clock|cycle|rung|n
  AlertKind kind = AlertKind::warned;
  std::string subject;
  std::string clock;  // "sign", "handle", "close" ...
  std::int32_t cycle = 0;
  engine::Instant due{};
  std::string rung;  // what is announced or, for retracted, withdrawn: "warned", "breached", "met" ...
  std::string unit;  // that the clock waits for
  std::string area;
  std::string category;
  std::optional<std::int64_t> priority;
  engine::Instant time{};
  bool replayed = false;               // announced after a backlog or a backfill
  std::int64_t step = 0;               // of warned and escalated: which of the policy's rungs, from 1
  std::string level;                   // of escalated: whom it is for
  std::string role;                    // the same
  std::vector<std::string> area_path;  // the areas from the top down to `area`
  std::string policy;                  // that gave the due time; empty when an event did
  std::string policy_version;
  std::string calendar;
  std::string calendar_version;
  bool provisional = false;                     // a later notice may move the due time
  std::optional<std::int64_t> late_seconds;     // of breached and escalated: how long after it was so the alert came
  std::optional<engine::Instant> until;         // of paused: when it goes on by itself
  std::string reason;                           // of paused
  std::optional<engine::Instant> previous_due;  // of due_changed
  bool operator==(const SlaAlert&) const = default;
};

// Members "area" and "area_path" of an alert, as JSON: the same of all alerts of an area.
std::string area_members(std::string_view area, std::span<const std::string> path);

// An alert with texts that live elsewhere.
struct SlaAlertView {
  std::string_view id;
  AlertKind kind = AlertKind::warned;
  std::string_view subject;
  std::string_view clock;
  std::int32_t cycle = 0;
  engine::Instant due{};
  std::string_view rung;
  std::string_view unit;
  std::string_view area_members;  // as area_members() gives them
  std::string_view category;
  std::optional<std::int64_t> priority;
  engine::Instant time{};
  bool replayed = false;
  std::int64_t step = 0;
  std::string_view level;
  std::string_view role;
  std::string_view policy;
  std::string_view policy_version;
  std::string_view calendar;
  std::string_view calendar_version;
  bool provisional = false;
  std::optional<std::int64_t> late_seconds;
  std::optional<engine::Instant> until;
  std::string_view reason;
  std::optional<engine::Instant> previous_due;
};

void append(std::string& out, const SlaAlert& alert);
void append(std::string& out, const SlaAlertView& alert);
std::expected<SlaAlert, Rejection> decode_sla_alert(std::string_view value);
// The same of any record of sla-alerts: nothing when it is of a step and not of a case, which its type says.
std::expected<std::optional<SlaAlert>, Rejection> decode_if_sla_alert(std::string_view value);

inline constexpr std::string_view kStormType = "sla.storm";
inline constexpr std::string_view kHeartbeatType = "sla.heartbeat";

// Type sla.storm, subject = the unit, or the task when no unit has the cases: how many clocks of a unit were breached,
// or warned of, in one step. Beside their own alerts.
struct SlaStorm {  // id: task|step|unit|kind
  std::string task;
  std::int64_t step = 0;
  std::string unit;
  AlertKind kind = AlertKind::breached;
  std::int64_t alerts = 0;
  std::int64_t cases = 0;
  engine::Instant first_due{};
  engine::Instant last_due{};
  bool replayed = false;
  engine::Instant time{};
  bool operator==(const SlaStorm&) const = default;
};

void append(std::string& out, const SlaStorm& storm);
std::expected<SlaStorm, Rejection> decode_sla_storm(std::string_view value);

// Type sla.heartbeat, subject = the task: it is alive, and this is how far it has come.
struct SlaHeartbeat {  // id: task|step|heartbeat
  std::string task;
  std::int64_t step = 0;
  engine::Instant time{};       // the task's clock
  engine::Milliseconds lag{0};  // by which its timer fired late by the task's clock, as those of alerts do now
  bool behind = false;          // a backlog is being read: alerts are pending
  std::int64_t pending = 0;     // cases whose alerts wait until it is read
  std::int64_t timers = 0;      // that are set
  std::optional<engine::Instant> next_due;
  bool operator==(const SlaHeartbeat&) const = default;
};

void append(std::string& out, const SlaHeartbeat& heartbeat);
std::expected<SlaHeartbeat, Rejection> decode_sla_heartbeat(std::string_view value);

// ---- messages between rows ------------------------------------------------------------------------------------------

// Type case.linked, subject = `to`: what a case tells another one, in the inbox of the cases stage, where only the
// stage writes. An absolute fact: of what one case tells another in one relation, the highest version counts.
inline constexpr std::string_view kLinkType = "case.linked";
struct CaseLink {  // id: from|relation|to|version
  std::string from;
  std::string to;
  bool child = false;  // relation: "child", `from` is merged into `to`; else "parent", the other way round
  std::int64_t version = 1;
  bool holds = true;                     // false: no longer
  std::vector<std::string> via;          // the cases from which it comes, the sender last
  std::optional<engine::Instant> start;  // of a child: when it was accepted, or one merged into it
  std::optional<engine::Instant> start_judged;
  std::optional<engine::Instant> since;   // of a child: judged time of the merge
  std::optional<engine::Instant> closed;  // of a parent
  std::optional<engine::Instant> closed_judged;
  engine::Instant time{};
  bool operator==(const CaseLink&) const = default;
};

void append(std::string& out, const CaseLink& link);
std::expected<CaseLink, Rejection> decode_case_link(std::string_view value);

// ---- rows of compacted topics -----------------------------------------------------------------------------------

// Where a clock of a case stands.
struct ClockState {
  std::string_view clock;
  std::int32_t cycle = 0;
  engine::Instant due{};
  std::string_view verdict;  // "running", "warned", "breached", "met"
  std::string_view state;    // "running", "paused", "stopped", "cancelled"
  std::optional<engine::Instant> start;
  std::string_view unit;
  std::string_view policy;
  bool provisional = false;
};

// Type case.changed, subject = the case: the current row. The texts live elsewhere.
struct CaseRow {
  std::string_view subject;
  std::string_view task;
  std::int64_t step = 0;
  std::string_view status;
  std::string_view area;
  std::string_view category;
  std::optional<std::int64_t> priority;
  std::string_view channel;
  std::string_view unit;
  std::optional<engine::Instant> opened;
  std::optional<engine::Instant> handled;
  std::optional<engine::Instant> closed;
  std::optional<engine::Instant> due;
  std::vector<ClockState> clocks;
  std::int64_t hops = 0;
  bool duplicate = false;
  engine::Instant time{};
  std::int64_t version = 0;  // events that were applied to it: what `if_version` is compared with
  std::string_view condition;
  std::string_view kind;
  std::string_view level;  // to which it was raised
  std::string_view parent;
  std::string_view successor;
  std::vector<std::string_view> assisting;  // units beside `unit`
  std::optional<engine::Instant> suspended_until;
  std::int64_t repeats = 0;  // times that the same caller asked again
  std::int64_t extensions = 0;
  bool excluded = false;
  std::vector<std::string_view> anomalies;  // codes, ascending, none twice

  void clear();  // what was allocated is kept
};

void append(std::string& out, const CaseRow& row);

// Type workload.changed, subject = area/day: one area on one day.
struct WorkloadRow {
  std::string task;
  std::int64_t step = 0;
  std::string area;
  std::string name;
  std::int32_t day = 0;  // days since 1970-01-01
  std::vector<Count> counters;
  std::int64_t open_now = 0;
  std::int64_t overdue_now = 0;
  engine::Instant time{};
};

void append(std::string& out, const WorkloadRow& row);
std::string key_of(const WorkloadRow& row);  // its record key, which is the subject

// An exact ratio; wide enough for a weighted sum of rates.
struct Ratio {
  __int128 num = 0;
  __int128 den = 1;
};

std::string to_string(const Ratio& ratio);  // "7416/10000"

struct Indicator {
  std::string code;
  std::int64_t num = 0;
  std::int64_t den = 0;
};

// Type ranking.changed, subject = ruleset/period/edition/level/league/area: one area's place.
struct RankingRow {
  std::string task;
  std::int64_t step = 0;
  std::string ruleset;
  std::string period;  // "2015-06"
  std::int32_t edition = 1;
  std::string level;
  std::string league;  // empty when there is only one
  std::string area;
  std::string name;
  std::optional<std::int64_t> rank;  // nothing when the area is not ranked; `unranked` says why
  std::string unranked;
  std::int64_t of = 0;  // ranked areas
  std::optional<std::int64_t> previous_rank;
  std::vector<Indicator> indicators;
  std::optional<Ratio> score;
  engine::Instant time{};
};

void append(std::string& out, const RankingRow& row);
std::string key_of(const RankingRow& row);

// ---- dead letters -----------------------------------------------------------------------------------------------

// Bytes of a refused record's value that its dead letter keeps at most.
inline constexpr std::size_t kDeadLetterBytes = 64u << 10;

// Bytes of names and values of its headers that its dead letter keeps at most.
inline constexpr std::size_t kDeadLetterHeaderBytes = 16u << 10;

// Type record.rejected, subject = topic/partition/offset: a record that was not applied, as it came, and why.
struct DeadLetter {
  std::string stage;
  Reason reason = Reason::not_json;
  std::string detail;
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  engine::Instant logged{};
  std::string key;
  std::string value;                  // its first kDeadLetterBytes
  std::uint64_t value_bytes = 0;      // of the whole; REQUIRES for append(): not set, `value` is the whole
  std::string value_hash;             // xxh3-128 of the whole in hex; not set for append()
  engine::Headers headers;            // the first of them, up to kDeadLetterHeaderBytes
  std::int64_t headers_left_out = 0;  // how many are not kept; not set for append()
  engine::Instant time{};
};

// Values, keys and headers that are UTF-8 are written as text, others in base64.
void append(std::string& out, const DeadLetter& letter);
std::expected<DeadLetter, Rejection> decode_dead_letter(std::string_view value);

// What append() appends.
template <class Output>
std::string encode(const Output& output) {
  std::string out;
  append(out, output);
  return out;
}

}  // namespace topics
