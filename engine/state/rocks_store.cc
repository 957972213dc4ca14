#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <filesystem>

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include "engine/state/rocks_store.h"

namespace engine {
namespace {

constexpr std::string_view kPositionTable = "position";
constexpr std::string_view kPositionKey = "checkpoint";

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

std::unexpected<Error> store_error(const std::string& directory, const rocksdb::Status& status) {
  const Action action =
      status.IsCorruption() || status.IsNotFound() || status.IsInvalidArgument() || status.IsPathNotFound()
          ? Action::corrupt
      : status.IsTryAgain() || status.IsBusy() ? Action::retry
                                               : Action::fatal;
  const std::string_view advice = action == Action::corrupt ? "; it can be rebuilt from the logs"
                                  : status.IsNoSpace()      ? "; free some space and start again: nothing is lost"
                                                            : "";
  return fail(action, fmt::format("state in {}: {}{}", directory, status.ToString(), advice));
}

// One for all tasks of the process.
const std::shared_ptr<rocksdb::Cache>& block_cache() {
  static const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(32 << 20);
  return cache;
}

// RocksDB's own file of notes is not kept: where RocksDB is built with assertions, as by Debian, a second note after
// one that found the disk full ends the process. What goes wrong comes as the status of a call.
class NoNotes final : public rocksdb::Logger {
 public:
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

rocksdb::Options database_options(bool read_only) {
  rocksdb::Options options;
  options.create_if_missing = !read_only;
  options.create_missing_column_families = !read_only;
  options.paranoid_checks = true;
  options.max_background_jobs = 1;
  // Of a store that is read while another process works with it, all files are held: that one may remove them.
  options.max_open_files = read_only ? -1 : 256;
  options.max_total_wal_size = 1 << 20;
  options.info_log = std::make_shared<NoNotes>();
  options.write_buffer_size = 64 << 10;  // nothing goes through memtables
  options.allow_ingest_behind = false;
  options.compression = rocksdb::kNoCompression;  // see engine/README.md, "Where the time goes"
  options.level0_file_num_compaction_trigger = 4;
  options.target_file_size_base = 16 << 20;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = block_cache();
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.block_size = 4 << 10;
  table.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// How many bytes all keys begin with alike.
std::size_t common_prefix(const std::vector<TableChanges::Row>& rows) {
  if (rows.empty()) return 0;
  std::string_view common = rows.front().key;
  for (const TableChanges::Row& row : rows) {
    if (row.key.starts_with(common)) continue;
    const auto differ = std::ranges::mismatch(common, row.key).in1;
    common = common.substr(0, static_cast<std::size_t>(differ - common.begin()));
  }
  return common.size();
}

// Ascending by key. The first eight bytes in which keys differ lie beside them, so that most comparisons look at no
// key.
std::vector<TableChanges::Row> sorted(const std::vector<TableChanges::Row>& rows) {
  struct Entry {
    std::uint64_t head;
    std::uint32_t index;
  };
  std::vector<Entry> order;
  order.reserve(rows.size());
  const std::size_t prefix = common_prefix(rows);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    std::uint64_t head = 0;
    const std::string_view key = rows[i].key.substr(prefix);
    for (std::size_t b = 0; b < 8; ++b) head = head << 8 | (b < key.size() ? static_cast<unsigned char>(key[b]) : 0u);
    order.push_back({head, i});
  }
  std::ranges::sort(order, [&](const Entry& a, const Entry& b) {
    return a.head != b.head ? a.head < b.head : rows[a.index].key < rows[b.index].key;
  });
  std::vector<TableChanges::Row> result;
  result.reserve(rows.size());
  for (const Entry& entry : order) result.push_back(rows[entry.index]);
  return result;
}

// Rows lie all over the memory.
void prefetch(const TableChanges::Row& row) {
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kMax = 16 * kLine;
  for (std::size_t at = 0; at < std::min(row.key.size(), kMax); at += kLine) __builtin_prefetch(row.key.data() + at);
  if (!row.value) return;
  for (std::size_t at = 0; at < std::min(row.value->size(), kMax); at += kLine)
    __builtin_prefetch(row.value->data() + at);
}

class RocksCursor final : public StoreCursor {
 public:
  RocksCursor(std::unique_ptr<rocksdb::Iterator> at, std::string directory)
      : at_(std::move(at)), directory_(std::move(directory)) {}
  void seek(std::string_view key) override { at_->Seek(slice(key)); }
  bool valid() const override { return at_->Valid(); }
  void next() override { at_->Next(); }
  std::string_view key() const override { return at_->key().ToStringView(); }
  std::string_view value() const override { return at_->value().ToStringView(); }
  Result<> status() const override {
    if (at_->status().ok()) return {};
    return store_error(directory_, at_->status());
  }

 private:
  std::unique_ptr<rocksdb::Iterator> at_;
  std::string directory_;
};

}  // namespace

struct RocksStore::Database {
  std::string directory;
  rocksdb::Options options;
  std::unique_ptr<rocksdb::DB> db;
  std::map<std::string, rocksdb::ColumnFamilyHandle*, std::less<>> families;
  std::uint64_t next_file = 0;

  ~Database() {
    if (db == nullptr) return;
    for (const auto& [name, family] : families) (void)db->DestroyColumnFamilyHandle(family);
    (void)db->Close();
  }
};

RocksStore::RocksStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
RocksStore::~RocksStore() = default;

Result<std::unique_ptr<RocksStore>> RocksStore::open(const Options& options) {
  auto database = std::make_unique<Database>();
  database->directory = options.directory;
  database->options = database_options(options.read_only);
  if (!options.read_only) {
    std::error_code code;
    std::filesystem::create_directories(options.directory, code);
    if (code) {
      return fail(Action::fatal, fmt::format("cannot make the directory {}: {}", options.directory, code.message()));
    }
    for (const auto& entry : std::filesystem::directory_iterator(options.directory, code)) {
      if (entry.path().extension() == ".ingest")
        std::filesystem::remove(entry.path(), code);  // of a crashed checkpoint
    }
  }
  std::vector<std::string> names{rocksdb::kDefaultColumnFamilyName, std::string(kPositionTable)};
  names.insert(names.end(), options.tables.begin(), options.tables.end());
  // Tables that Open() has to make are made one by one, each with a file of all options; a new store has them made
  // together.
  std::error_code unknown;
  const bool there = std::filesystem::exists(options.directory + "/CURRENT", unknown);
  const bool is_new = !options.read_only && !there && !unknown;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : is_new ? std::vector{names.front()} : names) {
    descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions(database->options));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  rocksdb::Status status =
      options.read_only ? rocksdb::DB::OpenForReadOnly(database->options, options.directory, descriptors, &handles, &db)
                        : rocksdb::DB::Open(database->options, options.directory, descriptors, &handles, &db);
  if (!status.ok()) return store_error(options.directory, status);
  database->db.reset(db);
  if (is_new) {
    std::vector<rocksdb::ColumnFamilyHandle*> made;
    status = db->CreateColumnFamilies(rocksdb::ColumnFamilyOptions(database->options), {names.begin() + 1, names.end()},
                                      &made);
    handles.insert(handles.end(), made.begin(), made.end());
  }
  for (std::size_t i = 0; i < handles.size(); ++i) database->families[names[i]] = handles[i];
  if (!status.ok()) return store_error(options.directory, status);
  return std::unique_ptr<RocksStore>(new RocksStore(std::move(database)));
}

void RocksStore::set_cache_bytes(std::size_t bytes) {
  block_cache()->SetCapacity(bytes);
}

Result<> RocksStore::remove(const std::string& directory) {
  std::error_code code;
  std::filesystem::remove_all(directory, code);
  if (code) return fail(Action::fatal, fmt::format("cannot remove {}: {}", directory, code.message()));
  return {};
}

Result<bool> RocksStore::get(std::string_view table, std::string_view key, std::string& value) {
  const auto family = database_->families.find(table);
  CHECK(family != database_->families.end());
  rocksdb::PinnableSlice found;
  const rocksdb::Status status = database_->db->Get({}, family->second, slice(key), &found);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return store_error(database_->directory, status);
  value.assign(found.data(), found.size());
  return true;
}

Result<std::unique_ptr<StoreCursor>> RocksStore::cursor(std::string_view table) {
  const auto family = database_->families.find(table);
  CHECK(family != database_->families.end());
  return std::make_unique<RocksCursor>(
      std::unique_ptr<rocksdb::Iterator>(database_->db->NewIterator({}, family->second)), database_->directory);
}

Result<> RocksStore::checkpoint(const Checkpoint& checkpoint) {
  std::vector<rocksdb::IngestExternalFileArg> ingests;
  const auto write = [&](std::string_view table, const std::vector<TableChanges::Row>& rows) -> Result<> {
    const auto family = database_->families.find(table);
    CHECK(family != database_->families.end());
    const std::string path = fmt::format("{}/{:06}.ingest", database_->directory, database_->next_file++);
    rocksdb::SstFileWriter file(rocksdb::EnvOptions(), database_->options, family->second);
    rocksdb::Status status = file.Open(path);
    for (std::size_t i = 0; i < rows.size() && status.ok(); ++i) {
      constexpr std::size_t kAhead = 4;
      if (i + kAhead < rows.size()) prefetch(rows[i + kAhead]);
      const auto& [key, value] = rows[i];
      status = value ? file.Put(slice(key), slice(*value)) : file.Delete(slice(key));
    }
    if (status.ok()) status = file.Finish();
    if (!status.ok()) return store_error(database_->directory, status);
    rocksdb::IngestExternalFileArg ingest;
    ingest.column_family = family->second;
    ingest.external_files = {path};
    ingest.options.move_files = true;
    ingest.options.snapshot_consistency = false;
    ingests.push_back(std::move(ingest));
    return {};
  };
  for (const TableChanges& changes : checkpoint.tables) {
    if (changes.rows.empty()) continue;
    TRY(write(changes.table, sorted(changes.rows)));
  }
  TRY(write(kPositionTable, {{kPositionKey, checkpoint.position}}));
  const rocksdb::Status status = database_->db->IngestExternalFiles(ingests);
  if (!status.ok()) return store_error(database_->directory, status);
  return {};
}

Result<std::optional<std::string>> RocksStore::position() {
  std::string value;
  if (!TRY(get(kPositionTable, kPositionKey, value))) return std::nullopt;
  return value;
}

Result<> RocksStore::verify() {
  const rocksdb::Status status = database_->db->VerifyChecksum();
  if (!status.ok()) return store_error(database_->directory, status);
  return {};
}

std::uint64_t RocksStore::bytes() const {
  std::uint64_t total = 0;
  for (const auto& [name, family] : database_->families) {
    std::uint64_t size = 0;
    database_->db->GetIntProperty(family, rocksdb::DB::Properties::kTotalSstFilesSize, &size);
    total += size;
  }
  return total;
}

}  // namespace engine
