#include "ops/deployment/state_owner.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Result;

std::string path_in(const std::string& directory) {
  return directory + "/belongs-to";
}

std::string in_words(const StateOwner& owner) {
  return fmt::format("the topics {}* on Kafka cluster {} with {} partitions", owner.prefix, owner.cluster,
                     owner.partitions);
}

}  // namespace

Result<std::optional<StateOwner>> state_owner(const std::string& directory) {
  const std::string path = path_in(directory);
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return std::nullopt;
  std::ifstream file(path);
  StateOwner owner;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("cluster ")) owner.cluster = line.substr(8);
    if (line.starts_with("prefix ")) owner.prefix = line.substr(7);
    if (line.starts_with("partitions ")) owner.partitions = static_cast<std::uint32_t>(std::atoi(line.c_str() + 11));
  }
  if (!file.eof()) return fail(Action::fatal, fmt::format("cannot read {}", path));
  if (owner.partitions == 0) {
    return fail(Action::invalid,
                fmt::format("{} does not name the log that the state belongs to: remove the file", path));
  }
  return owner;
}

Result<> require_owner(const std::string& directory, const StateOwner& owner) {
  const auto noted = TRY(state_owner(directory));
  if (!noted) return {};
  if (noted->cluster == owner.cluster && noted->prefix == owner.prefix && noted->partitions == owner.partitions)
    return {};
  return fail(Action::invalid, fmt::format("the state in {} was computed from {}, not from {}: use another --data. "
                                           "If the log was moved, remove {}; state that does not match is rebuilt",
                                           directory, in_words(*noted), in_words(owner), path_in(directory)));
}

Result<> claim_states(const std::string& directory, const StateOwner& owner) {
  TRY(require_owner(directory, owner));
  if (TRY(state_owner(directory))) return {};
  const std::string path = path_in(directory);
  std::ofstream file(path + ".new");
  file << fmt::format("cluster {}\nprefix {}\npartitions {}\n", owner.cluster, owner.prefix, owner.partitions);
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(path + ".new", path, error);
  if (!file || error) return fail(Action::fatal, fmt::format("cannot write {}", path));
  return {};
}

}  // namespace ops
