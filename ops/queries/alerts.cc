// `gridloop alerts`: the deadline alerts in the log.

#include "ops/queries/alerts.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/deployment/deployment.h"
#include "ops/deployment/log_records.h"
#include "topics/codec/json.h"
#include "topics/codec/rfc3339.h"
#include "topics/outputs/outputs.h"

namespace ops {

using engine::Action;
using engine::Partition;
using engine::Result;
using topics::AlertKind;
using topics::JsonWriter;

namespace {

bool is_verdict(AlertKind kind) {
  return kind == AlertKind::warned || kind == AlertKind::breached || kind == AlertKind::met;
}

bool is_of_course(AlertKind kind) {
  return !is_verdict(kind) && kind != AlertKind::escalated && kind != AlertKind::retracted;
}

// "retracted breached", "due changed", "breached (replayed)"
std::string told(const topics::SlaAlert& alert) {
  std::string text(name(alert.kind));
  std::ranges::replace(text, '_', ' ');
  if (alert.kind == AlertKind::retracted) text += " " + alert.rung;
  return alert.replayed ? text + " (replayed)" : text;
}

void show_net(const std::vector<topics::SlaAlert>& all, bool json_wanted) {
  // In the order of their numbers, announcements and retractions of a clock cancel out.
  std::map<std::tuple<std::string, std::string, std::int32_t>, const topics::SlaAlert*> standing;
  for (const topics::SlaAlert& alert : all) {
    const std::tuple key(alert.subject, alert.clock, alert.cycle);
    if (alert.kind == AlertKind::retracted) {
      standing.erase(key);
    } else if (is_verdict(alert.kind)) {
      standing[key] = &alert;
    }
  }
  std::map<std::string, std::int64_t> counts;
  TextTable table({{"Case"}, {"Clock"}, {"Verdict"}, {"Due"}, {"Unit"}});
  for (const auto& [key, alert] : standing) {
    ++counts[alert->rung];
    if (!json_wanted) {
      table.add({alert->subject, alert->clock, alert->rung, topics::format_rfc3339(alert->due), alert->unit});
      continue;
    }
    std::string out;
    JsonWriter json(out);
    json.begin_object().key("case").string(alert->subject).key("clock").string(alert->clock);
    json.key("cycle").integer(alert->cycle).key("verdict").string(alert->rung);
    json.key("due").string(topics::format_rfc3339(alert->due)).end_object();
    fmt::print("{}\n", out);
  }
  if (json_wanted) return;
  fmt::print("{}", table.text());
  for (const auto& [verdict, n] : counts) say(fmt::format("{} {}", with_commas(n), verdict));
}

}  // namespace

Result<int> alerts(const AlertsOptions& options) {
  const auto deployment = TRY(Deployment::open_for_reading(
      {.directory = options.common.data, .kafka = options.common.kafka, .prefix = options.common.prefix}));
  std::vector<topics::SlaAlert> all;
  std::vector<std::string> lines;
  std::optional<engine::Error> bad;
  TRY(each_record(deployment->log(), deployment->topic("sla-alerts"), std::nullopt,
                  [&](Partition, const engine::Record& record) {
                    if (!options.subject.empty() && record.key != options.subject) return;
                    auto alert = topics::decode_if_sla_alert(record.value);
                    if (!alert) {
                      bad = engine::Error{Action::corrupt, "cannot decode an alert: " + alert.error().detail};
                      return;
                    }
                    if (!*alert || (!options.course && is_of_course((*alert)->kind))) return;
                    all.push_back(std::move(**alert));
                    lines.emplace_back(record.value);
                  }));
  if (bad) return std::unexpected(*bad);
  if (options.net) {
    show_net(all, options.common.json);
    return kOk;
  }
  // By time; those of one case keep their order.
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return std::pair(all[i].time, all[i].subject); });
  if (options.last && order.size() > *options.last) {
    order.erase(order.begin(), order.end() - static_cast<std::ptrdiff_t>(*options.last));
  }
  TextTable table({{"Time"}, {"Alert"}, {"Case"}, {"Clock"}, {"Due"}, {"Unit"}, {"Area"}});
  for (const std::size_t i : order) {
    const topics::SlaAlert& alert = all[i];
    if (options.common.json) {
      fmt::print("{}\n", lines[i]);
      continue;
    }
    table.add({topics::format_rfc3339(alert.time), told(alert), alert.subject, alert.clock,
               topics::format_rfc3339(alert.due), alert.unit, alert.area});
  }
  if (!options.common.json) fmt::print("{}", table.text());
  return kOk;
}

void declare_alerts(Program& program) {
  Command command = program.command("alerts", "List the deadline alerts that were published",
                                    "  gridloop alerts --data data/town --last 20\n"
                                    "  gridloop alerts --data data/town --case C-1 --course\n"
                                    "  gridloop alerts --data data/boston --net --json    one line for each clock\n");
  auto& options = command.settings<AlertsOptions>();
  add_log_and_json(command, options.common);
  command.flag("--net", options.net, "Show the current verdict of each clock, after all retractions");
  command.flag("--course", options.course,
               "Include the course of each clock: started, paused, resumed, due changed, cancelled");
  command.text("--case", options.subject, "ID", "Only this case");
  command.number("--last", options.last, {}, "N", "Show only the last N");
  command.runs(on_log(options.common, [&options] { return alerts(options); }));
}

}  // namespace ops
