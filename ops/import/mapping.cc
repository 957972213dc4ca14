#include "ops/import/mapping.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/cli/nearest.h"

namespace ops {

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
      problem = fmt::format("no column \"{}\" in {}", column.name, file);
      if (const auto other = nearest(column.name, header)) problem += fmt::format("; the nearest is \"{}\"", *other);
    } else if (std::find(found + 1, header.end(), name) != header.end()) {
      problem = fmt::format("column \"{}\" appears twice in {}", name, file);
    } else {
      continue;
    }
    problems += fmt::format("{}{}:{}: {}", problems.empty() ? "" : "\n", mapping.path, column.line, problem);
  }
  if (!problems.empty()) return engine::fail(engine::Action::invalid, problems);
  return places;
}

}  // namespace ops
