// Messages from one row to another, through the inbox of the stage: they may lie in different partitions.
//
// Takes: an absolute fact that a row has to say to another one. Gives: a record in the inbox when it is news, and at the
// other end the newest version of each. Merged cases and their parents are one use of it, see cases/links.h.
//
// Rules: a message is an absolute fact, never a change of one. Of (sender, kind) the highest version counts. A fact that
// changes nothing is not sent again. It names the rows that it came through; after kMaxHops it is a dead letter `loop`.

#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/stage.h"
#include "topics/codec/event.h"

namespace projections {

inline constexpr std::size_t kMaxHops = 8;  // rows that a fact may come through

// What a message says. The numbers are part of the row format, the names of the format of the inbox.
enum class MessageKind : std::uint8_t {
  merge_parent = 0,  // from the case that others were merged into, to one of them
  merge_child = 1,   // from a merged case to the one that it was merged into
};
inline constexpr std::size_t kMessageKinds = 2;
std::string_view name(MessageKind kind);

// The record is a structured CloudEvent, keyed by `to`:
//
//   {"specversion":"1.0","id":"FROM|KIND|TO|VERSION","source":"gridloop/STAGE","type":"row.message","subject":"TO",
//    "time":"…","data":{"from":"FROM","kind":"merge.child","version":3,"holds":true,"via":["ORIGIN",…,"FROM"],
//    "task":"cases-2","freeze":0, and the members of the fact, each a text}}
struct RowMessage {
  std::string to;
  std::string from;
  MessageKind kind = MessageKind::merge_parent;
  std::int64_t version = 1;
  bool holds = true;                                         // false: the fact no longer holds
  std::vector<std::string> via;                              // the rows that it comes from: its origin first
  std::string task;                                          // that sent it, whose freeze number this is
  std::int32_t freeze = 0;                                   // of the sender
  std::vector<std::pair<std::string, std::string>> members;  // of the fact; names as in JSON, none of those above
  engine::Instant time;

  void set(std::string_view name, std::optional<engine::Instant> value);  // nothing: the member is left out
  std::optional<engine::Instant> instant(std::string_view name) const;
  bool operator==(const RowMessage&) const = default;
};

void append(std::string& out, std::string_view stage, const RowMessage& message);
// `value` as it lies in the inbox. A message that has come through too many rows is refused with Reason::loop.
std::expected<RowMessage, topics::Rejection> decode_row_message(std::string_view value);

// The newest message of a sender; rows keep a type derived from it, with the members of the fact.
struct ReceivedMessage {
  std::string from;
  MessageKind kind = MessageKind::merge_parent;
  std::int64_t version = 0;
  bool holds = true;
  std::vector<std::string> via;
  bool operator==(const ReceivedMessage&) const = default;
};

// What was sent last to another row.
struct SentMessage {
  std::string to;
  MessageKind kind = MessageKind::merge_parent;
  std::int64_t version = 0;
  std::uint64_t content = 0;  // hash of what it says
  bool operator==(const SentMessage&) const = default;
};

// The entry of `received` for the message, filled but for the members of the fact; nullptr when the message is not newer
// than what is known. REQUIRES: `received` ascends by (from, kind).
template <class Received>
Received* receive(std::vector<Received>& received, const RowMessage& message) {
  const auto key = [](const auto& one) { return std::tuple(std::string_view(one.from), one.kind); };
  auto at = std::ranges::lower_bound(received, key(message), {}, key);
  if (at == received.end() || key(*at) != key(message)) {
    at = received.emplace(at);
  } else if (at->version >= message.version) {
    return nullptr;
  }
  *at = Received{};
  at->from = message.from;
  at->kind = message.kind;
  at->version = message.version;
  at->holds = message.holds;
  at->via = message.via;
  return &*at;
}

// Whether the message is news to its row: it differs from what was sent last. It counts as sent then, and has its
// version. `worth_a_first`: whether it is worth sending to a row that was never sent one of its kind. REQUIRES: `sent`
// ascends by (to, kind).
bool is_news(std::vector<SentMessage>& sent, RowMessage& message, bool worth_a_first);

}  // namespace projections
