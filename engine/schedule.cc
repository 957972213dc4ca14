#include "engine/schedule.h"

#include <fmt/format.h>

#include "engine/bytes.h"
#include "engine/log/log.h"

namespace engine {
namespace {

constexpr std::uint8_t kFormat = 2;

void put_hash(std::string& out, const Hash128& hash) {
  put_fixed(out, hash.high);
  put_fixed(out, hash.low);
}

Hash128 get_hash(ByteReader& in) {
  Hash128 hash;
  hash.high = in.fixed<std::uint64_t>();
  hash.low = in.fixed<std::uint64_t>();
  return hash;
}

bool decode_step(std::string_view bytes, Step& out) {
  ByteReader in(bytes);
  out.number = StepNumber{static_cast<std::int64_t>(in.varint())};
  out.logic_version = static_cast<std::uint32_t>(in.varint());
  out.behind = in.fixed<std::uint8_t>() != 0;
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    StepRange range;
    range.from = Offset{static_cast<std::int64_t>(in.varint())};
    range.to = Offset{static_cast<std::int64_t>(in.varint())};
    range.records = in.varint();
    out.ranges.push_back(range);
  }
  out.read_hash = get_hash(in);
  if (in.fixed<std::uint8_t>() != 0) out.tick = instant(in.integer());
  out.fired = in.varint();
  out.drained = in.varint();
  out.outputs = in.varint();
  out.output_hash = get_hash(in);
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    const auto kind = static_cast<MarkKind>(in.varint());
    out.marks.push_back({kind, std::string(in.string())});
  }
  return in.complete();
}

}  // namespace

const Mark* Step::mark(MarkKind kind) const {
  for (const Mark& mark : marks) {
    if (mark.kind == kind) return &mark;
  }
  return nullptr;
}

bool Step::follows(StepNumber before, std::span<const Offset> read_to) const {
  if (number != before + 1 || ranges.size() != read_to.size()) return false;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const StepRange& range = ranges[i];
    if (range.from != read_to[i] || range.to < range.from) return false;
    if (range.records > static_cast<std::uint64_t>(range.to - range.from)) return false;
  }
  return true;
}

void OutputHasher::add(const OutgoingBatch& batch) {
  head_.clear();
  put_string(head_, batch.topic);
  put_varint(head_, batch.partition.value);
  put_varint(head_, batch.records);
  stream_.add(head_);
  batch.each_content([&](std::string_view content) { stream_.add(content); });
}

std::string encode_step(const Step& step) {
  std::string out;
  put_varint(out, static_cast<std::uint64_t>(step.number.value));
  put_varint(out, step.logic_version);
  put_fixed(out, static_cast<std::uint8_t>(step.behind));
  put_varint(out, step.ranges.size());
  for (const StepRange& range : step.ranges) {
    put_varint(out, static_cast<std::uint64_t>(range.from.value));
    put_varint(out, static_cast<std::uint64_t>(range.to.value));
    put_varint(out, range.records);
  }
  put_hash(out, step.read_hash);
  put_fixed(out, static_cast<std::uint8_t>(step.tick.has_value()));
  if (step.tick) put_signed(out, to_ms(*step.tick));
  put_varint(out, step.fired);
  put_varint(out, step.drained);
  put_varint(out, step.outputs);
  put_hash(out, step.output_hash);
  put_varint(out, step.marks.size());
  for (const Mark& mark : step.marks) {
    put_varint(out, static_cast<std::uint64_t>(mark.kind));
    put_string(out, mark.content);
  }
  return out;
}

Hash128 chain_after(const Hash128& before, std::string_view step_content) {
  std::string bytes;
  put_hash(bytes, before);
  bytes += step_content;
  return hash128(bytes);
}

std::string encode_schedule_record(Epoch epoch, std::string_view owner, std::uint32_t attempt,
                                   std::string_view step_content, const Hash128& chain) {
  std::string out(1, static_cast<char>(kFormat));
  put_varint(out, static_cast<std::uint64_t>(epoch.value));
  put_string(out, owner);
  put_varint(out, attempt);
  put_string(out, step_content);
  put_hash(out, chain);
  return out;
}

Result<ScheduleRecord> decode_schedule_record(std::string_view bytes, std::string_view* content) {
  ByteReader in(bytes);
  const auto format = in.fixed<std::uint8_t>();
  if (format > kFormat) {
    return fail(Action::invalid,
                fmt::format("a schedule record has format {}; this program knows {}: a newer version of "
                            "the program wrote it, use that one",
                            format, kFormat));
  }
  if (format != 0 && format < kFormat) {
    return fail(Action::invalid,
                fmt::format("a schedule record has format {}; this program knows {}: an older version of "
                            "the program wrote it, use that one, or give the events to a new data "
                            "directory",
                            format, kFormat));
  }
  ScheduleRecord record;
  record.epoch = Epoch{static_cast<std::int64_t>(in.varint())};
  record.owner = in.string();
  record.attempt = static_cast<std::uint32_t>(in.varint());
  const std::string_view step = in.string();
  record.chain = get_hash(in);
  if (format == 0 || !in.complete() || !decode_step(step, record.step)) {
    return fail(Action::corrupt, "malformed schedule record");
  }
  if (content != nullptr) *content = step;
  return record;
}

Mark checkpoint_mark(const Hash128& digest) {
  Mark mark{MarkKind::checkpoint, {}};
  put_hash(mark.content, digest);
  return mark;
}

Hash128 digest_of(const Mark& mark) {
  ByteReader in(mark.content);
  return get_hash(in);
}

std::string difference(const Step& recorded, const Step& replayed) {
  if (recorded.number != replayed.number) {
    return fmt::format("step number {} recorded, {} replayed", recorded.number.value, replayed.number.value);
  }
  if (recorded.logic_version != replayed.logic_version) {
    return fmt::format("logic version {} recorded, {} replayed", recorded.logic_version, replayed.logic_version);
  }
  for (std::size_t i = 0; i < recorded.ranges.size() && i < replayed.ranges.size(); ++i) {
    const StepRange& a = recorded.ranges[i];
    const StepRange& b = replayed.ranges[i];
    if (a.from == b.from && a.to == b.to && a.records == b.records) continue;
    return fmt::format("input {}: [{}, {}) with {} records recorded, [{}, {}) with {} replayed", i, a.from.value,
                       a.to.value, a.records, b.from.value, b.to.value, b.records);
  }
  if (recorded.read_hash != replayed.read_hash) return "what was read differs: an input was changed afterwards";
  if (recorded.fired != replayed.fired) {
    return fmt::format("{} timers fired recorded, {} replayed", recorded.fired, replayed.fired);
  }
  if (recorded.drained != replayed.drained) {
    return fmt::format("{} subjects drained recorded, {} replayed", recorded.drained, replayed.drained);
  }
  if (recorded.outputs != replayed.outputs) {
    return fmt::format("{} outputs recorded, {} replayed", recorded.outputs, replayed.outputs);
  }
  if (recorded.output_hash != replayed.output_hash) return "the outputs differ";
  const Mark* a = recorded.mark(MarkKind::checkpoint);
  const Mark* b = replayed.mark(MarkKind::checkpoint);
  if (a != nullptr && b != nullptr && digest_of(*a) != digest_of(*b)) {
    return fmt::format("state digest {} recorded, {} replayed", to_hex(digest_of(*a)), to_hex(digest_of(*b)));
  }
  return encode_step(recorded) == encode_step(replayed) ? "" : "the steps differ";
}

}  // namespace engine
