#include "ops/lab/bench/workplace.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "ops/cli/messages.h"

namespace ops::bench {

namespace fs = std::filesystem;
using engine::Action;
using engine::fail;
using engine::Result;

Result<std::unique_ptr<Workplace>> Workplace::make(const Place& place) {
  std::error_code error;
  if (place.directory.empty()) {
    std::string name = (fs::temp_directory_path(error) / "gridloop-bench-XXXXXX").string();
    if (error || mkdtemp(name.data()) == nullptr) {
      return fail(Action::fatal, fmt::format("cannot create directory {}: {}", name, std::strerror(errno)));
    }
    return std::unique_ptr<Workplace>(new Workplace(name, place.keep));
  }
  fs::create_directories(place.directory, error);
  const bool empty = !error && fs::is_empty(place.directory, error);
  if (error) {
    return fail(Action::fatal, fmt::format("cannot use {} as a directory: {}", place.directory, error.message()));
  }
  if (!empty) {
    return fail(Action::invalid,
                fmt::format("{} is not empty; a benchmark needs a directory of its own", place.directory));
  }
  return std::unique_ptr<Workplace>(new Workplace(place.directory, place.keep));
}

Workplace::~Workplace() {
  if (keep_) {
    say("kept " + directory_);
    return;
  }
  std::error_code error;
  fs::remove_all(directory_, error);
  if (error) say(fmt::format("cannot remove {}: {}", directory_, error.message()));
}

}  // namespace ops::bench
