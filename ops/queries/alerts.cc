#include "ops/queries/alerts.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/deployment/log_records.h"
#include "topics/codec/rfc3339.h"

namespace ops {
namespace {

using engine::JsonWriter;
using engine::Result;
using topics::AlertKind;
using Line = AlertsAnswer::Line;

bool is_verdict(AlertKind kind) {
  return kind == AlertKind::warned || kind == AlertKind::breached || kind == AlertKind::met;
}

bool is_of_course(AlertKind kind) {
  return !is_verdict(kind) && kind != AlertKind::escalated && kind != AlertKind::retracted;
}

// "retracted breached", "due changed", "breached (replayed)"
std::string kind_text(const topics::SlaAlert& alert) {
  std::string text(name(alert.kind));
  std::ranges::replace(text, '_', ' ');
  if (alert.kind == AlertKind::retracted) text += " " + alert.rung;
  return alert.replayed ? text + " (replayed)" : text;
}

// In the order of their numbers, announcements and retractions of a clock cancel out.
std::vector<Line> net_of(std::vector<Line> all) {
  std::map<std::tuple<std::string, std::string, std::int32_t>, Line> current;
  for (Line& line : all) {
    std::tuple key(line.alert.subject, line.alert.clock, line.alert.cycle);
    if (line.alert.kind == AlertKind::retracted) {
      current.erase(key);
    } else if (is_verdict(line.alert.kind)) {
      current.insert_or_assign(std::move(key), std::move(line));
    }
  }
  std::vector<Line> net;
  for (auto& [key, line] : current) net.push_back(std::move(line));
  return net;
}

void sort_by_time(std::vector<Line>& lines, std::optional<std::uint64_t> last) {
  // Those of one case keep their order.
  std::ranges::stable_sort(lines, [](const Line& a, const Line& b) {
    return std::tie(a.alert.time, a.alert.subject) < std::tie(b.alert.time, b.alert.subject);
  });
  if (last && lines.size() > *last) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(*last));
}

}  // namespace

Result<AlertsAnswer> answer(const AlertsRequest& request, engine::Log& log, const std::string& topic) {
  AlertsAnswer found{.request = request, .lines = {}};
  std::optional<engine::Error> bad;
  TRY(each_record(log, topic, std::nullopt, [&](engine::Partition, const engine::Record& record) {
    if (!request.subject.empty() && record.key != request.subject) return;
    auto alert = topics::decode_if_sla_alert(record.value);
    if (!alert) {
      bad = engine::Error{engine::Action::corrupt, "cannot decode an alert: " + alert.error().detail};
      return;
    }
    if (!*alert || (!request.course && is_of_course((*alert)->kind))) return;
    found.lines.push_back({std::move(**alert), std::string(record.value)});
  }));
  if (bad) return std::unexpected(*bad);
  if (request.net) {
    found.lines = net_of(std::move(found.lines));
  } else {
    sort_by_time(found.lines, request.last);
  }
  return found;
}

std::string to_json(const AlertsAnswer& answer) {
  std::string out;
  for (const Line& line : answer.lines) {
    if (!answer.request.net) {
      out += line.record + '\n';
      continue;
    }
    const topics::SlaAlert& alert = line.alert;
    out += json_line([&](JsonWriter& json) {
      json.key("case").string(alert.subject).key("clock").string(alert.clock);
      json.key("cycle").integer(alert.cycle).key("verdict").string(alert.rung);
      json.key("due").string(topics::format_rfc3339(alert.due));
    });
  }
  return out;
}

std::string to_text(const AlertsAnswer& answer) {
  if (answer.request.net) {
    TextTable table({{"Case"}, {"Clock"}, {"Verdict"}, {"Due"}, {"Unit"}});
    for (const auto& [alert, record] : answer.lines) {
      table.add({alert.subject, alert.clock, alert.rung, topics::format_rfc3339(alert.due), alert.unit});
    }
    return table.text();
  }
  TextTable table({{"Time"}, {"Alert"}, {"Case"}, {"Clock"}, {"Due"}, {"Unit"}, {"Area"}});
  for (const auto& [alert, record] : answer.lines) {
    table.add({topics::format_rfc3339(alert.time), kind_text(alert), alert.subject, alert.clock,
               topics::format_rfc3339(alert.due), alert.unit, alert.area});
  }
  return table.text();
}

std::string note(const AlertsAnswer& answer, bool json) {
  if (json || !answer.request.net) return {};
  std::map<std::string, std::int64_t> counts;
  for (const Line& line : answer.lines) ++counts[line.alert.rung];
  std::string text;
  for (const auto& [verdict, n] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : "\n", with_commas(n), verdict);
  }
  return text;
}

Result<int> alerts(const AlertsOptions& options) {
  const auto deployment = TRY(Deployment::open_for_reading(
      {.directory = options.common.data, .kafka = options.common.kafka, .prefix = options.common.prefix}));
  const auto found = TRY(answer(options.request, deployment->log(), deployment->topic("sla-alerts")));
  return print_answer(found, options.common.json);
}

void declare_alerts(Program& program) {
  Command command = program.command("alerts", "List the deadline alerts that were published",
                                    "  gridloop alerts --data data/town --last 20\n"
                                    "  gridloop alerts --data data/town --case C-1 --course\n"
                                    "  gridloop alerts --data data/boston --net --json    one line for each clock\n");
  auto& options = command.settings<AlertsOptions>();
  auto& request = options.request;
  add_log_and_json(command, options.common);
  command.flag("--net", request.net, "Show the current verdict of each clock, after all retractions");
  command.flag("--course", request.course,
               "Include the course of each clock: started, paused, resumed, due changed, cancelled");
  command.text("--case", request.subject, "ID", "Only this case");
  command.number("--last", request.last, {}, "N", "Show only the last N");
  command.runs(on_log(options.common, [&options] { return alerts(options); }));
}

}  // namespace ops
