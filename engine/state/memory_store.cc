#include "engine/state/memory_store.h"

namespace engine {
namespace {

class MemoryCursor final : public StoreCursor {
 public:
  explicit MemoryCursor(const std::map<std::string, std::string>* rows) : rows_(rows) {
    if (rows_ != nullptr) at_ = rows_->end();
  }
  void seek(std::string_view key) override {
    if (rows_ != nullptr) at_ = rows_->lower_bound(std::string(key));
  }
  bool valid() const override { return rows_ != nullptr && at_ != rows_->end(); }
  void next() override { ++at_; }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }
  Result<> status() const override { return {}; }

 private:
  const std::map<std::string, std::string>* rows_;
  std::map<std::string, std::string>::const_iterator at_;
};

}  // namespace

Result<bool> MemoryStore::get(std::string_view table, std::string_view key, std::string& value) {
  const auto rows = contents_->tables.find(table);
  if (rows == contents_->tables.end()) return false;
  const auto row = rows->second.find(std::string(key));
  if (row == rows->second.end()) return false;
  value = row->second;
  return true;
}

Result<std::unique_ptr<StoreCursor>> MemoryStore::cursor(std::string_view table) {
  const auto rows = contents_->tables.find(table);
  return std::make_unique<MemoryCursor>(rows == contents_->tables.end() ? nullptr : &rows->second);
}

Result<> MemoryStore::checkpoint(const Checkpoint& checkpoint) {
  for (const TableChanges& changes : checkpoint.tables) {
    auto& rows = contents_->tables[changes.table];
    for (const auto& [key, value] : changes.rows) {
      if (value) {
        rows[std::string(key)] = *value;
      } else {
        rows.erase(std::string(key));
      }
    }
  }
  contents_->position = checkpoint.position;
  return {};
}

Result<std::optional<std::string>> MemoryStore::position() {
  return contents_->position;
}

}  // namespace engine
