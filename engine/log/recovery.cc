// How an embedded log opens: EmbeddedLog::recover().

#include <fmt/format.h>

#include "engine/log/embedded_log.h"
#include "engine/log/segment_files.h"

namespace engine {

using journal::Acknowledged;
using journal::bytes_needed;
using journal::ends_of;
using journal::index_name;
using journal::read_acknowledged;
using journal::read_all;
using journal::segment_name;
using journal::segment_numbers;

Result<> EmbeddedLog::recover() {
  const std::vector<std::uint32_t> numbers = TRY(segment_numbers(disk_, options_.directory));
  Acknowledged acknowledged;
  if (!options_.read_only || TRY(disk_.exists(path("acknowledged")))) {
    acknowledged_file_ = TRY(disk_.open(path("acknowledged"), mode()));
    bool damaged = false;
    acknowledged = TRY(read_acknowledged(*acknowledged_file_, damaged));
  }
  generation_ = acknowledged.generation;
  for (const std::uint32_t number : numbers) {
    TRY(recover_segment(number, number + 1 == numbers.size(), acknowledged));
  }
  if (numbers.empty()) {
    if (acknowledged.sequence > 0 && !options_.accept_loss) {
      return fail(Action::corrupt, fmt::format("{} holds no journal, but {} transactions were acknowledged: restore "
                                               "it from a copy",
                                               options_.directory, acknowledged.sequence));
    }
    if (!options_.read_only) {
      TRY(add_segment(0));
      // From here on the file always holds one slot that is whole, whatever is lost of the later ones.
      TRY(write_acknowledged());
      TRY(acknowledged_file_->sync());
    }
  } else if (generation_ == 0 && catalogue_.sequence > 0 && !options_.sync && !options_.read_only &&
             !options_.accept_loss) {
    // With sync a power failure may tear both slots, but then what is torn of the journal was not acknowledged.
    return fail(Action::corrupt,
                fmt::format("{} is missing or damaged: whether the end of the journal is whole cannot be "
                            "told. Restore it from a copy, or go on with the {} transactions that are "
                            "there with `accept_loss`",
                            path("acknowledged"), catalogue_.sequence));
  }
  if (catalogue_.sequence < acknowledged.sequence) {
    recovery_note_ =
        fmt::format("went on without {} lost transactions{}{}", acknowledged.sequence - catalogue_.sequence,
                    recovery_note_.empty() ? "" : "; ", recovery_note_);
  }
  // A process that died, or one that ran without `sync`, may have left files and entries that power loss takes away.
  if (options_.sync && !options_.read_only) {
    for (const Segment& segment : segments_) TRY(segment.file->sync());
    TRY(disk_.sync_directory(options_.directory));
  }
  visible_ = ends_of(catalogue_);
  synced_sequence_ = catalogue_.sequence;
  if (catalogue_.sequence != acknowledged.sequence && !options_.read_only) TRY(write_acknowledged());
  return {};
}

Result<> EmbeddedLog::recover_segment(std::uint32_t number, bool last, const Acknowledged& acknowledged) {
  if (!last && TRY(disk_.exists(path(index_name(number))))) {
    const auto file = TRY(disk_.open(path(index_name(number)), Disk::Mode::read));
    journal::Catalogue after;
    journal::Blocks blocks;
    if (journal::decode_index(TRY(read_all(*file)), after, &blocks)) {
      Segment segment{number, TRY(disk_.open(path(segment_name(number)), Disk::Mode::read)), ends_of(catalogue_), {}};
      if (TRY(segment.file->size()) < bytes_needed(blocks)) {
        return fail(Action::corrupt,
                    fmt::format("{} was cut off: it has {} bytes, its index needs {}; restore it from a "
                                "copy",
                                path(segment_name(number)), TRY(segment.file->size()), bytes_needed(blocks)));
      }
      segments_.push_back(std::move(segment));
      catalogue_ = std::move(after);
      return {};
    }
  }
  Segment segment{number, TRY(disk_.open(path(segment_name(number)), mode())), ends_of(catalogue_), {}};
  journal::Blocks blocks;
  std::uint64_t position = 0;
  while (true) {
    const auto bytes =
        journal::apply_frame(*segment.file, path(segment_name(number)), position, last, catalogue_, blocks);
    if (!bytes) {
      if (bytes.error().action != Action::corrupt || !last) return std::unexpected(bytes.error());
      if (catalogue_.sequence < acknowledged.sequence && !options_.accept_loss) {
        return fail(
            Action::corrupt,
            fmt::format("{}; it and what follows was acknowledged up to transaction {}. Restore it from a copy, "
                        "or go on without these transactions with `accept_loss`",
                        bytes.error().message, acknowledged.sequence));
      }
      TRY(cut(segment, position, bytes.error().message));
      break;
    }
    if (*bytes == 0) break;
    position += *bytes;
    if (catalogue_.sequence == acknowledged.sequence && catalogue_.chain != acknowledged.chain) {
      return fail(Action::corrupt, fmt::format("{}: transaction {} is not the one that was acknowledged: the journal "
                                               "or the file `acknowledged` belongs to another log",
                                               path(segment_name(number)), catalogue_.sequence));
    }
  }
  if (last && catalogue_.sequence < acknowledged.sequence && !options_.accept_loss) {
    return fail(
        Action::corrupt,
        fmt::format("{} ends at transaction {}, but {} were acknowledged: {} are lost (a power failure without "
                    "`sync`, or a damaged file). Restore it from a copy, or go on without them with `accept_loss`",
                    path(segment_name(number)), catalogue_.sequence, acknowledged.sequence,
                    acknowledged.sequence - catalogue_.sequence));
  }
  if (last) {
    active_ = std::move(blocks);
    active_bytes_ = position;
  } else if (options_.read_only) {
    segment.blocks = std::make_shared<journal::Blocks>(std::move(blocks));
  } else {
    TRY(write_index(number, blocks));
  }
  segments_.push_back(std::move(segment));
  return {};
}

Result<> EmbeddedLog::cut(Segment& segment, std::uint64_t bytes, std::string note) {
  recovery_note_ = fmt::format("{} a torn tail of the log ({})", options_.read_only ? "passed over" : "cut off", note);
  if (options_.read_only) return {};
  TRY(segment.file->truncate(bytes));
  return segment.file->sync();
}

}  // namespace engine
