#pragma once

#include <cstdio>
#include <cstdlib>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace engine {

// What the caller of a failed function has to do. Adapters map the errors of their libraries to these in one switch.
enum class Action {
  retry,    // the same call may succeed later; nothing changed
  abort,    // the transaction did not happen
  unknown,  // the transaction may or may not have happened: read the log to find out
  fenced,   // a newer owner exists: stop this task
  corrupt,  // local data is damaged or contradicts the log: drop it and rebuild, or restore it
  invalid,  // a person must change the input or the configuration
  fatal,    // the surroundings failed (disk full, unreadable directory): stop, nothing is lost
};

std::string_view name(Action action);

// Why a call failed. The message says what, where, and what to do.
struct Error {
  Action action = Action::fatal;
  std::string message;
  bool in_log = false;  // with corrupt: it is the log that is damaged, so no rebuild helps
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Action action, std::string message) {
  return std::unexpected(Error{action, std::move(message)});
}

// It is the log that is damaged, and not what was made from it.
inline std::unexpected<Error> fail_in_log(std::string message) {
  return std::unexpected(Error{Action::corrupt, std::move(message), true});
}

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "bug: CHECK(%s) failed at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace engine

// Stops the process when a program error is found. Always on; never used on data from outside.
#define CHECK(condition)                                      \
  do {                                                        \
    if (!(condition)) [[unlikely]]                            \
      ::engine::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)

// `auto x = TRY(f());` unwraps a Result or returns its error from the enclosing function.
#define TRY(expression)                                       \
  __extension__({                                             \
    auto&& try_result_ = (expression);                        \
    if (!try_result_) [[unlikely]]                            \
      return std::unexpected(std::move(try_result_).error()); \
    std::move(try_result_).value();                           \
  })
