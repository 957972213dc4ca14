#include "engine/log/segment_files.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace engine::journal {

std::string segment_name(std::uint32_t number) {
  return fmt::format("{:08}.journal", number);
}
std::string index_name(std::uint32_t number) {
  return fmt::format("{:08}.index", number);
}

Result<std::vector<std::uint32_t>> segment_numbers(const Disk& disk, const std::string& directory) {
  std::vector<std::uint32_t> numbers;
  for (const std::string& name : TRY(disk.list(directory))) {
    if (!name.ends_with(".journal") || name.size() != 16) continue;
    numbers.push_back(static_cast<std::uint32_t>(std::strtoul(name.c_str(), nullptr, 10)));
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == i) continue;
    return fail(Action::corrupt, fmt::format("{}/{} is missing: restore it from a copy", directory,
                                             segment_name(static_cast<std::uint32_t>(i))));
  }
  return numbers;
}

Result<std::string> read_all(const File& file) {
  std::string bytes(TRY(file.size()), '\0');
  bytes.resize(TRY(file.read(0, bytes.data(), bytes.size())));
  return bytes;
}

Result<Acknowledged> read_acknowledged(const File& file, bool& damaged) {
  const std::string bytes = TRY(read_all(file));
  Acknowledged newest;
  damaged = false;
  for (std::size_t at = 0; at < bytes.size(); at += kSlotBytes) {
    const std::string_view slot = std::string_view(bytes).substr(at, kSlotBytes);
    if (slot.find_first_not_of('\0') == std::string_view::npos) continue;
    Acknowledged found;
    if (!decode_slot(slot, found)) {
      damaged = true;
    } else if (found.generation >= newest.generation) {
      newest = found;
    }
  }
  return newest;
}

std::uint64_t bytes_needed(const Blocks& blocks) {
  std::uint64_t bytes = 0;
  for (const auto& [at, list] : blocks) {
    for (const Block& block : list) bytes = std::max(bytes, block.position + block.bytes);
  }
  return bytes;
}

std::vector<std::vector<std::int64_t>> ends_of(const Catalogue& catalogue) {
  std::vector<std::vector<std::int64_t>> ends;
  ends.reserve(catalogue.topics.size());
  for (const auto& topic : catalogue.topics) ends.push_back(topic.ends);
  return ends;
}

}  // namespace engine::journal
