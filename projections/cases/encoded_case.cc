#include "projections/cases/encoded_case.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/bytes.h"

namespace projections {
namespace {

using engine::ByteReader;
using engine::put_fixed;
using engine::put_signed;
using engine::put_string;
using engine::put_varint;

// Facts are the most of a row, and are written and read for each event: the same bytes as by the put_ functions, with
// one check of the room.
class FactWriter {
 public:
  explicit FactWriter(char* at) : at_(at) {}
  template <class T>
  void fixed(T value) {
    std::memcpy(at_, &value, sizeof(T));
    at_ += sizeof(T);
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at_++ = static_cast<char>(value | 0x80);
    *at_++ = static_cast<char>(value);
  }
  void integer(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void bytes(std::string_view value) {
    if (!value.empty()) std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
  }
  char* at() const { return at_; }

 private:
  char* at_;
};

constexpr std::size_t kMaxFixed = 4 * 8 + 2 + 10 + 10 + 5 + 10;  // of a fact, without its fields
constexpr std::size_t kIdBytes = 16;                             // which come first

void put_fact(std::string& out, const Fact& fact) {
  const std::string_view pairs = fact.fields.bytes();
  const std::size_t before = out.size();
  out.resize_and_overwrite(before + engine::kMaxVarint + kMaxFixed + pairs.size(), [&](char* bytes, std::size_t) {
    char* const begin = bytes + before + engine::kMaxVarint;
    FactWriter to(begin);
    to.fixed(fact.id.high);
    to.fixed(fact.id.low);
    to.fixed(fact.body);
    to.fixed(fact.source);
    to.fixed(static_cast<std::uint8_t>(fact.kind));
    to.fixed(fact.topic);
    to.integer(engine::to_ms(fact.happened));
    to.integer((fact.logged - fact.happened).count());
    to.varint(fact.partition);
    to.varint(static_cast<std::uint64_t>(fact.offset));
    to.bytes(pairs);
    // The length is known now, and takes one or two bytes of the ten.
    const auto size = static_cast<std::size_t>(to.at() - begin);
    FactWriter length(bytes + before);
    length.varint(size);
    std::memmove(length.at(), begin, size);
    return static_cast<std::size_t>(length.at() - bytes) + size;
  });
}

void get_fact(std::string_view bytes, Fact& fact, bool& failed) {
  ByteReader in(bytes);
  fact.id.high = in.fixed<std::uint64_t>();
  fact.id.low = in.fixed<std::uint64_t>();
  fact.body = in.fixed<std::uint64_t>();
  fact.source = in.fixed<std::uint64_t>();
  fact.kind = static_cast<FactKind>(in.fixed<std::uint8_t>());
  fact.topic = in.fixed<std::uint8_t>();
  fact.happened = engine::instant(in.integer());
  std::int64_t logged = 0;  // a damaged row may hold any numbers
  if (__builtin_add_overflow(engine::to_ms(fact.happened), in.integer(), &logged)) logged = 0;
  fact.logged = engine::instant(logged);
  fact.partition = static_cast<std::uint32_t>(in.varint());
  fact.offset = static_cast<std::int64_t>(in.varint());
  failed = failed || in.failed() || !FieldValues::are_pairs(in.rest());
  if (!failed) fact.fields.assign(in.rest());
}

// By bucket: the numbers of its counters, and what was counted.
void put_terms(std::string& out, const std::vector<Term>& terms) {
  std::uint64_t buckets = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) buckets += i == 0 || terms[i].bucket != terms[i - 1].bucket ? 1u : 0u;
  put_varint(out, buckets);
  for (std::size_t i = 0; i < terms.size();) {
    const topics::Bucket bucket = terms[i].bucket;
    std::size_t end = i;
    while (end < terms.size() && terms[end].bucket == bucket) ++end;
    put_fixed(out, static_cast<std::uint8_t>(bucket.kind));
    put_signed(out, bucket.number);
    put_varint(out, end - i);
    for (; i < end; ++i) {
      put_varint(out, static_cast<std::uint64_t>(terms[i].counter));
      put_signed(out, terms[i].n);
    }
  }
}

// False when there is no counter of a number.
bool get_terms(ByteReader& in, std::vector<Term>& terms) {
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    topics::Bucket bucket;
    bucket.kind = static_cast<topics::BucketKind>(in.fixed<std::uint8_t>());
    bucket.number = static_cast<std::int32_t>(in.integer());
    for (std::uint64_t counters = in.varint(); counters > 0 && !in.failed(); --counters) {
      const std::uint64_t number = in.varint();
      if (number >= topics::kCounterCount) return false;
      terms.push_back({bucket, static_cast<topics::Counter>(number), in.integer()});
    }
  }
  return true;
}

void put_moment(std::string& out, const std::optional<Moment>& moment) {
  put_fixed(out, static_cast<std::uint8_t>(moment.has_value()));
  if (!moment) return;
  put_signed(out, engine::to_ms(moment->happened));
  put_signed(out, engine::to_ms(moment->judged));
}

std::optional<Moment> get_moment(ByteReader& in) {
  if (in.fixed<std::uint8_t>() == 0) return std::nullopt;
  Moment moment;
  moment.happened = engine::instant(in.integer());
  moment.judged = engine::instant(in.integer());
  return moment;
}

void put_links(std::string& out, const CaseRow& row) {
  put_varint(out, row.links.size());
  for (const Link& link : row.links) {
    put_string(out, link.from);
    put_fixed(out, static_cast<std::uint8_t>((link.kind == MessageKind::merge_child ? 1 : 0) | (link.holds ? 2 : 0)));
    put_signed(out, link.version);
    put_varint(out, link.via.size());
    for (const std::string& one : link.via) put_string(out, one);
    put_moment(out, link.start);
    put_signed(out, engine::to_ms(link.since));
    put_moment(out, link.closed);
  }
  put_varint(out, row.told.size());
  for (const SentMessage& told : row.told) {
    put_string(out, told.to);
    put_fixed(out, static_cast<std::uint8_t>(told.kind));
    put_signed(out, told.version);
    put_fixed(out, told.content);
  }
}

void get_links(ByteReader& in, CaseRow& row) {
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    Link& link = row.links.emplace_back();
    link.from = in.string();
    const auto flags = in.fixed<std::uint8_t>();
    link.kind = (flags & 1) != 0 ? MessageKind::merge_child : MessageKind::merge_parent;
    link.holds = (flags & 2) != 0;
    link.version = in.integer();
    for (std::uint64_t i = in.varint(); i > 0 && !in.failed(); --i) link.via.emplace_back(in.string());
    link.start = get_moment(in);
    link.since = engine::instant(in.integer());
    link.closed = get_moment(in);
  }
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    SentMessage& told = row.told.emplace_back();
    told.to = in.string();
    told.kind = static_cast<MessageKind>(in.fixed<std::uint8_t>());
    told.version = in.integer();
    told.content = in.fixed<std::uint64_t>();
  }
}

// What was done because of the facts. Nothing at all when that is nothing.
void put_done(std::string& out, const CaseRow& row) {
  if (row.links.empty() && row.told.empty() && row.sent.empty() && !row.armed && row.counted == Contribution() &&
      row.visits.empty())
    return;
  put_varint(out, row.sent.size());
  for (const Sent& entry : row.sent) {
    put_fixed(out, static_cast<std::uint8_t>(entry.clock));
    put_varint(out, static_cast<std::uint64_t>(entry.cycle));
    put_fixed(out, static_cast<std::uint8_t>(entry.verdict));
    put_signed(out, engine::to_ms(entry.due));
    put_varint(out, static_cast<std::uint64_t>(entry.announced));
    put_fixed(out, entry.step);
    put_fixed(out, static_cast<std::uint8_t>(entry.course));
    if (!runs(entry.course)) continue;
    put_signed(out, (entry.course_due - entry.due).count());
    put_fixed(out, entry.shown);
  }
  put_fixed(out, static_cast<std::uint8_t>(row.armed.has_value()));
  if (row.armed) put_signed(out, engine::to_ms(*row.armed));
  put_string(out, row.counted.area);
  put_terms(out, row.counted.terms);
  put_varint(out, row.visits.size());
  for (const topics::CounterDelta& delta : row.visits) {
    put_string(out, delta.area);
    put_fixed(out, static_cast<std::uint8_t>(delta.bucket.kind));
    put_signed(out, delta.bucket.number);
    put_fixed(out, static_cast<std::uint8_t>(delta.counter));
    put_signed(out, delta.n);
  }
  if (!row.links.empty() || !row.told.empty()) put_links(out, row);
}

bool get_done(std::string_view bytes, CaseRow& row) {
  if (bytes.empty()) return true;
  ByteReader in(bytes);
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    Sent entry;
    entry.clock = static_cast<ClockKind>(in.fixed<std::uint8_t>());
    entry.cycle = static_cast<std::int32_t>(in.varint());
    entry.verdict = static_cast<Verdict>(in.fixed<std::uint8_t>());
    entry.due = engine::instant(in.integer());
    entry.announced = static_cast<std::int64_t>(in.varint());
    entry.step = in.fixed<std::uint8_t>();
    entry.course = static_cast<Course>(in.fixed<std::uint8_t>());
    entry.course_due = entry.due;
    if (runs(entry.course)) {
      std::int64_t at = 0;  // a damaged row may hold any numbers
      if (__builtin_add_overflow(engine::to_ms(entry.due), in.integer(), &at)) at = 0;
      entry.course_due = engine::instant(at);
      entry.shown = in.fixed<std::uint32_t>();
    }
    row.sent.push_back(entry);
  }
  if (in.fixed<std::uint8_t>() != 0) row.armed = engine::instant(in.integer());
  row.counted.area.assign(in.string());
  if (!get_terms(in, row.counted.terms)) return false;
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    topics::CounterDelta delta;
    delta.area = in.string();
    delta.bucket.kind = static_cast<topics::BucketKind>(in.fixed<std::uint8_t>());
    delta.bucket.number = static_cast<std::int32_t>(in.integer());
    const auto counter = in.fixed<std::uint8_t>();
    if (counter >= topics::kCounterCount) return false;
    delta.counter = static_cast<topics::Counter>(counter);
    delta.n = in.integer();
    row.visits.push_back(std::move(delta));
  }
  if (!in.done()) get_links(in, row);
  return in.complete();
}

// The parts of an encoded row; see CaseRow.
struct Parts {
  std::optional<std::uint64_t> owed;
  std::uint16_t facts = 0;
  std::uint64_t version = 0;
  std::string_view done;
  std::string_view fact_bytes;
};

std::optional<Parts> parts_of(std::string_view bytes) {
  ByteReader in(bytes);
  Parts parts;
  if (in.fixed<std::uint8_t>() != CaseRow::kFormat) return std::nullopt;
  if (in.fixed<std::uint8_t>() != 0) parts.owed = in.fixed<std::uint64_t>();
  parts.facts = in.fixed<std::uint16_t>();
  parts.version = in.varint();
  parts.done = in.string();
  if (in.failed()) return std::nullopt;
  parts.fact_bytes = in.rest();
  return parts;
}

void put_head(std::string& out, std::optional<std::uint64_t> owed, std::size_t facts, std::uint64_t version) {
  put_fixed(out, CaseRow::kFormat);
  put_fixed(out, static_cast<std::uint8_t>(owed.has_value()));
  if (owed) put_fixed(out, *owed);
  put_fixed(out, static_cast<std::uint16_t>(facts));
  put_varint(out, version);
}

}  // namespace

std::optional<EncodedCase> EncodedCase::parse(std::string_view bytes) {
  const auto parts = parts_of(bytes);
  if (!parts) return std::nullopt;
  EncodedCase row;
  row.owed_ = parts->owed;
  row.count_ = parts->facts;
  row.version_ = parts->version;
  row.rest_ = parts->done;
  row.facts_ = parts->fact_bytes;
  return row;
}

bool EncodedCase::has_fact(const engine::Hash128& id) const {
  char wanted[kIdBytes];
  std::memcpy(wanted, &id.high, sizeof(id.high));
  std::memcpy(wanted + sizeof(id.high), &id.low, sizeof(id.low));
  for (ByteReader in(facts_); !in.done();) {
    if (in.string().starts_with(std::string_view(wanted, kIdBytes))) return true;
  }
  return false;
}

void EncodedCase::write_with(const Fact& fact, std::optional<std::uint64_t> queue, std::string& out) const {
  put_head(out, queue, count_ + std::size_t{1}, version_ + 1);
  put_string(out, rest_);
  out += facts_;
  put_fact(out, fact);
}

void CaseRow::encode(std::string& out) const {
  put_head(out, owed, facts.size(), version);
  thread_local std::string done;
  done.clear();
  put_done(done, *this);
  put_string(out, done);
  for (const Fact& fact : facts) put_fact(out, fact);
}

bool CaseRow::decode(std::string_view bytes) {
  facts.clear();
  sent.clear();
  armed.reset();
  counted.area.clear();
  counted.terms.clear();
  visits.clear();
  links.clear();
  told.clear();
  const auto parts = parts_of(bytes);
  if (!parts) return false;
  owed = parts->owed;
  version = parts->version;
  if (!get_done(parts->done, *this)) return false;
  bool failed = false;
  ByteReader in(parts->fact_bytes);
  if (parts->facts <= bytes.size()) facts.reserve(parts->facts);
  for (std::size_t n = parts->facts; n > 0 && !in.failed(); --n) get_fact(in.string(), facts.emplace_back(), failed);
  // Facts that were put behind the others lie in the order of their arrival.
  if (!std::ranges::is_sorted(facts, before)) std::ranges::sort(facts, before);
  return !failed && in.complete();
}

}  // namespace projections
