#include "ops/cli/command.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace ops {
namespace {

// The value of an option has to be a whole number in `range`.
CLI::Validator whole_number(Range range) {
  const auto problem = [range](const std::string& text) -> std::string {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (whole && number >= range.min && number <= range.max) return {};
    return range.max == INT64_MAX ? fmt::format("{} is not a whole number of at least {}", text, range.min)
                                  : fmt::format("{} is not a whole number from {} to {}", text, range.min, range.max);
  };
  return CLI::Validator(problem, "");
}

// CLI::AsSizeValue takes -1 for the largest number.
CLI::Validator not_negative() {
  return CLI::Validator(
      [](const std::string& text) { return text.starts_with('-') ? text + " is negative" : std::string(); }, "");
}

// `number` in the largest unit that divides it.
std::string in_units(std::uint64_t number, const std::vector<std::pair<std::uint64_t, const char*>>& units) {
  for (const auto& [size, unit] : units) {
    if (number % size == 0) return fmt::format("{}{}", number / size, unit);
  }
  return std::to_string(number);
}

}  // namespace

std::string Command::with_default(const std::string& help, const std::string& usual) {
  return usual.empty() ? help : fmt::format("{} (default: {})", help, usual);
}

void Command::flag(const std::string& name, bool& value, const std::string& help) {
  app_.add_flag(name, value, help);
}

void Command::text(const std::string& name, std::string& value, const std::string& placeholder, const std::string& help,
                   Need need) {
  app_.add_option(name, value, with_default(help, value))->required(need == Need::required)->option_text(placeholder);
}

void Command::text(const std::string& name, std::optional<std::string>& value, const std::string& placeholder,
                   const std::string& help) {
  app_.add_option_function<std::string>(
          name, [&value](const std::string& text) { value = text; }, help)
      ->option_text(placeholder);
}

void Command::repeated(const std::string& name, std::vector<std::string>& values, const std::string& placeholder,
                       const std::string& help) {
  app_.add_option(name, values, help)->option_text(placeholder)->allow_extra_args(false);
}

void Command::list(const std::string& name, std::vector<std::string>& values, const std::string& placeholder,
                   const std::string& help, Need need) {
  app_.add_option(name, values, help)->required(need == Need::required)->option_text(placeholder);
}

void Command::whole(const std::string& name, Range range, const std::string& placeholder, const std::string& help,
                    const std::function<void(std::int64_t)>& set) {
  app_.add_option_function<std::int64_t>(name, set, help)->check(whole_number(range))->option_text(placeholder);
}

void Command::bytes(const std::string& name, std::uint64_t& value, const std::string& help) {
  const std::string usual = in_units(value, {{1u << 30, "GiB"}, {1u << 20, "MiB"}, {1u << 10, "KiB"}, {1, "B"}});
  app_.add_option(name, value, with_default(help, value == 0 ? "" : usual))
      ->transform(CLI::AsSizeValue(false))
      ->check(not_negative())
      ->option_text("SIZE");
}

void Command::in_milliseconds(const std::string& name, Range range, const std::string& help,
                              const std::function<void(std::uint64_t)>& set) {
  app_.add_option_function<std::uint64_t>(name, set, help)
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}}))
      ->check(whole_number(range))
      ->option_text("TIME");
}

void Command::time_span(const std::string& name, std::int64_t& seconds, Range range, const std::string& help) {
  const std::map<std::string, std::int64_t> units{{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
  const std::string usual =
      in_units(static_cast<std::uint64_t>(seconds), {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}});
  app_.add_option(name, seconds, with_default(help, seconds == 0 ? "" : usual))
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED))
      ->check(whole_number(range))
      ->option_text("TIME");
}

void Command::one_of(const std::string& name, const std::vector<std::string>& names, const std::string& help,
                     const std::function<void(std::size_t)>& set) {
  app_.add_option_function<std::string>(
          name,
          [names, set](const std::string& text) {
            set(static_cast<std::size_t>(std::ranges::find(names, text) - names.begin()));
          },
          help)
      ->check(CLI::IsMember(names))
      ->option_text("NAME");
}

void Command::runs(Run run) {
  app_.callback([choose = choose_, run = std::move(run)] { choose(run); });
}

}  // namespace ops
