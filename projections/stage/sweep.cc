#include "projections/stage/sweep.h"

#include <algorithm>

namespace projections {
namespace {

constexpr std::uint64_t kKeysAtOnce = 4096;  // rows that were added meanwhile are met with the next keys

}  // namespace

void SweepCursor::encode(std::string& out) const {
  out.push_back(static_cast<char>(kFormat));
  out.push_back(static_cast<char>(pass));
  out += done_up_to;
}

bool SweepCursor::decode(std::string_view bytes) {
  if (bytes.size() < 2 || static_cast<std::uint8_t>(bytes.front()) != kFormat) return false;
  pass = static_cast<std::uint8_t>(bytes[1]);
  done_up_to = bytes.substr(2);
  return true;
}

std::uint64_t Sweep::run(std::uint64_t limit, engine::Context& context) {
  std::uint64_t done = 0;
  while (done < limit && running()) {
    SweepCursor& cursor = *cursor_.edit(kKey);
    const Pass& pass = passes_[std::min<std::size_t>(cursor.pass, passes_.size() - 1)];
    const std::uint64_t wanted = std::min(limit - done, kKeysAtOnce);
    const std::vector<std::string> keys = pass.keys_after(cursor.done_up_to, wanted);
    for (const std::string& key : keys) {
      if (!pass.visit(key, context)) return done;
      cursor.done_up_to = key;
      ++done;
      if (context.full()) return done;
    }
    if (keys.size() == wanted) continue;
    ++done;
    cursor = {.pass = static_cast<std::uint8_t>(cursor.pass + 1), .done_up_to = {}};
    if (cursor.pass >= passes_.size()) cursor_.erase(kKey);
  }
  return done;
}

}  // namespace projections
