#include "engine/result.h"

namespace engine {

std::string_view name(Action action) {
  switch (action) {
    case Action::retry:
      return "retry";
    case Action::abort:
      return "abort";
    case Action::unknown:
      return "unknown";
    case Action::fenced:
      return "fenced";
    case Action::corrupt:
      return "corrupt";
    case Action::invalid:
      return "invalid";
    case Action::fatal:
      return "fatal";
  }
  return "?";
}

}  // namespace engine
