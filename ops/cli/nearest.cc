#include "ops/cli/nearest.h"

#include <algorithm>
#include <numeric>

namespace ops {
namespace {

// Levenshtein distance: letters to insert, delete or replace; case costs nothing.
std::size_t distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> nearest(std::string_view name, const std::vector<std::string_view>& names) {
  const auto best = std::ranges::min_element(names, {}, [&](std::string_view other) { return distance(name, other); });
  if (best == names.end() || distance(name, *best) > std::max<std::size_t>(2, name.size() / 2)) return std::nullopt;
  return std::string(*best);
}

}  // namespace ops
