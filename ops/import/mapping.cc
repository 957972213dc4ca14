#include "ops/import/mapping.h"

#include <fmt/format.h>

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

std::string Mapping::essence() const {
  if (text.find("\"\"\"") != std::string::npos || text.find("'''") != std::string::npos) return text;
  constexpr std::string_view kBlanks = " \t\r";
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    line = line.substr(0, line.find_last_not_of(kBlanks) + 1);
    const std::size_t first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos || line[first] == '#') continue;
    out.append(line).push_back('\n');
  }
  return out;
}

engine::Result<Mapping> read_mapping(const std::string& path) {
  return parse_mapping(path, TRY(read_bytes(path)));
}

engine::Result<std::vector<std::size_t>> bind_columns(const Mapping& mapping, const std::string& file,
                                                      const std::vector<std::string_view>& header) {
  std::vector<std::size_t> places;
  std::string problems;
  for (const MappedColumn& column : mapping.columns) {
    std::string_view name = column.name;
    auto found = std::ranges::find(header, name);
    for (std::size_t i = 0; found == header.end() && i < column.also.size(); ++i) {
      name = column.also[i];
      found = std::ranges::find(header, name);
    }
    places.push_back(found == header.end() ? kNoPlace : static_cast<std::size_t>(found - header.begin()));
    std::string problem;
    if (found == header.end()) {
      if (column.is_optional) continue;
      problem = fmt::format("there is no column \"{}\" in {}", column.name, file);
      if (const auto other = nearest(column.name, header)) problem += fmt::format("; the nearest is \"{}\"", *other);
    } else if (std::find(found + 1, header.end(), name) != header.end()) {
      problem = fmt::format("column \"{}\" is there twice in {}", name, file);
    } else {
      continue;
    }
    problems += fmt::format("{}{}:{}: {}", problems.empty() ? "" : "\n", mapping.path, column.line, problem);
  }
  if (!problems.empty()) return engine::fail(engine::Action::invalid, problems);
  return places;
}

}  // namespace ops
