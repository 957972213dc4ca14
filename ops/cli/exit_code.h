#pragma once

#include "engine/result.h"

namespace ops {

// What the program's exit status says; `gridloop --help` prints this list.
enum ExitCode : int {
  kOk = 0,
  kInternal = 1,
  kUsage = 2,    // unknown option, missing argument, a day that is none
  kInvalid = 3,  // input or configuration that a person has to change
  kDamaged = 4,  // damaged data was found
  kBusy = 5,     // another process uses the data directory, or has taken over
  kSurroundings =
      6,  // full disk, unreadable directory, a cluster that does not answer, a result that cannot be written
};

// Nobody tries again on behalf of a command: what would be tried again has failed by its surroundings.
inline int exit_code(const engine::Error& error) {
  switch (error.action) {
    case engine::Action::fenced:
      return kBusy;
    case engine::Action::invalid:
      return kInvalid;
    case engine::Action::corrupt:
      return kDamaged;
    case engine::Action::fatal:
    case engine::Action::retry:
    case engine::Action::abort:
    case engine::Action::unknown:
      return kSurroundings;
  }
  return kInternal;
}

}  // namespace ops
