#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/state/store.h"

namespace engine {

// A Store in memory. Copies of `Contents` play the disk that survives a crash in simulations.
class MemoryStore final : public Store {
 public:
  struct Contents {
    std::map<std::string, std::map<std::string, std::string>, std::less<>> tables;
    std::optional<std::string> position;
  };
  explicit MemoryStore(std::shared_ptr<Contents> contents) : contents_(std::move(contents)) {}

  Result<bool> get(std::string_view table, std::string_view key, std::string& value) override;
  Result<std::unique_ptr<StoreCursor>> cursor(std::string_view table) override;
  Result<> checkpoint(const Checkpoint& checkpoint) override;
  Result<std::optional<std::string>> position() override;
  Result<> verify() override { return {}; }

 private:
  std::shared_ptr<Contents> contents_;
};

}  // namespace engine
