#include "projections/rules/policy.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "projections/rules/directory.h"
#include "tests/projections/facts.h"
#include "topics/codec/rfc3339.h"

namespace projections_test {
namespace {

using engine::Instant;
using projections::CalendarVersion;
using projections::CaseTraits;
using projections::ClockKind;
using projections::ClockStart;
using projections::Grant;
using projections::Policy;
using projections::TimeUnit;
using std::chrono::hours;
using std::chrono::minutes;

Told rule(std::string_view type, std::string_view subject, std::string data, minutes after = minutes(0)) {
  Told told;
  told.time = kRulesTold + after;
  told.type = type;
  told.subject = subject;
  told.id = "1";
  told.data = std::move(data);
  return told;
}

// A town with streets and grids, two categories and a working calendar.
class Town : public testing::Test {
 protected:
  std::string refusal(std::string_view data) {
    return book.refusal(rule("policy.published", "p", std::string(data), minutes(1)));
  }
  std::string calendar_refusal(std::string_view data) {
    return book.refusal(rule("calendar.published", "c", std::string(data), minutes(1)));
  }
  const Policy* handle(const projections::Directory& rules, minutes start, minutes at) const {
    const CaseTraits traits{.category = "noise", .condition = "night", .area = "g1", .priority = 2};
    return rules.policy(ClockKind::handle, traits, kRulesTold + start, kRulesTold + at);
  }
  std::string version(minutes start, minutes at) const {
    const Policy* policy = handle(book.rules(), start, at);
    return policy == nullptr ? "none" : policy->version;
  }
  bool publish(std::string_view version, minutes after, bool rebase = false) {
    return book.tell(rule(
        "policy.published", "p",
        fmt::format(R"({{"clock":"handle","limit":"1 minute","version":"{}","rebase":{}}})", version, rebase), after));
  }
  bool retire(minutes after) { return book.tell(rule("policy.retired", "p", "{}", after)); }

  RuleBook book{{rule("area.registered", "city", R"({"level":"city"})"),
                 rule("area.registered", "s1", R"({"level":"street","parent":"city"})"),
                 rule("area.registered", "g1", R"({"level":"grid","parent":"s1"})"),
                 rule("category.registered", "noise", R"({"name":"Noise","level":"street"})"),
                 rule("category.registered", "gas", R"({"name":"Gas"})"), rule("calendar.published", "cn", "{}")}};
};

using PolicyEvent = Town;

TEST_F(PolicyEvent, TellsEverythingAboutAClock) {
  ASSERT_EQ(book.refusal(rule("policy.published", "p", R"({"clock":"handle","category":"noise","condition":"night",
      "area":"s1","priority":2,"start":"sent","limit":"5 work_day","calendar":"cn","count_from":"next_work_day",
      "end_of_day":true,"work_day_minutes":420,"warn":["1 work_day","80%"],
      "escalate":["4 work_hour street leader","then 1 work_day city"],"rebase":true,"max_extensions":2,
      "extension_approvals":1,"max_suspensions":3,"max_suspension_days":30,"suspension_approvals":2,
      "version":"2026-1"})")),
            "");
  const auto reopened = book.reopened();
  for (const auto* rules : {&book.rules(), &reopened->rules()}) {
    const Policy* policy = handle(*rules, minutes(0), minutes(0));
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(policy->id, "p");
    EXPECT_EQ(policy->version, "2026-1");
    EXPECT_EQ(policy->in_force, kRulesTold);
    EXPECT_EQ(policy->category, "noise");
    EXPECT_EQ(policy->condition, "night");
    EXPECT_EQ(policy->area, "s1");
    EXPECT_EQ(policy->priority, 2);
    EXPECT_EQ(policy->start, ClockStart::sent);
    EXPECT_EQ(policy->budget, (Grant{5, TimeUnit::work_day}));
    EXPECT_EQ(policy->rules.count_from, projections::CountFrom::next_work_day);
    EXPECT_TRUE(policy->rules.end_of_day);
    EXPECT_EQ(policy->rules.work_day, hours(7));
    EXPECT_EQ(policy->limit.work_days(), 5);
    EXPECT_EQ(policy->calendar, "cn");
    ASSERT_EQ(policy->warn.size(), 2u);
    EXPECT_EQ(policy->warn[0].percent, 0);
    EXPECT_EQ(policy->warn[0].before, (Grant{1, TimeUnit::work_day}));
    EXPECT_EQ(policy->warn[1].percent, 80);
    ASSERT_EQ(policy->escalate.size(), 2u);
    EXPECT_EQ(policy->escalate[0].after, (Grant{4, TimeUnit::work_hour}));
    EXPECT_FALSE(policy->escalate[0].after_previous);
    EXPECT_EQ(policy->escalate[0].level, "street");
    EXPECT_EQ(policy->escalate[0].role, "leader");
    EXPECT_EQ(policy->escalate[1].after, (Grant{1, TimeUnit::work_day}));
    EXPECT_TRUE(policy->escalate[1].after_previous);
    EXPECT_EQ(policy->escalate[1].level, "city");
    EXPECT_EQ(policy->escalate[1].role, "");
    EXPECT_TRUE(policy->rebase);
    EXPECT_EQ(policy->max_extensions, 2);
    EXPECT_EQ(policy->extension_approvals, 1);
    EXPECT_EQ(policy->max_suspensions, 3);
    EXPECT_EQ(policy->max_suspension_days, 30);
    EXPECT_EQ(policy->suspension_approvals, 2);
  }
}

TEST_F(PolicyEvent, LeavesOutWhatItDoesNotTell) {
  ASSERT_EQ(refusal(R"({"clock":"handle","limit_seconds":7200,"kind":"help","channel":"app","level":"street"})"), "");
  const CaseTraits traits{.kind = "help", .channel = "app", .level = "street"};
  const auto reopened = book.reopened();
  const Instant later = kRulesTold + minutes(1);
  for (const auto* rules : {&book.rules(), &reopened->rules()}) {
    const Policy* policy = rules->policy(ClockKind::handle, traits, later, later);
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(policy->kind, "help");
    EXPECT_EQ(policy->channel, "app");
    EXPECT_EQ(policy->level, "street");
    EXPECT_EQ(policy->start, ClockStart::usual);
    EXPECT_EQ(policy->budget, (Grant{7200, TimeUnit::second}));
    EXPECT_EQ(policy->limit.fixed(), hours(2));
    EXPECT_EQ(policy->rules.work_day, std::nullopt);
    EXPECT_EQ(policy->calendar, "");
    EXPECT_TRUE(policy->warn.empty());
    EXPECT_TRUE(policy->escalate.empty());
    EXPECT_FALSE(policy->rebase);
    EXPECT_EQ(policy->max_extensions, std::nullopt);
    EXPECT_EQ(policy->extension_approvals, 0);
    EXPECT_EQ(policy->max_suspensions, std::nullopt);
    EXPECT_EQ(policy->max_suspension_days, std::nullopt);
    EXPECT_EQ(policy->suspension_approvals, 0);
  }
}

TEST_F(PolicyEvent, WarnsInTheOrderInWhichWarningsComeUp) {
  // 16 hours: 80 % are 12 h 48 min, two hours before are 14 h, a work day of eight hours before is 8 h.
  ASSERT_EQ(refusal(R"({"clock":"handle","limit":"2 work_day","calendar":"cn",
                        "warn":["2 work_hour","80%","1 work_day"]})"),
            "");
  const Policy* policy = handle(book.rules(), minutes(1), minutes(1));
  ASSERT_EQ(policy->warn.size(), 3u);
  EXPECT_EQ(policy->warn[0].before, (Grant{1, TimeUnit::work_day}));
  EXPECT_EQ(policy->warn[1].percent, 80);
  EXPECT_EQ(policy->warn[2].before, (Grant{2, TimeUnit::work_hour}));
}

TEST_F(PolicyEvent, IsRefusedWithTheFieldAndWhatIsWrong) {
  const auto refuses = [&](std::string_view data, std::string_view why) { EXPECT_EQ(refusal(data), why) << data; };
  const auto handle = [&](std::string_view more, std::string_view why) {
    refuses(fmt::format(R"({{"clock":"handle",{}}})", more), why);
  };
  const auto timed = [&](std::string_view more, std::string_view why) {
    handle(fmt::format(R"("limit":"4 urgent_hour",{})", more), why);
  };
  const auto worked = [&](std::string_view more, std::string_view why) {
    handle(fmt::format(R"("limit":"1 work_day","calendar":"cn",{})", more), why);
  };
  refuses(R"({"clock":"lunch","limit_seconds":60})",
          "wrong_type: clock: 'lunch' is not one of sign, handle, close, register, contact, arrive, check, callback, "
          "appeal, report_in, supervise, urge");

  const std::string_view no_grant =
      " is not a number, one blank and a unit, as \"5 work_day\"; the units are second, minute, urgent_hour, "
      "work_hour, work_day, natural_day";
  for (const std::string_view limit : {"5 days", "5", "five minute", "-5 minute", "5  minute", "1 minute + 1 minute"}) {
    handle(fmt::format(R"("limit":"{}")", limit), fmt::format("wrong_type: limit: '{}'{}", limit, no_grant));
  }
  for (const std::string_view limit : {"0 minute", "0 work_day", "36601 natural_day", "36601 work_day",
                                       "9223372036854775807 urgent_hour", "3162240001 second"}) {
    handle(fmt::format(R"("limit":"{}","calendar":"cn")", limit),
           fmt::format("wrong_type: limit: '{}' is not above 0 and 100 years at most", limit));
  }
  for (const std::string_view seconds : {"0", "-1", "3162240001", "9223372036854775807"}) {
    handle(fmt::format(R"("limit_seconds":{})", seconds),
           fmt::format("wrong_type: limit_seconds: {} is not above 0 and 100 years at most", seconds));
  }
  handle(R"("limit":"1 minute","limit_seconds":60)",
         "wrong_type: limit: limit_seconds says it, too: there has to be one of them");
  handle(R"("priority":1)", "wrong_type: limit: is missing, and so is limit_seconds: there has to be one of them");

  const std::string_view no_calendar =
      "wrong_type: calendar: is missing: a limit in working time, end_of_day and count_from need one";
  handle(R"("limit":"5 work_day")", no_calendar);
  handle(R"("limit":"5 work_hour")", no_calendar);
  handle(R"("limit":"5 natural_day","end_of_day":true)", no_calendar);
  handle(R"("limit":"5 natural_day","count_from":"next_day")", no_calendar);
  handle(R"("limit":"5 work_day","calendar":"us")", "unknown_target: calendar: calendar us is not published");
  timed(R"("calendar":"us")", "unknown_target: calendar: calendar us is not published");
  timed(R"("calendar":"cn","count_from":"tomorrow")",
        "wrong_type: count_from: 'tomorrow' is not one of instant, next_day, next_work_day");
  timed(R"("calendar":"cn","end_of_day":true)",
        "wrong_type: end_of_day: a limit of 4 urgent_hour is not one in days: use work_day or natural_day");
  worked(R"("work_day_minutes":0)", "wrong_type: work_day_minutes: 0 is not 1 to 1440");
  worked(R"("work_day_minutes":1441)", "wrong_type: work_day_minutes: 1441 is not 1 to 1440");

  timed(R"("warn":["4 urgent_hour"])",
        "wrong_type: warn: 4 urgent_hour before it is due is not below the limit of 4 urgent_hour");
  worked(R"("warn":["8 work_hour"])",
         "wrong_type: warn: 8 work_hour before it is due is not below the limit of 1 work_day");
  worked(R"("work_day_minutes":420,"warn":["7 work_hour"])",
         "wrong_type: warn: 7 work_hour before it is due is not below the limit of 1 work_day");
  timed(R"("warn":["1 work_hour"])",
        "wrong_type: warn: '1 work_hour' counts working time, and the limit of 4 urgent_hour counts all time");
  worked(R"("warn":["10 minute"])",
         "wrong_type: warn: '10 minute' counts all time, and the limit of 1 work_day counts working time");
  for (const std::string_view share : {"0%", "100%", "-1%", "8.5%", "%", " 80%", "80 %"}) {
    timed(fmt::format(R"("warn":["{}"])", share),
          fmt::format("wrong_type: warn: '{}' is not a share of 1% to 99%", share));
  }
  timed(R"("warn":["80%","50%","80%"])", "wrong_type: warn: '80%' is there twice");
  timed(R"("warn":["80%"],"warn_seconds":60)", "wrong_type: warn: warn_seconds says it, too: there can be one of them");
  timed(R"("warn_seconds":14400)",
        "wrong_type: warn: 14400 second before it is due is not below the limit of 4 urgent_hour");
  timed(R"("warn_seconds":-1)", "wrong_type: warn_seconds: -1 is not above 0 and below the limit");
  worked(R"("warn_seconds":60)",
         "wrong_type: warn_seconds: counts all time, and the limit of 1 work_day working time: use warn");
  std::string many;
  for (int n = 1; n <= 65; ++n) many += fmt::format(R"({}"{} second")", n > 1 ? "," : "", n);
  timed(fmt::format(R"("warn":[{}])", many), "wrong_type: warn: has 65 strings, and 64 at most are read");

  timed(R"("escalate":["4 urgent_hour province"])",
        "unknown_target: escalate: no area has the level province: nobody would be told");
  timed(R"("escalate":["4 urgent_hour street","then 5 urgent_hour street"])",
        "wrong_type: escalate: 'then 5 urgent_hour street' goes to street a second time: a cycle of escalations");
  timed(R"("escalate":["4 urgent_hour street leader","4 urgent_hour city","5 urgent_hour street leader"])",
        "wrong_type: escalate: '5 urgent_hour street leader' goes to street leader a second time: a cycle of "
        "escalations");
  timed(R"("escalate":["4 work_hour street"])",
        "wrong_type: escalate: '4 work_hour' counts working time, and the limit of 4 urgent_hour counts all time");
  timed(R"("escalate":["0 urgent_hour street"])",
        "wrong_type: escalate: '0 urgent_hour' is not above 0 and 100 years at most");
  timed(R"("escalate":["then 1 urgent_hour street"])",
        "wrong_type: escalate: 'then 1 urgent_hour street' has no rung before it");
  timed(R"("escalate":["2 urgent_hour street","1 urgent_hour city"])",
        "wrong_type: escalate: 1 urgent_hour to city comes before the rung that stands before it");
  for (const std::string_view rung : {"street", "4 urgent_hour", "", "4"}) {
    timed(fmt::format(R"("escalate":["{}"])", rung),
          fmt::format("wrong_type: escalate: '{}' is not a time and a level of areas, with a role or without, as \"4 "
                      "work_hour street leader\" or \"then 1 work_day district\"",
                      rung));
  }
  for (const std::string_view rung : {"4 urgent_hour ", "4 urgent_hour street ", "4 urgent_hour  street"}) {
    timed(fmt::format(R"("escalate":["{}"])", rung),
          fmt::format("wrong_type: escalate: '{}' names no level, or no role after a blank", rung));
  }

  timed(R"("area":"g9")", "unknown_target: area: area g9 is not registered: nothing can match it");
  timed(R"("category":"water")", "unknown_target: category: category water is not registered: nothing can match it");
  timed(R"("level":"province")", "unknown_target: level: no area has the level province: nothing can match it");
  timed(R"("condition":"night")",
        "wrong_type: condition: 'night' is one of a category, and there is none: nothing can match it");
  timed(R"("priority":-1)", "wrong_type: priority: -1 is below 0: nothing can match it");

  timed(R"("start":"lunch")", "wrong_type: start: 'lunch' is not one of opened, accepted, sent, handled, closed");
  const auto starts = [&](std::string_view clock, std::string_view start, bool can) {
    refuses(fmt::format(R"({{"clock":"{}","limit_seconds":60,"start":"{}"}})", clock, start),
            can ? "" : fmt::format("wrong_type: start: a {} clock cannot start when it is {}", clock, start));
  };
  starts("register", "opened", true);
  starts("register", "handled", false);
  starts("sign", "sent", true);
  starts("handle", "handled", false);
  starts("check", "handled", true);
  starts("check", "closed", false);
  starts("close", "handled", true);
  starts("close", "closed", false);
  starts("callback", "closed", true);
  starts("report_in", "sent", false);

  for (const std::string_view field :
       {"max_extensions", "extension_approvals", "max_suspensions", "max_suspension_days", "suspension_approvals"}) {
    timed(fmt::format(R"("{}":-1)", field), fmt::format("wrong_type: {}: -1 is not 0 to 36600", field));
    timed(fmt::format(R"("{}":36601)", field), fmt::format("wrong_type: {}: 36601 is not 0 to 36600", field));
  }
}

TEST(Policies, MayNameAnyCategoryWhileNoneIsRegistered) {
  RuleBook book({});
  EXPECT_EQ(book.refusal(rule("policy.published", "p", R"({"clock":"handle","limit_seconds":60,"category":"any"})")),
            "");
}

using PolicyVersions = Town;

TEST_F(PolicyVersions, StayInForceWhenANewerOneIsRefused) {
  ASSERT_TRUE(publish("1", minutes(0)));
  ASSERT_FALSE(book.tell(rule("policy.published", "p", R"({"clock":"handle","limit":"0 minute"})", minutes(5))));
  EXPECT_EQ(version(minutes(6), minutes(6)), "1");
}

TEST_F(PolicyVersions, HoldForClocksThatStartOnceTheyAreInForce) {
  ASSERT_TRUE(publish("1", minutes(2)));
  ASSERT_TRUE(publish("2", minutes(5)));
  EXPECT_EQ(version(minutes(1), minutes(9)), "none");
  EXPECT_EQ(version(minutes(2), minutes(9)), "1");
  EXPECT_EQ(version(minutes(4), minutes(9)), "1");
  EXPECT_EQ(version(minutes(5), minutes(9)), "2");
}

TEST_F(PolicyVersions, RebaseWhatRunsAlready) {
  ASSERT_TRUE(publish("1", minutes(2)));
  ASSERT_TRUE(publish("2", minutes(5), true));
  ASSERT_TRUE(publish("3", minutes(7)));
  EXPECT_EQ(version(minutes(3), minutes(4)), "1") << "not before it is in force";
  EXPECT_EQ(version(minutes(3), minutes(5)), "2");
  EXPECT_EQ(version(minutes(3), minutes(9)), "2") << "the third does not rebase";
  EXPECT_EQ(version(minutes(1), minutes(4)), "none");
  EXPECT_EQ(version(minutes(1), minutes(5)), "2");
  EXPECT_EQ(version(minutes(8), minutes(9)), "3");
  ASSERT_EQ(book.rules().revisions().size(), 2u);
  EXPECT_EQ(book.rules().revisions()[0], kRulesTold) << "the calendar";
  EXPECT_EQ(book.rules().revisions()[1], kRulesTold + minutes(5));
}

TEST_F(PolicyVersions, EndWhatRunsWhenTheyAreRetired) {
  EXPECT_EQ(book.refusal(rule("policy.retired", "p", "{}")), "unknown_target: policy p is not published");
  ASSERT_TRUE(publish("1", minutes(2)));
  ASSERT_TRUE(retire(minutes(5)));
  ASSERT_TRUE(publish("2", minutes(7), true));
  EXPECT_EQ(version(minutes(3), minutes(4)), "1");
  EXPECT_EQ(version(minutes(3), minutes(5)), "none");
  EXPECT_EQ(version(minutes(3), minutes(9)), "none") << "what was ended stays so, though the newer one rebases";
  EXPECT_EQ(version(minutes(5), minutes(6)), "none");
  EXPECT_EQ(version(minutes(6), minutes(9)), "2");
  EXPECT_EQ(version(minutes(8), minutes(9)), "2");
  ASSERT_EQ(book.rules().revisions().size(), 3u);
  EXPECT_EQ(book.rules().revisions()[1], kRulesTold + minutes(5));
}

TEST_F(PolicyVersions, OfOneInstantAreWhatWasToldLast) {
  ASSERT_TRUE(publish("1", minutes(2), true));
  ASSERT_TRUE(publish("2", minutes(2)));
  EXPECT_EQ(version(minutes(2), minutes(2)), "2");
  EXPECT_EQ(book.rules().revisions().size(), 1u) << "the calendar alone";
  ASSERT_TRUE(retire(minutes(2)));
  EXPECT_EQ(version(minutes(2), minutes(2)), "none");
  EXPECT_FALSE(book.rules().has_policies(ClockKind::handle));
}

using Calendars = Town;

std::string due(const CalendarVersion& version, Instant start) {
  const Grant day{1, TimeUnit::work_day};
  const auto limit = projections::Limit::make({&day, 1});
  const projections::Pauses none;
  return topics::format_rfc3339(*projections::due({version.calendar, *limit, start, none})->due, 8 * 3600);
}

TEST_F(Calendars, TellSessionsSeasonsAndNamedDays) {
  ASSERT_EQ(
      book.refusal(rule("calendar.published", "town", R"({"zone":"+08:00","sessions":["08:30-12:00","13:00-17:30"],
      "seasons":["2026-05-01 08:00-12:00 15:00-19:00"],"weekly_days_off":["sunday"],"days_off":["2026-03-03 春节"],
      "days_on":["2026-03-08"],"known":["2026-01-01 2026-11-30"],"version":"v1"})")),
      "");
  const auto reopened = book.reopened();
  for (const auto* rules : {&book.rules(), &reopened->rules()}) {
    const CalendarVersion* version = rules->calendar("town", kRulesTold);
    ASSERT_NE(version, nullptr);
    EXPECT_EQ(version->id, "town");
    EXPECT_EQ(version->version, "v1");
    EXPECT_EQ(version->in_force, kRulesTold);
    const auto at = [](std::string_view text) { return *topics::parse_rfc3339(text); };
    EXPECT_EQ(due(*version, at("2026-03-02T08:30:00+08:00")), "2026-03-02T17:30:00+08:00");
    EXPECT_EQ(due(*version, at("2026-03-03T08:30:00+08:00")), "2026-03-04T17:30:00+08:00") << "a day off";
    EXPECT_EQ(due(*version, at("2026-03-07T13:00:00+08:00")), "2026-03-08T12:00:00+08:00") << "a Sunday on";
    EXPECT_EQ(due(*version, at("2026-03-14T13:00:00+08:00")), "2026-03-16T12:00:00+08:00") << "a Sunday off";
    EXPECT_EQ(due(*version, at("2026-05-04T08:00:00+08:00")), "2026-05-04T19:00:00+08:00") << "summer";
    EXPECT_EQ(version->calendar.named(version->calendar.day(at("2026-03-03T08:00:00+08:00")))->name, "春节");
    const auto day = [&](std::string_view text) { return version->calendar.day(at(text)); };
    EXPECT_EQ(version->calendar.first_unknown(day("2026-01-01T12:00:00+08:00"), day("2026-12-31T12:00:00+08:00")),
              day("2026-12-01T12:00:00+08:00"));
  }
}

TEST_F(Calendars, AreThoseOfChinaWithoutNoticesWhenTheySayNothing) {
  const CalendarVersion* version = book.rules().calendar("cn", kRulesTold);
  ASSERT_NE(version, nullptr);
  EXPECT_EQ(due(*version, *topics::parse_rfc3339("2026-03-06T14:00:00+08:00")), "2026-03-09T12:00:00+08:00");
  EXPECT_TRUE(version->calendar.rules().known.empty());
}

TEST_F(Calendars, CountFromWhenTheyAreInForce) {
  const auto publish = [&](std::string_view version, minutes after) {
    ASSERT_EQ(book.refusal(rule("calendar.published", "town", fmt::format(R"({{"version":"{}"}})", version), after)),
              "");
  };
  publish("1", minutes(5));
  publish("2", minutes(9));
  const auto version = [&](minutes at) { return book.rules().calendar("town", kRulesTold + at)->version; };
  EXPECT_EQ(version(minutes(0)), "1") << "before the first one, the first";
  EXPECT_EQ(version(minutes(8)), "1");
  EXPECT_EQ(version(minutes(9)), "2");
  publish("2b", minutes(9));
  EXPECT_EQ(version(minutes(9)), "2b");
  EXPECT_EQ(book.rules().calendar("elsewhere", kRulesTold), nullptr);
  const auto revisions = book.rules().revisions();
  EXPECT_EQ(std::vector(revisions.begin(), revisions.end()),
            (std::vector{kRulesTold, kRulesTold + minutes(5), kRulesTold + minutes(9)}));
}

TEST_F(Calendars, AreRefusedWithTheFieldAndWhatIsWrong) {
  const auto refuses = [&](std::string_view data, std::string_view why) {
    EXPECT_EQ(calendar_refusal(data), fmt::format("wrong_type: {}", why)) << data;
  };
  refuses(R"({"zone":"Asia/Shanghai"})",
          "zone: 'Asia/Shanghai' is not hours and minutes east or west of UTC, as \"+08:00\"");
  refuses(R"({"zone":"+15:00"})", "working calendar: the zone has to be whole minutes, within 14 hours of UTC");
  refuses(R"({"sessions":["8-12"]})", "sessions: '8-12' is not written as \"08:00-12:00\"");
  refuses(R"({"sessions":["08:00-24:01"]})", "sessions: '08:00-24:01' is not written as \"08:00-12:00\"");
  refuses(R"({"sessions":[]})", "working calendar: the season from 1900-01-01 has no sessions");
  refuses(R"({"sessions":["08:00-12:00","11:00-18:00"]})",
          "working calendar: the sessions 08:00-12:00 and 11:00-18:00 overlap or are out of order");
  refuses(R"({"sessions":["12:00-12:00"]})",
          "working calendar: the session 12:00-12:00 is empty: it has to end after it begins");
  refuses(R"({"seasons":["summer 08:00-12:00"]})",
          "seasons: 'summer 08:00-12:00' does not begin with a date as 2026-05-01");
  refuses(R"({"seasons":["2026-05-01  08:00-12:00"]})",
          "seasons: '2026-05-01  08:00-12:00' does not go on with sessions as \"08:00-12:00\", a blank between them");
  refuses(R"({"seasons":["2026-05-01 08:00-12:00","2026-04-01 08:00-12:00"]})",
          "working calendar: the season from 2026-04-01 comes after that from 2026-05-01: seasons have to ascend, each "
          "on another day");
  refuses(R"({"weekly_days_off":["Sat"]})",
          "weekly_days_off: 'Sat' is not one of sunday, monday, tuesday, wednesday, thursday, friday, saturday");
  refuses(R"({"weekly_days_off":["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]})",
          "working calendar: all seven days of the week are off: there is no work day");
  refuses(R"({"days_off":["2026-02-30"]})",
          "days_off: '2026-02-30' does not begin with a date, as \"2026-10-01 国庆节\"");
  refuses(R"({"days_on":["tomorrow"]})", "days_on: 'tomorrow' does not begin with a date, as \"2026-10-01 国庆节\"");
  refuses(R"({"days_off":["2026-03-03"],"days_on":["2026-03-03"]})", "working calendar: 2026-03-03 is named twice");
  refuses(R"({"days_off":["1899-12-31"]})", "working calendar: a named day lies outside the years 1900 to 2200");
  refuses(R"({"known":["2026"]})", "known: '2026' is not two dates, as \"2026-01-01 2026-11-30\"");
  refuses(R"({"known":["2026-11-30 2026-01-01"]})", "known: '2026-11-30 2026-01-01' ends before it begins");
  EXPECT_EQ(book.rules().calendar("c", kRulesTold), nullptr) << "what is refused changes nothing";
  EXPECT_EQ(calendar_refusal(R"({"weekly_days_off":[]})"), "");
}

using Authority = Town;

TEST_F(Authority, IsRefusedForWhatNobodyCanSend) {
  const auto refusal = [&](std::string_view type, std::string_view data) {
    return book.refusal(rule("authority.published", type, std::string(data)));
  };
  EXPECT_EQ(refusal("dispatch.eaten", R"({"roles":["desk"]})"),
            "wrong_type: subject: there is no type of events dispatch.eaten");
  EXPECT_EQ(refusal("policy.published", R"({"roles":["desk"]})"),
            "wrong_type: subject: policy.published is a rule, and no fact of a case");
  EXPECT_EQ(refusal("dispatch.closed", R"({"roles":[]})"), "wrong_type: roles: names none; \"*\" is everybody");
  EXPECT_EQ(refusal("dispatch.closed", R"({"roles":["desk",""]})"),
            "wrong_type: roles: a role has 1 to 256 bytes and no control characters");
  EXPECT_TRUE(book.rules().permitted(projections::FactKind::closed, "unit", kRulesTold));
}

}  // namespace
}  // namespace projections_test
