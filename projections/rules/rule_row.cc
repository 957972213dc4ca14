#include "projections/rules/rule_row.h"

#include <fmt/format.h>

#include "engine/bytes.h"

namespace projections {

void RuleRow::encode(std::string& out) const {
  engine::put_fixed(out, kFormat);
  engine::put_varint(out, texts.size());
  for (const std::string& text : texts) engine::put_string(out, text);
  engine::put_varint(out, numbers.size());
  for (const std::int64_t number : numbers) engine::put_signed(out, number);
}

bool RuleRow::decode(std::string_view bytes) {
  engine::ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return false;
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) texts.emplace_back(in.string());
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) numbers.push_back(in.integer());
  return in.complete();
}

std::string version_key(std::string_view kind, std::string_view id, engine::Instant in_force) {
  std::string key = fmt::format("{}/{}", kind, id);
  key.push_back('\0');
  engine::put_sortable(key, engine::to_ms(in_force));
  return key;
}

}  // namespace projections
