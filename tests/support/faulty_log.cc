#include "tests/support/faulty_log.h"

#include <utility>

namespace support {

using engine::Action;
using engine::Epoch;
using engine::fail;
using engine::Offset;
using engine::Reader;
using engine::Result;
using engine::Transaction;
using engine::Writer;

class FaultyReader final : public Reader {
 public:
  FaultyReader(FaultyLog& log, std::unique_ptr<Reader> under) : log_(log), under_(std::move(under)) {}
  Result<> read(engine::Batch& batch, std::size_t max_bytes) override { return under_->read(batch, max_bytes); }
  Offset position() const override { return under_->position(); }
  std::optional<Offset> end() override {
    if (log_.strikes(&FaultRates::unknown_end)) return std::nullopt;
    return under_->end();
  }

 private:
  FaultyLog& log_;
  std::unique_ptr<Reader> under_;
};

class FaultyWriter final : public Writer {
 public:
  FaultyWriter(FaultyLog& log, std::string id, std::shared_ptr<Writer> under)
      : log_(log), id_(std::move(id)), under_(std::move(under)) {}
  Epoch epoch() const override { return under_->epoch(); }

  Result<std::vector<Offset>> commit(const Transaction& transaction) override {
    if (log_.strikes(&FaultRates::abort)) return fail(Action::abort, "simulated: the transaction was aborted");
    if (log_.strikes(&FaultRates::retry)) return fail(Action::retry, "simulated: try again");
    if (!log_.strikes(&FaultRates::unknown)) return under_->commit(transaction);
    std::uint64_t fate = 0;
    {
      const engine::MutexLock lock(log_.mutex_);
      fate = log_.random_.below(3);
      if (fate == 2) log_.late_[id_] = {under_, transaction};
    }
    if (fate == 1) {
      const auto landed = under_->commit(transaction);
      if (!landed) return landed;  // it was not the simulation that failed
    }
    return fail(Action::unknown, "simulated: the answer to the commit was lost");
  }

 private:
  FaultyLog& log_;
  std::string id_;
  std::shared_ptr<Writer> under_;
};

void FaultyLog::set_rates(const FaultRates& rates) {
  const engine::MutexLock lock(mutex_);
  rates_ = rates;
}

std::uint64_t FaultyLog::faults() const {
  const engine::MutexLock lock(mutex_);
  return faults_;
}

bool FaultyLog::strikes(unsigned FaultRates::* chance) {
  const engine::MutexLock lock(mutex_);
  if (!random_.per_mille(rates_.*chance)) return false;
  ++faults_;
  return true;
}

Result<std::unique_ptr<Reader>> FaultyLog::reader(const engine::TopicPartition& at, Offset from) {
  return std::make_unique<FaultyReader>(*this, TRY(under().reader(at, from)));
}

// As a broker does: what was under way for the id is ended, one way or the other, before the new writer is there.
Result<std::unique_ptr<Writer>> FaultyLog::writer(const std::string& transactional_id) {
  std::optional<Late> late;
  {
    const engine::MutexLock lock(mutex_);
    if (const auto found = late_.find(transactional_id); found != late_.end()) {
      if (random_.coin()) late = std::move(found->second);
      late_.erase(found);
    }
  }
  if (late) (void)late->writer->commit(late->transaction);  // fenced when another writer was opened since
  if (strikes(&FaultRates::no_writer)) return fail(Action::retry, "simulated: no answer to the opening of a writer");
  return std::make_unique<FaultyWriter>(*this, transactional_id, TRY(under().writer(transactional_id)));
}

}  // namespace support
