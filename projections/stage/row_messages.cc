#include "projections/stage/row_messages.h"

#include <array>

#include <fmt/format.h>

#include "engine/hash.h"
#include "engine/json.h"
#include "topics/codec/output_reader.h"
#include "topics/codec/output_writer.h"
#include "topics/codec/rfc3339.h"

namespace projections {
namespace {

constexpr std::string_view kType = "row.message";
constexpr std::array<std::string_view, kMessageKinds> kNames = {"merge.parent", "merge.child"};
constexpr std::array<std::string_view, 7> kEnvelope = {"from", "kind", "version", "holds", "via", "task", "freeze"};

std::uint64_t content_of(const RowMessage& message) {
  engine::Hasher hasher;
  hasher.add(static_cast<std::uint64_t>(message.holds));
  hasher.add(static_cast<std::uint64_t>(message.via.size()));
  for (const std::string& row : message.via) hasher.add(row);
  for (const auto& [name, text] : message.members) {
    hasher.add(name);
    hasher.add(text);
  }
  return hasher.value().high;
}

}  // namespace

std::string_view name(MessageKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

void RowMessage::set(std::string_view name, std::optional<engine::Instant> value) {
  if (value) members.emplace_back(name, topics::format_rfc3339(*value));
}

std::optional<engine::Instant> RowMessage::instant(std::string_view name) const {
  for (const auto& [known, text] : members) {
    if (known != name) continue;
    const auto at = topics::parse_rfc3339(text);
    return at ? std::optional<engine::Instant>(*at) : std::nullopt;
  }
  return std::nullopt;
}

void append(std::string& out, std::string_view stage, const RowMessage& message) {
  std::string id = message.from;
  id.append("|").append(name(message.kind)).append("|").append(message.to).append("|");
  engine::append_integer(id, message.version);
  topics::OutputWriter writer(out, stage, id, kType, message.to, message.time);
  writer.string("from", message.from)
      .string("kind", name(message.kind))
      .integer("version", message.version)
      .boolean("holds", message.holds)
      .texts("via", message.via)
      .string("task", message.task)
      .integer("freeze", message.freeze);
  for (const auto& [name, text] : message.members) writer.string(std::string_view(name), text);
  writer.end();
}

std::expected<RowMessage, topics::Rejection> decode_row_message(std::string_view value) {
  topics::OutputReader reader(value, kType);
  RowMessage message;
  if (!reader.failed()) {
    const topics::OutputReader::Object data = reader.data();
    message.to = reader.text(reader.event(), "subject");
    message.time = reader.instant(reader.event(), "time");
    message.from = reader.text(data, "from");
    const std::string kind = reader.text(data, "kind");
    const auto known = std::ranges::find(kNames, kind);
    if (known == kNames.end()) {
      reader.reject(topics::Reason::wrong_type, "kind: no message is of this kind");
    } else {
      message.kind = static_cast<MessageKind>(known - kNames.begin());
    }
    message.version = reader.integer(data, "version");
    message.holds = reader.boolean_or_false(data, "holds");
    message.via = reader.texts_or_none(data, "via");
    message.task = reader.text_or_empty(data, "task");
    message.freeze = reader.small<std::int32_t>(data, "freeze");
    for (const auto& member : data) {
      if (std::ranges::find(kEnvelope, member.key) != kEnvelope.end()) continue;
      message.members.emplace_back(member.key, reader.text(data, member.key));
    }
  }
  if (message.via.size() > kMaxHops) {
    reader.reject(topics::Reason::loop, fmt::format("it has come through more than {} rows", kMaxHops));
  }
  return reader.finish(std::move(message));
}

bool is_news(std::vector<SentMessage>& sent, RowMessage& message, bool worth_a_first) {
  const auto key = [](const auto& one) { return std::tuple(std::string_view(one.to), one.kind); };
  const std::uint64_t content = content_of(message);
  auto at = std::ranges::lower_bound(sent, key(message), {}, key);
  if (at == sent.end() || key(*at) != key(message)) {
    if (!worth_a_first) return false;
    at = sent.insert(at, SentMessage{message.to, message.kind, 0, 0});
  } else if (at->content == content) {
    return false;
  }
  message.version = ++at->version;
  at->content = content;
  return true;
}

}  // namespace projections
