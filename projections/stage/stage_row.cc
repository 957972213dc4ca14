#include "projections/stage/stage_row.h"

#include "engine/bytes.h"

namespace projections {
namespace {

constexpr std::uint8_t kHasRulesVersion = 1;
constexpr std::uint8_t kBehind = 2;
constexpr std::uint8_t kHasHeartbeat = 4;

}  // namespace

void StageRow::encode(std::string& out) const {
  std::uint8_t bits = 0;
  if (rules_version) bits |= kHasRulesVersion;
  if (behind) bits |= kBehind;
  if (heartbeat) bits |= kHasHeartbeat;
  engine::put_fixed(out, kFormat);
  engine::put_fixed(out, bits);
  if (rules_version) engine::put_signed(out, *rules_version);
  if (heartbeat) engine::put_signed(out, engine::to_ms(*heartbeat));
  engine::put_signed(out, timers_armed);
}

bool StageRow::decode(std::string_view bytes) {
  engine::ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return false;
  const auto bits = in.fixed<std::uint8_t>();
  rules_version.reset();
  heartbeat.reset();
  behind = (bits & kBehind) != 0;
  if ((bits & kHasRulesVersion) != 0) rules_version = in.integer();
  if ((bits & kHasHeartbeat) != 0) heartbeat = engine::instant(in.integer());
  timers_armed = in.integer();
  return in.complete();
}

}  // namespace projections
