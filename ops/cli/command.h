#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/result.h"

namespace CLI {
class App;
}

namespace ops {

// The bounds of a whole number, both included.
struct Range {
  std::int64_t min = 0;
  std::int64_t max = INT64_MAX;
};

// One command of a program: its options, and what it does. Each option is declared once, with its name, the variable that
// takes its value, the placeholder of the value, and a sentence of help; help shows the value that the variable holds as
// the default, unless that is empty or 0. A name without dashes is an argument.
//
// Ownership: refers to the program. The variables have to live as long as it does; settings() makes some that do.
class Command {
 public:
  enum class Need : std::uint8_t { optional, required };

  // What the command does: prints its result on stdout and all else on stderr, and returns the exit code (exit_code.h).
  using Run = std::function<engine::Result<int>()>;

  // An object that lives as long as the program, for the values of options.
  template <class T>
  T& settings() {
    auto made = std::make_shared<T>();
    keep_(made);
    return *made;
  }

  void flag(const std::string& name, bool& value, const std::string& help);
  void text(const std::string& name, std::string& value, const std::string& placeholder, const std::string& help,
            Need need = Need::optional);
  void text(const std::string& name, std::optional<std::string>& value, const std::string& placeholder,
            const std::string& help);
  // An option that can be repeated, with one value each time.
  void repeated(const std::string& name, std::vector<std::string>& values, const std::string& placeholder,
                const std::string& help);
  // An option or argument that takes all values that follow it.
  void list(const std::string& name, std::vector<std::string>& values, const std::string& placeholder,
            const std::string& help, Need need = Need::optional);

  template <std::integral T>
  void number(const std::string& name, T& value, Range range, const std::string& placeholder, const std::string& help) {
    whole(name, range, placeholder, with_default(help, value == 0 ? "" : std::to_string(value)),
          [&value](std::int64_t number) { value = static_cast<T>(number); });
  }
  template <std::integral T>
  void number(const std::string& name, std::optional<T>& value, Range range, const std::string& placeholder,
              const std::string& help) {
    whole(name, range, placeholder, help, [&value](std::int64_t number) { value = static_cast<T>(number); });
  }
  // A whole number of seconds.
  template <class Duration>
    requires(!std::integral<Duration>)
  void seconds(const std::string& name, Duration& value, std::int64_t max, const std::string& help) {
    const auto usual = std::chrono::duration_cast<std::chrono::seconds>(value).count();
    whole(name, {1, max}, "SECONDS", with_default(help, usual == 0 ? "" : std::to_string(usual)),
          [&value](std::int64_t number) { value = std::chrono::seconds(number); });
  }
  // A number of bytes, such as 256MiB.
  void bytes(const std::string& name, std::uint64_t& value, const std::string& help);
  // A time in milliseconds, such as 50ms or 5s.
  template <class T>
  void milliseconds(const std::string& name, T& value, Range range, const std::string& help) {
    in_milliseconds(name, range, help, [&value](std::uint64_t number) { value = T(number); });
  }
  // A time in seconds, such as 30min, 2h or 3d; the unit is required.
  void time_span(const std::string& name, std::int64_t& seconds, Range range, const std::string& help);

  template <class T>
  struct Choice {
    const char* name;
    T value;
  };
  // One of several names; no two have the same value.
  template <class T>
  void choice(const std::string& name, T& value, std::vector<Choice<T>> choices, const std::string& help) {
    std::vector<std::string> names;
    for (const Choice<T>& one : choices) names.emplace_back(one.name);
    one_of(name, names, help, [&value, choices](std::size_t chosen) { value = choices[chosen].value; });
  }

  // Declares what the command does. Once.
  void runs(Run run);

 private:
  friend class Program;
  using Keep = std::function<void(std::shared_ptr<void>)>;
  Command(CLI::App& app, Keep keep, std::function<void(Run)> choose)
      : app_(app), keep_(std::move(keep)), choose_(std::move(choose)) {}

  static std::string with_default(const std::string& help, const std::string& usual);
  void whole(const std::string& name, Range range, const std::string& placeholder, const std::string& help,
             const std::function<void(std::int64_t)>& set);
  void in_milliseconds(const std::string& name, Range range, const std::string& help,
                       const std::function<void(std::uint64_t)>& set);
  void one_of(const std::string& name, const std::vector<std::string>& names, const std::string& help,
              const std::function<void(std::size_t)>& set);

  CLI::App& app_;
  Keep keep_;
  std::function<void(Run)> choose_;  // the command that the program is to run
};

}  // namespace ops
