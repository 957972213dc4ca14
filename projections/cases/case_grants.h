#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "projections/cases/fact.h"

namespace projections {

// Pauses of the clocks and more time: each is requested or declared, and in force when enough persons approved it.

// A request and who approved it; one who approves twice counts once.
struct ApprovalRequest {
  struct Approval {
    Moment at;
    std::uint64_t actor = 0;
  };
  Moment requested;
  bool declared = false;  // as done, not as requested: it needs no more approvals than a policy says
  std::vector<Approval> approvals;
  std::optional<Moment> rejected;

  // When it came into force, where `needed` persons have to approve; nothing when it has not. A request that nobody
  // declared needs one approval at least.
  std::optional<engine::Instant> in_force(std::int64_t needed) const;
};

// A pause of the clocks (挂账). Its texts view the fact.
struct Suspension {
  ApprovalRequest approval;
  std::optional<engine::Instant> until;
  std::string_view reason;
  std::optional<Moment> resumed;
};

// More time (延期), for the cycle with this index: until `due`, or `limit` more. Its texts view the fact.
struct Extension {
  std::size_t cycle = 0;
  ApprovalRequest approval;
  std::optional<engine::Instant> due;
  std::string_view limit;
};

// Adds what the fact says of pauses. An approval belongs to the last request, unless that was rejected or the approval
// names another time; by itself it is a request that is approved.
// REQUIRES: the fact is of kind suspended or suspension_approved.
void add_suspension(const Fact& fact, const Moment& moment, std::vector<Suspension>& all);
// The same of more time, for `cycle`. REQUIRES: it is of kind extended, extension_requested or extension_approved.
void add_extension(const Fact& fact, const Moment& moment, std::size_t cycle, std::vector<Extension>& all);

// Rejects the last request, when there is one that is not rejected.
void reject_suspension(const Moment& moment, std::vector<Suspension>& all);
void reject_extension(const Moment& moment, std::vector<Extension>& all);

// Ends the last pause that has not ended. Returns false when there is none.
bool resume(const Moment& moment, std::vector<Suspension>& all);

}  // namespace projections
