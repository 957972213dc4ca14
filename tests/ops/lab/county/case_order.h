#pragma once

#include <set>
#include <string>

#include "topics/codec/event.h"

namespace simulate_test {

// What may follow what in the life of a case. It knows nothing of how the stories are made.
class CaseOrder {
 public:
  // What is wrong with `event` as the next one of the case, by event time; empty when nothing is.
  std::string next(const topics::Event& event);

 private:
  std::string judge(const topics::Event& event);

  std::optional<engine::Instant> last_;
  std::set<std::string> ids_;
  bool reported_ = false, registered_ = false, merged_ = false, over_ = false, answered_ = false;
  bool hop_ = false, in_hand_ = false;  // sent and not signed; signed for
  bool handled_ = false, closed_ = false, self_handled_ = false;
  bool suspended_ = false, suspension_open_ = false;
  std::optional<engine::Instant> until_;
  bool extension_open_ = false, extension_by_approval_ = false, extension_approved_ = false;
  std::set<std::string> whistled_;
  bool ever_whistled_ = false;
  std::int64_t attempts_ = 0;
  bool reached_ = false;
  bool exclusion_open_ = false, excluded_ = false, appeal_open_ = false;
};

}  // namespace simulate_test
