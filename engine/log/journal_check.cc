#include "engine/log/journal_check.h"

#include <fmt/format.h>

#include "engine/log/journal.h"
#include "engine/log/segment_files.h"

namespace engine {

using journal::Acknowledged;
using journal::Block;
using journal::index_name;
using journal::read_acknowledged;
using journal::read_all;
using journal::segment_name;
using journal::segment_numbers;

Result<JournalCheck> verify_journal(Disk& disk, const std::string& directory) {
  JournalCheck check;
  const auto path = [&](std::string_view name) { return directory + "/" + std::string(name); };
  const auto damage = [&](std::string what) { check.damages.push_back({std::move(what)}); };
  const auto numbers = segment_numbers(disk, directory);
  if (!numbers) {
    if (numbers.error().action != Action::corrupt) return std::unexpected(numbers.error());
    damage(numbers.error().message);
    return check;
  }
  Acknowledged acknowledged;
  if (TRY(disk.exists(path("acknowledged")))) {
    const auto file = TRY(disk.open(path("acknowledged"), Disk::Mode::read));
    bool damaged = false;
    acknowledged = TRY(read_acknowledged(*file, damaged));
    if (damaged) damage(path("acknowledged") + ": a slot is damaged; the next append writes it anew");
  } else if (!numbers->empty()) {
    damage(path("acknowledged") + " is missing: whether the end of the journal is whole cannot be told");
  }
  journal::Catalogue catalogue;
  for (const std::uint32_t number : *numbers) {
    const std::string name = path(segment_name(number));
    const auto file = TRY(disk.open(name, Disk::Mode::read));
    journal::Blocks blocks;
    std::uint64_t position = 0;
    while (true) {
      const auto bytes = journal::apply_frame(*file, name, position, true, catalogue, blocks);
      if (!bytes) {
        if (bytes.error().action != Action::corrupt) return std::unexpected(bytes.error());
        const bool last = number + 1 == numbers->size();
        if (last && catalogue.sequence >= acknowledged.sequence) {
          check.note = fmt::format("a torn tail that was never acknowledged ({})", bytes.error().message);
        } else {
          damage(bytes.error().message);
        }
        break;
      }
      if (*bytes == 0) break;
      position += *bytes;
      ++check.transactions;
      if (catalogue.sequence == acknowledged.sequence && catalogue.chain != acknowledged.chain) {
        damage(fmt::format("{}: transaction {} is not the one that was acknowledged", name, catalogue.sequence));
      }
    }
    check.bytes += position;
    if (!check.damages.empty()) return check;  // what follows cannot fit the chain
    for (const auto& [at, list] : blocks) {
      for (const Block& block : list) check.records += block.count;
    }
    if (number + 1 < numbers->size() && TRY(disk.exists(path(index_name(number))))) {
      const auto index = TRY(disk.open(path(index_name(number)), Disk::Mode::read));
      if (TRY(read_all(*index)) != journal::encode_index(catalogue, blocks)) {
        damage(path(index_name(number)) + " does not fit its journal: remove it, it is made again");
      }
    }
  }
  if (catalogue.sequence < acknowledged.sequence) {
    damage(fmt::format("{} ends at transaction {}, but {} were acknowledged", directory, catalogue.sequence,
                       acknowledged.sequence));
  }
  return check;
}

}  // namespace engine
