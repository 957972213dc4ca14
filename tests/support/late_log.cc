#include "tests/support/late_log.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/schedule.h"

namespace support {

using engine::Action;
using engine::Epoch;
using engine::fail;
using engine::Offset;
using engine::Outgoing;
using engine::Result;
using engine::TopicPartition;
using engine::Transaction;
using engine::Writer;

std::string_view name(Late kind) {
  switch (kind) {
    case Late::lost:
      return "lost";
    case Late::torn:
      return "torn";
    case Late::stray:
      return "stray";
    case Late::again:
      return "again";
    case Late::outlived:
      return "outlived";
  }
  return "?";
}

class LateWriter final : public Writer {
 public:
  LateWriter(LateLog& log, std::string id, std::unique_ptr<Writer> under)
      : log_(log), request_(log.request_), id_(std::move(id)), under_(std::move(under)) {}
  Epoch epoch() const override { return under_->epoch(); }

  Result<std::vector<Offset>> commit(const Transaction& transaction) override {
    if (transaction.group.empty()) return under_->commit(transaction);
    if (request_.armed && !request_.struck && suited(transaction)) return strike(transaction);
    const bool due = request_.held && id_ == request_.id && (request_.kind == Late::again || epoch() > request_.epoch);
    if (due && request_.before) land(*std::exchange(request_.held, std::nullopt));
    auto offsets = under_->commit(transaction);
    if (due && offsets && request_.held) land(*std::exchange(request_.held, std::nullopt));
    return offsets;
  }

 private:
  // The place of a batch of outputs for a topic that keeps them, whatever comes after them.
  std::optional<std::size_t> outputs_of(const Transaction& transaction) const {
    for (std::size_t i = 0; i < transaction.batches.size(); ++i) {
      if (!log_.topic(transaction.batches[i].topic)->compacted) return i;
    }
    return std::nullopt;
  }

  bool suited(const Transaction& transaction) const {
    return (request_.kind != Late::torn && request_.kind != Late::stray) || outputs_of(transaction);
  }

  Result<std::vector<Offset>> strike(const Transaction& transaction) {
    const Outgoing& scheduled = transaction.records.back();
    request_.struck = true;
    request_.schedule = {scheduled.topic, scheduled.partition};
    request_.step = engine::decode_schedule_record(scheduled.value, nullptr)->step.number;
    request_.id = id_;
    request_.epoch = epoch();
    switch (request_.kind) {
      case Late::lost: {
        std::vector<Offset> offsets;
        std::map<TopicPartition, Offset> ends;
        for (const Outgoing& record : transaction.records) {
          const TopicPartition at{record.topic, record.partition};
          const auto [end, first] = ends.try_emplace(at, log_.bounds(at)->end);
          offsets.push_back(end->second);
          ++end->second;
        }
        return offsets;
      }
      case Late::torn: {
        Transaction part = transaction;
        part.batches.erase(part.batches.begin() + static_cast<std::ptrdiff_t>(*outputs_of(transaction)));
        land(part);
        return fail(Action::unknown, "simulated: the answer to the commit was lost");
      }
      case Late::stray:
        land({{}, {}, {}, {transaction.batches[*outputs_of(transaction)]}});
        return fail(Action::abort, "simulated: the transaction was aborted");
      case Late::again: {
        auto offsets = under_->commit(transaction);
        request_.struck = offsets.has_value();
        if (offsets) request_.held = transaction;
        return offsets;
      }
      case Late::outlived:
        request_.held = transaction;
        return fail(Action::unknown, "simulated: the answer to the commit was lost");
    }
    return fail(Action::fatal, "there is no such late request");
  }

  // No writer of the id is disturbed, as none is by the end of a transaction.
  void land(const Transaction& transaction) {
    const auto writer = log_.ground_.writer("late");
    const auto landed = writer ? (*writer)->commit({transaction.records, {}, {}, transaction.batches})
                               : Result<std::vector<Offset>>(std::unexpected(writer.error()));
    if (!landed && landed.error().action == Action::fatal) request_.failed = true;
  }

  LateLog& log_;
  LateRequest& request_;
  std::string id_;
  std::unique_ptr<Writer> under_;
};

Result<std::unique_ptr<Writer>> LateLog::writer(const std::string& transactional_id) {
  return std::make_unique<LateWriter>(*this, transactional_id, TRY(under().writer(transactional_id)));
}

}  // namespace support
