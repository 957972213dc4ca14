#include "ops/import/text_template.h"

#include <gtest/gtest.h>

#include <map>

namespace {

std::string expand(std::string_view text, const std::map<std::string, std::string, std::less<>>& row) {
  std::vector<std::string_view> values;
  const auto parsed = ops::TextTemplate::parse(text, [&](std::string_view column) {
    values.push_back(row.at(std::string(column)));
    return static_cast<ops::ColumnNumber>(values.size() - 1);
  });
  if (!parsed) return "error: " + parsed.error().message;
  std::string out = "left over";
  return parsed->expand(values, out) ? out : "blank";
}

TEST(TextTemplate, PutsColumnsIntoText) {
  EXPECT_EQ(expand("District {d|integer}, {n}!", {{"d", "8.0"}, {"n", "Back Bay"}}), "District 8, Back Bay!");
  EXPECT_EQ(expand("no column", {}), "no column");
}

TEST(TextTemplate, IsBlankWhenAColumnIs) {
  EXPECT_EQ(expand("District {d}", {{"d", ""}}), "blank");
  EXPECT_EQ(expand("District {d}", {{"d", " \t"}}), "blank");
}

TEST(TextTemplate, AppliesFilters) {
  EXPECT_EQ(expand("{a|integer}", {{"a", "0.0"}}), "0");
  EXPECT_EQ(expand("{a|integer}", {{"a", "08"}}), "8");
  EXPECT_EQ(expand("{a|integer}", {{"a", "8.5"}}), "8.5");
  EXPECT_EQ(expand("{a|integer}", {{"a", "Ward 3"}}), "Ward 3");
  EXPECT_EQ(expand("{a|slug}", {{"a", "Fenway / Kenmore (West)"}}), "fenway-kenmore-west");
  EXPECT_EQ(expand("{a|slug}", {{"a", "网格 7"}}), "网格-7");
  EXPECT_EQ(expand("x{a|trim|upper}", {{"a", "  ab "}}), "xAB");
  EXPECT_EQ(expand("x{a|lower}", {{"a", "AB"}}), "xab");
}

TEST(TextTemplate, NamesWhatIsWrongWithIt) {
  EXPECT_EQ(expand("{a", {{"a", ""}}), "error: template \"{a\": a { is never closed");
  EXPECT_EQ(expand("{}", {}), "error: template \"{}\": a column has no name");
  EXPECT_EQ(
      expand("{a|round}", {{"a", ""}}),
      "error: template \"{a|round}\": unknown filter \"round\"; known filters are trim, lower, upper, integer, slug");
}

}  // namespace
