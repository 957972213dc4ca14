#include "engine/log/journal.h"

#include <fmt/format.h>

#include "engine/hash.h"

namespace engine::journal {
namespace {

constexpr std::uint32_t kFrameMagic = 0x314a4c47;          // "GLJ1"
constexpr std::uint64_t kIndexMagic = 0x3158444e494c4a47;  // "GJLINDX1"
constexpr std::uint64_t kMaxTableBytes = 256u << 20;

std::string head(const Catalogue& last, std::string_view table, const std::vector<Section>& sections) {
  std::uint64_t data_bytes = 0;
  for (const Section& section : sections) data_bytes += section.data.size();
  std::string out;
  out.reserve(kHeaderBytes + table.size());
  put_fixed(out, kFrameMagic);
  put_fixed(out, static_cast<std::uint32_t>(table.size()));
  put_fixed(out, data_bytes);
  put_fixed(out, last.sequence + 1);
  put_fixed(out, hash64(table, last.chain));
  put_fixed(out, hash64(out));
  out += table;
  return out;
}

void apply_topic(ByteReader& in, Catalogue& catalogue) {
  Catalogue::Topic topic;
  topic.spec.name = in.string();
  topic.spec.partitions = static_cast<std::uint32_t>(in.varint());
  topic.spec.compacted = in.fixed<std::uint8_t>() != 0;
  topic.spec.timestamps = static_cast<TimestampKind>(in.fixed<std::uint8_t>());
  if (in.failed()) return;
  topic.ends.resize(topic.spec.partitions);
  catalogue.topics.push_back(std::move(topic));
}

struct Transaction {
  struct Part {
    std::uint32_t topic;
    std::uint32_t partition;
    Block block;
  };
  std::vector<Part> parts;
  std::string group;
  std::vector<Position> positions;
  std::int64_t log_time_ms = 0;
};

bool decode_transaction(ByteReader& in, const Catalogue& catalogue, Transaction& out) {
  in.string();  // transactional id
  in.varint();  // epoch
  out.log_time_ms = in.integer();
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    Transaction::Part part;
    part.topic = static_cast<std::uint32_t>(in.varint());
    part.partition = static_cast<std::uint32_t>(in.varint());
    part.block.base = static_cast<std::int64_t>(in.varint());
    part.block.count = static_cast<std::uint32_t>(in.varint());
    part.block.bytes = static_cast<std::uint32_t>(in.varint());
    part.block.hash = in.fixed<std::uint64_t>();
    part.block.log_time_ms = out.log_time_ms;
    if (part.topic >= catalogue.topics.size() || part.partition >= catalogue.topics[part.topic].ends.size() ||
        part.block.base != catalogue.topics[part.topic].ends[part.partition]) {
      return false;
    }
    out.parts.push_back(part);
  }
  out.group = in.string();
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    Position position;
    position.topic = static_cast<std::uint32_t>(in.varint());
    position.partition = static_cast<std::uint32_t>(in.varint());
    position.next_offset = static_cast<std::int64_t>(in.varint());
    out.positions.push_back(position);
  }
  return in.complete();
}

}  // namespace

const Catalogue::Topic* Catalogue::find(std::string_view name, std::uint32_t* number) const {
  for (std::uint32_t i = 0; i < topics.size(); ++i) {
    if (topics[i].spec.name != name) continue;
    if (number != nullptr) *number = i;
    return &topics[i];
  }
  return nullptr;
}

void Catalogue::encode(std::string& out) const {
  put_varint(out, topics.size());
  for (const Topic& topic : topics) {
    put_string(out, topic.spec.name);
    put_varint(out, topic.spec.partitions);
    put_fixed(out, static_cast<std::uint8_t>(topic.spec.compacted));
    put_fixed(out, static_cast<std::uint8_t>(topic.spec.timestamps));
    for (const std::int64_t end : topic.ends) put_varint(out, static_cast<std::uint64_t>(end));
  }
  put_varint(out, writers.size());
  for (const auto& [id, epoch] : writers) {
    put_string(out, id);
    put_signed(out, epoch);
  }
  put_varint(out, groups.size());
  for (const auto& [group, positions] : groups) {
    put_string(out, group);
    put_varint(out, positions.size());
    for (const auto& [at, next_offset] : positions) {
      put_varint(out, at.first);
      put_varint(out, at.second);
      put_signed(out, next_offset);
    }
  }
  put_varint(out, sequence);
  put_fixed(out, chain);
  put_signed(out, log_time_ms);
}

bool Catalogue::decode(ByteReader& in) {
  *this = {};
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    apply_topic(in, *this);
    if (in.failed()) return false;
    for (std::int64_t& end : topics.back().ends) end = static_cast<std::int64_t>(in.varint());
  }
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    const std::string id(in.string());
    writers[id] = in.integer();
  }
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    auto& positions = groups[std::string(in.string())];
    for (std::uint64_t m = in.varint(); m > 0 && !in.failed(); --m) {
      const auto topic = static_cast<std::uint32_t>(in.varint());
      const auto partition = static_cast<std::uint32_t>(in.varint());
      positions[{topic, partition}] = in.integer();
    }
  }
  sequence = in.varint();
  chain = in.fixed<std::uint64_t>();
  log_time_ms = in.integer();
  return !in.failed();
}

std::string topic_frame(const Catalogue& last, const TopicSpec& spec) {
  std::string table(1, static_cast<char>(Kind::topic));
  put_string(table, spec.name);
  put_varint(table, spec.partitions);
  put_fixed(table, static_cast<std::uint8_t>(spec.compacted));
  put_fixed(table, static_cast<std::uint8_t>(spec.timestamps));
  return head(last, table, {});
}

std::string writer_frame(const Catalogue& last, std::string_view id, std::int64_t epoch) {
  std::string table(1, static_cast<char>(Kind::writer));
  put_string(table, id);
  put_varint(table, static_cast<std::uint64_t>(epoch));
  return head(last, table, {});
}

std::string transaction_head(const Catalogue& last, std::string_view id, std::int64_t epoch, std::int64_t log_time_ms,
                             const std::vector<Section>& sections, std::string_view group,
                             const std::vector<Position>& positions) {
  std::string table(1, static_cast<char>(Kind::transaction));
  put_string(table, id);
  put_varint(table, static_cast<std::uint64_t>(epoch));
  put_signed(table, log_time_ms);
  put_varint(table, sections.size());
  for (const Section& section : sections) {
    put_varint(table, section.topic);
    put_varint(table, section.partition);
    put_varint(table, static_cast<std::uint64_t>(section.base));
    put_varint(table, section.count);
    put_varint(table, section.data.size());
    put_fixed(table, hash64(section.data));
  }
  put_string(table, group);
  put_varint(table, positions.size());
  for (const Position& position : positions) {
    put_varint(table, position.topic);
    put_varint(table, position.partition);
    put_varint(table, static_cast<std::uint64_t>(position.next_offset));
  }
  return head(last, table, sections);
}

void put_record(std::string& out, std::int64_t timestamp_delta, std::string_view key, std::string_view value,
                std::string_view headers) {
  put_signed(out, timestamp_delta);
  put_string(out, key);
  put_string(out, value);
  put_string(out, headers);
}

bool add_records(const Block& block, std::string_view bytes, std::int64_t from, Batch& batch) {
  ByteReader in(bytes);
  for (std::uint32_t i = 0; i < block.count; ++i) {
    Record record;
    record.offset = Offset{block.base + i};
    record.timestamp = instant(block.log_time_ms + in.integer());
    record.key = in.string();
    record.value = in.string();
    record.headers = in.string();
    if (in.failed()) return false;
    if (record.offset.value >= from) batch.add(record);
  }
  return in.complete();
}

Result<std::uint64_t> apply_frame(const File& segment, const std::string& path, std::uint64_t position, bool check_data,
                                  Catalogue& catalogue, Blocks& blocks) {
  const auto damaged = [&](std::string_view what) {
    return fail(Action::corrupt,
                fmt::format("{} at byte {}, transaction {}: {}", path, position, catalogue.sequence + 1, what));
  };
  char header[kHeaderBytes];
  const std::size_t got = TRY(segment.read(position, header, kHeaderBytes));
  if (got == 0) return 0;
  if (got < kHeaderBytes) return damaged("the file ends inside a frame header");
  ByteReader in(std::string_view(header, kHeaderBytes));
  const auto magic = in.fixed<std::uint32_t>();
  const auto table_bytes = in.fixed<std::uint32_t>();
  const auto data_bytes = in.fixed<std::uint64_t>();
  const auto sequence = in.fixed<std::uint64_t>();
  const auto chain = in.fixed<std::uint64_t>();
  const auto check = in.fixed<std::uint64_t>();
  if (magic != kFrameMagic || check != hash64({header, kHeaderBytes - 8}) || table_bytes > kMaxTableBytes) {
    return damaged("the frame header is damaged");
  }
  if (sequence != catalogue.sequence + 1) return damaged(fmt::format("found transaction {} here", sequence));
  std::string table(table_bytes, '\0');
  if (TRY(segment.read(position + kHeaderBytes, table.data(), table_bytes)) != table_bytes) {
    return damaged("the file ends inside a frame");
  }
  if (chain != hash64(table, catalogue.chain)) return damaged("its table does not fit the chain of hashes");
  const std::uint64_t end = position + kHeaderBytes + table_bytes + data_bytes;
  if (TRY(segment.size()) < end) return damaged("the file ends inside a frame");

  ByteReader rest(table);
  const auto kind = static_cast<Kind>(rest.fixed<std::uint8_t>());
  switch (kind) {
    case Kind::topic: {
      apply_topic(rest, catalogue);
      if (!rest.complete()) return damaged("malformed topic frame");
      break;
    }
    case Kind::writer: {
      const std::string id(rest.string());
      const auto epoch = static_cast<std::int64_t>(rest.varint());
      if (!rest.complete()) return damaged("malformed writer frame");
      catalogue.writers[id] = epoch;
      break;
    }
    case Kind::transaction: {
      Transaction transaction;
      if (!decode_transaction(rest, catalogue, transaction)) return damaged("malformed transaction frame");
      std::uint64_t at = position + kHeaderBytes + table_bytes;
      for (auto& part : transaction.parts) {
        part.block.position = at;
        part.block.sequence = sequence;
        at += part.block.bytes;
      }
      if (at != end) return damaged("the sections do not fill the frame");
      if (check_data) {
        std::string bytes;
        for (const auto& part : transaction.parts) {
          bytes.resize(part.block.bytes);
          const std::size_t read = TRY(segment.read(part.block.position, bytes.data(), bytes.size()));
          if (read == bytes.size() && hash64(bytes) == part.block.hash) continue;
          return damaged(fmt::format("damaged records of topic {} partition {}, offsets [{}, {})",
                                     catalogue.topics[part.topic].spec.name, part.partition, part.block.base,
                                     part.block.base + part.block.count));
        }
      }
      for (const auto& part : transaction.parts) {
        catalogue.topics[part.topic].ends[part.partition] += part.block.count;
        blocks[{part.topic, part.partition}].push_back(part.block);
      }
      for (const Position& moved : transaction.positions) {
        catalogue.groups[transaction.group][{moved.topic, moved.partition}] = moved.next_offset;
      }
      catalogue.log_time_ms = transaction.log_time_ms;
      break;
    }
    default:
      return damaged("unknown kind of frame; a newer version of the program may have written it");
  }
  catalogue.sequence = sequence;
  catalogue.chain = chain;
  return end - position;
}

std::string encode_slot(const Acknowledged& acknowledged) {
  std::string out;
  put_fixed(out, acknowledged.generation);
  put_fixed(out, acknowledged.segment);
  put_fixed(out, std::uint32_t{0});
  put_fixed(out, acknowledged.bytes);
  put_fixed(out, acknowledged.sequence);
  put_fixed(out, acknowledged.chain);
  out.resize(kSlotBytes - 8);
  put_fixed(out, hash64(out));
  return out;
}

bool decode_slot(std::string_view bytes, Acknowledged& out) {
  if (bytes.size() != kSlotBytes) return false;
  ByteReader in(bytes);
  out.generation = in.fixed<std::uint64_t>();
  out.segment = in.fixed<std::uint32_t>();
  in.fixed<std::uint32_t>();
  out.bytes = in.fixed<std::uint64_t>();
  out.sequence = in.fixed<std::uint64_t>();
  out.chain = in.fixed<std::uint64_t>();
  ByteReader check(bytes.substr(kSlotBytes - 8));
  return check.fixed<std::uint64_t>() == hash64(bytes.substr(0, kSlotBytes - 8));
}

std::string encode_index(const Catalogue& catalogue, const Blocks& blocks) {
  std::string body;
  catalogue.encode(body);
  put_varint(body, blocks.size());
  for (const auto& [at, list] : blocks) {
    put_varint(body, at.first);
    put_varint(body, at.second);
    put_varint(body, list.size());
    for (const Block& block : list) {
      put_varint(body, static_cast<std::uint64_t>(block.base));
      put_varint(body, block.count);
      put_varint(body, block.bytes);
      put_varint(body, block.position);
      put_fixed(body, block.hash);
      put_varint(body, block.sequence);
      put_signed(body, block.log_time_ms);
    }
  }
  std::string out;
  put_fixed(out, kIndexMagic);
  put_fixed(out, hash64(body));
  return out + body;
}

bool decode_index(std::string_view bytes, Catalogue& catalogue, Blocks* blocks) {
  ByteReader in(bytes);
  if (in.fixed<std::uint64_t>() != kIndexMagic) return false;
  if (in.fixed<std::uint64_t>() != hash64(in.rest())) return false;
  if (!catalogue.decode(in)) return false;
  if (blocks == nullptr) return true;
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    const auto topic = static_cast<std::uint32_t>(in.varint());
    const auto partition = static_cast<std::uint32_t>(in.varint());
    auto& list = (*blocks)[{topic, partition}];
    for (std::uint64_t m = in.varint(); m > 0 && !in.failed(); --m) {
      Block block;
      block.base = static_cast<std::int64_t>(in.varint());
      block.count = static_cast<std::uint32_t>(in.varint());
      block.bytes = static_cast<std::uint32_t>(in.varint());
      block.position = in.varint();
      block.hash = in.fixed<std::uint64_t>();
      block.sequence = in.varint();
      block.log_time_ms = in.integer();
      list.push_back(block);
    }
  }
  return in.complete();
}

}  // namespace engine::journal
