#include "ops/import/text_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace ops {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

std::string slug(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const char small = lower(c);
    const bool kept = (small >= 'a' && small <= 'z') || is_digit(small) || static_cast<signed char>(small) < 0;
    if (kept) {
      result.push_back(small);
    } else if (!result.empty() && result.back() != '-') {
      result.push_back('-');
    }
  }
  if (result.ends_with('-')) result.pop_back();
  return result;
}

std::string whole_number(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  std::size_t zeros = digits;
  if (zeros < text.size() && text[zeros] == '.') ++zeros;
  while (zeros < text.size() && text[zeros] == '0') ++zeros;
  if (digits == 0 || zeros != text.size()) return std::string(text);
  const std::size_t leading = std::min(text.find_first_not_of('0'), digits - 1);
  return std::string(text.substr(leading, digits - leading));
}

}  // namespace

bool is_blank(std::string_view value) {
  return std::ranges::all_of(value, is_space);
}

engine::Result<TextTemplate> TextTemplate::parse(std::string_view text,
                                                 const std::function<ColumnNumber(std::string_view)>& column) {
  const auto refuse = [&](std::string why) {
    return engine::fail(engine::Action::invalid, fmt::format("template \"{}\": {}", text, why));
  };
  const auto filter_named = [](std::string_view name) -> std::optional<Filter> {
    if (name == "trim") return Filter::trim;
    if (name == "lower") return Filter::lower;
    if (name == "upper") return Filter::upper;
    if (name == "integer") return Filter::integer;
    if (name == "slug") return Filter::slug;
    return std::nullopt;
  };
  TextTemplate result;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    if (open != 0) {
      result.parts_.push_back({.literal = std::string(rest.substr(0, open)), .filters = {}});
      if (open == std::string_view::npos) break;
    }
    const std::size_t close = rest.find('}', open);
    if (close == std::string_view::npos) return refuse("a { is never closed");
    std::string_view inner = rest.substr(open + 1, close - open - 1);
    rest.remove_prefix(close + 1);
    Part part{.literal = {}, .is_column = true, .filters = {}};
    std::size_t bar = inner.find('|');
    if (bar == 0 || inner.empty()) return refuse("a column has no name");
    part.column = column(inner.substr(0, bar));
    while (bar != std::string_view::npos) {
      inner.remove_prefix(bar + 1);
      bar = inner.find('|');
      const auto filter = filter_named(inner.substr(0, bar));
      if (!filter) {
        return refuse(fmt::format("unknown filter \"{}\"; known filters are trim, lower, upper, integer, slug",
                                  inner.substr(0, bar)));
      }
      part.filters.push_back(*filter);
    }
    result.parts_.push_back(std::move(part));
  }
  return result;
}

TextTemplate TextTemplate::literal(std::string text) {
  TextTemplate result;
  result.parts_.push_back({.literal = std::move(text), .filters = {}});
  return result;
}

bool TextTemplate::expand(std::span<const std::string_view> values, std::string& out) const {
  out.clear();
  for (const Part& part : parts_) {
    if (!part.is_column) {
      out += part.literal;
      continue;
    }
    if (is_blank(values[part.column])) {
      out.clear();
      return false;
    }
    const std::size_t from = out.size();
    out += values[part.column];
    for (const Filter filter : part.filters) apply(filter, out, from);
  }
  return true;
}

void TextTemplate::apply(Filter filter, std::string& text, std::size_t from) {
  switch (filter) {
    case Filter::lower:
      std::ranges::transform(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(),
                             text.begin() + static_cast<std::ptrdiff_t>(from), lower);
      return;
    case Filter::upper:
      std::ranges::transform(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(),
                             text.begin() + static_cast<std::ptrdiff_t>(from), upper);
      return;
    case Filter::integer:
      text.replace(from, std::string::npos, whole_number(std::string_view(text).substr(from)));
      return;
    case Filter::slug:
      text.replace(from, std::string::npos, slug(std::string_view(text).substr(from)));
      return;
    case Filter::trim: {
      std::size_t begin = from;
      while (begin < text.size() && is_space(text[begin])) ++begin;
      while (text.size() > begin && is_space(text.back())) text.pop_back();
      text.erase(from, begin - from);
      return;
    }
  }
}

}  // namespace ops
