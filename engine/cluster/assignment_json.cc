#include "engine/cluster/assignment_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "engine/json.h"

namespace engine {

namespace {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::owner:
      return "owner";
    case Role::standby:
      return "standby";
    case Role::none:
      break;
  }
  return "none";
}

Role role_of(std::string_view name) {
  if (name == "owner") return Role::owner;
  if (name == "standby") return Role::standby;
  return Role::none;
}

std::unexpected<Error> malformed(std::string_view what, simdjson::error_code code) {
  return fail(Action::invalid, fmt::format("a record of topic {} is not what a process of this program writes: {}",
                                           what, simdjson::error_message(code)));
}

}  // namespace

std::string encode(const Report& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().text("process", report.process).text("address", report.address);
  json.key("number").integer(static_cast<std::int64_t>(report.number)).key("leaving").boolean(report.leaving);
  json.key("standbys").integer(report.standbys).key("holdings").begin_array();
  for (const Holding& holding : report.holdings) {
    json.begin_object().text("task", holding.task).text("role", name_of(holding.role));
    json.key("lag").integer(holding.lag).end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string encode(const Assignment& assignment) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().text("leader", assignment.leader).key("tasks").begin_object();
  for (const auto& [task, placement] : assignment.tasks) {
    json.text_key(task).begin_object().text("owner", placement.owner).key("standbys").begin_array();
    for (const std::string& process : placement.standbys) json.string(process);
    json.end_array().end_object();
  }
  json.end_object().end_object();
  return out;
}

Result<Report> decode_report(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto code = parser.parse(json.data(), json.size()).get(root); code) {
    return malformed("control", code);
  }
  Report report;
  std::string_view process;
  std::string_view address;
  std::uint64_t standbys = 0;
  simdjson::dom::array holdings;
  simdjson::error_code code = root["process"].get(process);
  if (!code) code = root["address"].get(address);
  if (!code) code = root["number"].get(report.number);
  if (!code) code = root["leaving"].get(report.leaving);
  if (!code) code = root["standbys"].get(standbys);
  if (!code) code = root["holdings"].get(holdings);
  if (code) return malformed("control", code);
  report.process = process;
  report.address = address;
  report.standbys = static_cast<std::uint32_t>(standbys);
  for (const simdjson::dom::element element : holdings) {
    std::string_view task;
    std::string_view role;
    Holding& holding = report.holdings.emplace_back();
    code = element["task"].get(task);
    if (!code) code = element["role"].get(role);
    if (!code) code = element["lag"].get(holding.lag);
    if (code) return malformed("control", code);
    holding.task = task;
    holding.role = role_of(role);
  }
  return report;
}

Result<Assignment> decode_assignment(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto code = parser.parse(json.data(), json.size()).get(root); code) {
    return malformed("assignment", code);
  }
  Assignment assignment;
  std::string_view leader;
  simdjson::dom::object tasks;
  simdjson::error_code code = root["leader"].get(leader);
  if (!code) code = root["tasks"].get(tasks);
  if (code) return malformed("assignment", code);
  assignment.leader = leader;
  for (const auto& [task, element] : tasks) {
    Placement& placement = assignment.tasks[std::string(task)];
    std::string_view owner;
    simdjson::dom::array standbys;
    code = element["owner"].get(owner);
    if (!code) code = element["standbys"].get(standbys);
    if (code) return malformed("assignment", code);
    placement.owner = owner;
    for (const simdjson::dom::element standby : standbys) {
      std::string_view process;
      if (code = standby.get(process); code) return malformed("assignment", code);
      placement.standbys.emplace_back(process);
    }
  }
  return assignment;
}

}  // namespace engine
