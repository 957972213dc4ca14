#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/log/log.h"
#include "engine/types.h"
#include "tests/support/forwarding_log.h"

namespace support {

// What a request to end a transaction does that is delayed in the network until its writer, or the next owner, has gone
// on. A correct log does none of it; Kafka's older transaction protocol, which librdkafka speaks, leaves room for it.
enum class Late : std::uint8_t {
  lost,      // the commit is acknowledged, and nothing of it is there: a gap
  torn,      // the schedule record is there, the outputs of a partition are not; the answer is lost
  stray,     // the outputs of a partition are there, the schedule record is not; the answer is that nothing is
  again,     // what was committed lands a second time, behind the next step
  outlived,  // the answer is lost; it lands when a newer owner commits, before or behind that
};

std::string_view name(Late kind);

// One late request: what it will do, and what it has done. Outlives the logs on which it happens.
struct LateRequest {
  Late kind = Late::lost;
  bool before = false;  // outlived: it lands before the commit of the newer owner
  bool armed = false;   // the next step that is suited is struck
  bool struck = false;
  engine::TopicPartition schedule;  // of the step that was struck
  engine::StepNumber step{0};

  std::string id;                           // of the writer
  engine::Epoch epoch{};                    // of the writer
  std::optional<engine::Transaction> held;  // is still to land
  bool failed = false;                      // the disk was full when it landed: the log is broken, and nobody was told
};

// A log on which a request comes late, once. The transactions of tasks are struck, which have a group. What lands late
// is appended to `ground`: `under`, or what lies under that and has no faults.
//
// Threads: one. Ownership: the logs and `request` outlive it.
class LateLog final : public ForwardingLog {
 public:
  LateLog(engine::Log& under, engine::Log& ground, LateRequest& request)
      : ForwardingLog(under), ground_(ground), request_(request) {}

  engine::Result<std::unique_ptr<engine::Writer>> writer(const std::string& transactional_id) override;

 private:
  friend class LateWriter;
  engine::Log& ground_;
  LateRequest& request_;
};

}  // namespace support
