#include "engine/log/embedded_log.h"
#include "tests/contract/log_contract.h"
#include "tests/support/simulated_disk.h"

namespace contract {
namespace {

// The embedded log on a disk in memory. Small segments, so that the suite crosses many of them.
class EmbeddedFactory final : public LogFactory {
 public:
  EmbeddedFactory(bool sync, std::uint64_t segment_bytes) : sync_(sync), segment_bytes_(segment_bytes) { reopen(); }

  engine::Log& log() override { return *log_; }
  engine::Log& reopen() override {
    log_.reset();
    auto opened =
        engine::EmbeddedLog::open(disk_, clock_, {.directory = "log", .sync = sync_, .segment_bytes = segment_bytes_});
    CHECK(opened);
    log_ = std::move(*opened);
    return *log_;
  }
  void move_clock(engine::Milliseconds by) override { clock_.advance(by); }

 private:
  bool sync_;
  std::uint64_t segment_bytes_;
  support::SimulatedDisk disk_{1};
  engine::SimulatedClock clock_{engine::instant(1'700'000'000'000)};
  std::unique_ptr<engine::EmbeddedLog> log_;
};

INSTANTIATE_TEST_SUITE_P(Embedded, LogContract,
                         testing::Values([] { return std::make_unique<EmbeddedFactory>(false, 64u << 20); }));
INSTANTIATE_TEST_SUITE_P(EmbeddedSynced, LogContract,
                         testing::Values([] { return std::make_unique<EmbeddedFactory>(true, 64u << 20); }));
INSTANTIATE_TEST_SUITE_P(EmbeddedTinySegments, LogContract,
                         testing::Values([] { return std::make_unique<EmbeddedFactory>(false, 200); }));

}  // namespace
}  // namespace contract
