#include "ops/lab/county/working_rules.h"

#include <array>
#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "engine/result.h"

namespace ops::simulate {
namespace {

using topics::Field;
using topics::FieldWriter;
using topics::Type;

const std::vector<std::string> kWarn = {"50%", "80%"};
const std::vector<std::string> kEscalate = {"4 work_hour street leader", "then 1 work_day district leader"};
const std::vector<std::string> kEscalateAtOnce = {"1 urgent_hour street leader", "then 2 urgent_hour district leader"};

bool in_working_time(std::string_view limit) {
  return limit.contains("work_");
}

void put_limit(FieldWriter& fields, std::string_view clock, std::string_view limit) {
  fields.text(Field::clock, clock).text(Field::limit, limit);
  if (in_working_time(limit)) fields.text(Field::calendar, kWorkCalendar);
}

// Handling may be suspended and extended; the longest limits need two who agree to that.
void put_handling(FieldWriter& fields, std::string_view limit, bool two_agree) {
  put_limit(fields, "handle", limit);
  fields.strings(Field::warn, kWarn).strings(Field::escalate, in_working_time(limit) ? kEscalate : kEscalateAtOnce);
  fields.integer(Field::max_extensions, 1).integer(Field::extension_approvals, two_agree ? 2 : 1);
  fields.integer(Field::max_suspensions, 2).integer(Field::max_suspension_days, 15);
  fields.integer(Field::suspension_approvals, 1);
}

// Of a priority, from 1: how long a case has, where its category says nothing.
struct Limits {
  std::string_view registration;
  std::string_view sign;
  std::string_view contact;
  std::string_view handle;
  std::string_view close;
};
constexpr std::array kLimits = {
    Limits{"15 minute", "15 minute", "30 minute", "4 urgent_hour", "2 work_day"},
    Limits{"30 minute", "30 minute", "1 work_hour", "1 work_day", "2 work_day"},
    Limits{"2 work_hour", "1 work_hour", "1 work_hour", "3 work_day", "6 work_day"},
    Limits{"4 work_hour", "1 work_hour", "4 work_hour", "10 work_day", "25 work_day"},
};

void tell_by_priority(Registrar& registrar) {
  for (std::size_t i = 0; i < kLimits.size(); ++i) {
    const Limits& limits = kLimits[i];
    const auto priority = static_cast<std::int64_t>(i + 1);
    const auto policy = [&](std::string_view clock, std::string_view limit) {
      registrar.say(Type::policy_published, fmt::format("{}-{}", clock, priority), [&](FieldWriter& fields) {
        put_limit(fields, clock, limit);
        fields.integer(Field::priority, priority).text(Field::version, "1");
      });
    };
    policy("register", limits.registration);
    policy("sign", limits.sign);
    policy("contact", limits.contact);
    policy("close", limits.close);
    registrar.say(Type::policy_published, fmt::format("handle-{}", priority), [&](FieldWriter& fields) {
      put_handling(fields, limits.handle, priority == 4);
      fields.integer(Field::priority, priority).text(Field::version, "1");
    });
  }
  // Who asked is called back once the case is closed, not as soon as the unit says that it is done.
  registrar.say(Type::policy_published, "callback", [&](FieldWriter& fields) {
    put_limit(fields, "callback", "1 work_day");
    fields.text(Field::start, "closed").text(Field::version, "1");
  });
  registrar.say(Type::policy_published, "arrive-1", [&](FieldWriter& fields) {
    put_limit(fields, "arrive", "2 urgent_hour");
    fields.integer(Field::priority, 1).text(Field::version, "1");
  });
}

void tell_by_category(Registrar& registrar) {
  for (const Category& category : categories()) {
    registrar.say(Type::policy_published, fmt::format("handle-{}", category.id), [&](FieldWriter& fields) {
      put_handling(fields, category.limit, category.priority == 4);
      fields.text(Field::category, category.id).text(Field::condition, category.condition).text(Field::version, "1");
    });
  }
}

// The clocks that are the same for all cases. 15 minutes to come when it is whistled: 红帽一刻钟.
void tell_for_all(Registrar& registrar) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSame = {{{"check", "1 work_day"},
                                                                                   {"appeal", "5 work_day"},
                                                                                   {"report_in", "15 minute"},
                                                                                   {"supervise", "3 work_day"},
                                                                                   {"urge", "1 work_day"}}};
  for (const auto& [clock, limit] : kSame) {
    registrar.say(Type::policy_published, clock, [&](FieldWriter& fields) {
      put_limit(fields, clock, limit);
      fields.text(Field::version, "1");
    });
  }
}

void tell_authority(Registrar& registrar) {
  struct Authority {
    Type type;
    std::vector<std::string> roles;
  };
  const std::vector<Authority> all = {
      {Type::judgement_checked, {"checker"}},
      {Type::judgement_called_back, {"caller"}},
      {Type::judgement_rated, {"resident", "officer"}},  // an officer rates those who came to the whistle
      {Type::judgement_exclusion_approved, {"reviewer"}},
      {Type::judgement_exclusion_revoked, {"reviewer"}},
      {Type::judgement_appeal_decided, {"reviewer"}},
      {Type::judgement_extension_approved, {"reviewer"}},
      {Type::judgement_extension_rejected, {"reviewer"}},
      {Type::judgement_suspension_approved, {"reviewer"}},
      {Type::judgement_suspension_rejected, {"reviewer"}},
      {Type::judgement_supervised, {"supervisor"}},
      {Type::judgement_urged, {"supervisor"}},
  };
  for (const Authority& one : all) {
    registrar.say(Type::authority_published, topics::spec(one.type).name,
                  [&](FieldWriter& fields) { fields.strings(Field::roles, one.roles); });
  }
}

}  // namespace

std::int64_t usual_handling_seconds(const Category& category) {
  constexpr std::int64_t kHour = 3600;
  const std::string_view limit = category.limit;
  const std::size_t blank = limit.find(' ');
  std::int64_t count = 0;
  CHECK(std::from_chars(limit.data(), limit.data() + blank, count).ec == std::errc());
  const std::string_view unit = limit.substr(blank + 1);
  if (unit == "work_day") return count * 24 * kHour * 7 / 5;
  return unit == "work_hour" ? count * 3 * kHour : count * kHour;
}

void tell_working_rules(Registrar& registrar) {
  tell_by_priority(registrar);
  tell_by_category(registrar);
  tell_for_all(registrar);
  tell_authority(registrar);
}

void change_working_rules(std::uint32_t number, Registrar& registrar) {
  constexpr std::uint32_t kEvery = 30;
  constexpr std::uint32_t kRevised = 5;
  constexpr std::uint32_t kRetired = 12;
  if (number % kEvery == kRevised) {
    // It counts for cases that are open, too.
    registrar.say(Type::policy_published, "handle-garbage", [&](FieldWriter& fields) {
      const Category& garbage = categories()[category("garbage")];
      put_handling(fields, number < kEvery ? "6 work_hour" : garbage.limit, false);
      fields.text(Field::category, garbage.id).text(Field::condition, garbage.condition);
      fields.boolean(Field::rebase, true).text(Field::version, std::to_string(number));
    });
  }
  if (number == kRetired) {
    registrar.say(Type::policy_retired, "handle-greening",
                  [](FieldWriter& fields) { fields.text(Field::reason, "as-by-priority"); });
  }
}

}  // namespace ops::simulate
