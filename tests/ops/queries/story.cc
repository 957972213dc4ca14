#include "tests/ops/queries/story.h"

namespace questions_test {

namespace {

void tell(Town& town) {
  town.tell("01-05 08:00", "area.registered", "town", R"({"level":"city"})");
  town.tell("01-05 08:00", "area.registered", "east", R"({"level":"street","parent":"town"})");
  town.tell("01-05 08:00", "area.registered", "g7", R"({"level":"grid","parent":"east","name":"Grid 7"})");
  town.tell("01-05 08:00", "calendar.published", "city",
            R"({"version":"2026-a","known":["2026-01-01 2026-11-30"],)"
            R"("days_off":["2026-02-16 春节","2026-02-17 春节","2026-02-18 春节","2026-02-19 春节","2026-02-20 春节",)"
            R"("2026-02-23 春节"],"days_on":["2026-02-14 春节","2026-02-28 春节"]})");
  town.tell("01-05 08:00", "policy.published", "handle-road",
            R"({"clock":"handle","category":"road","limit":"5 work_day","calendar":"city","version":"v3",)"
            R"("warn":["80%"],"escalate":["2 work_hour street leader","then 4 work_hour city"],"max_extensions":1})");
  town.tell(
      "01-05 08:00", "policy.published", "close-road",
      R"({"clock":"close","category":"road","limit":"20 natural_day","end_of_day":true,"calendar":"city","version":"v1"})");
  town.tell("01-05 08:00", "authority.published", "dispatch.resumed", R"({"roles":["dispatcher"]})");
  town.tell("02-12 09:00", "request.reported", "c1",
            R"({"area":"g7","category":"road","condition":"hole","channel":"hotline","role":"operator"})");
  town.tell("02-12 09:10", "dispatch.sent", "c1", R"({"unit":"roads","role":"dispatcher"})");
  town.tell("02-12 09:30", "dispatch.sent", "c1", R"({"unit":"water","lead":false})");
  town.tell("02-13 10:00", "dispatch.suspended", "c1", R"({"until":"2026-02-24T09:00:00+08:00","reason":"frost"})");
  town.tell("02-13 11:00", "dispatch.resumed", "c1", R"({"role":"clerk"})");
  town.tell("02-24 14:00", "dispatch.extended", "c1", R"({"limit":"1 work_day","role":"dispatcher"})");
  town.tell("02-25 14:00", "dispatch.extended", "c1", R"({"limit":"3 work_day","role":"dispatcher"})");
  town.tell("03-02 10:00", "dispatch.suspended", "c1", R"({"until":"2026-03-05T09:00:00+08:00","reason":"rain"})");
  town.tell("03-02 11:00", "dispatch.handled", "c1", R"({"unit":"roads"})");
  town.run("03-02 12:00");
}

}  // namespace

const Town& holiday_town() {
  static const std::unique_ptr<Town> town = [] {
    auto made = std::make_unique<Town>();
    tell(*made);
    return made;
  }();
  return *town;
}

}  // namespace questions_test
