#pragma once

#include <span>
#include <string_view>

namespace ops {

// A holiday file that the program brings along; data/README.md says where it is from.
struct ShippedFile {
  std::string_view name;  // "2026.json"
  std::string_view text;
};

// Those of ops/data/holidays, by year.
std::span<const ShippedFile> shipped_holidays();

}  // namespace ops
