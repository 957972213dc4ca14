#include "tests/projections/json_match.h"

#include <stdexcept>

#include <fmt/format.h>
#include <simdjson.h>

#include "tests/projections/instant_text.h"

namespace projections_test {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

element parse(simdjson::dom::parser& parser, std::string_view text) {
  element parsed;
  if (parser.parse(simdjson::padded_string(text)).get(parsed) != simdjson::SUCCESS) {
    throw std::runtime_error(fmt::format("this is not JSON: {}", text));
  }
  return parsed;
}

bool find(element object, std::string_view name, element& found) {
  if (object[name].get(found) == simdjson::SUCCESS) return true;
  element data;
  return object["data"].get(data) == simdjson::SUCCESS && data.is_object() &&
         data[name].get(found) == simdjson::SUCCESS;
}

bool same_text(std::string_view expected, std::string_view actual) {
  if (expected == actual) return true;
  const auto wanted = parse_instant(expected);
  return wanted && wanted == parse_instant(actual);
}

std::string compare(const std::string& path, element expected, element actual) {
  const auto differs = [&] {
    return fmt::format("{} is {}, expected {}", path.empty() ? "it" : path, simdjson::minify(actual),
                       simdjson::minify(expected));
  };
  switch (expected.type()) {
    case element_type::OBJECT:
      if (!actual.is_object()) return differs();
      for (const auto& [name, wanted] : simdjson::dom::object(expected)) {
        const std::string inner = path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
        element found;
        if (!find(actual, name, found)) {
          if (wanted.is_null()) continue;
          return fmt::format("{} is missing, expected {}", inner, simdjson::minify(wanted));
        }
        if (std::string why = compare(inner, wanted, found); !why.empty()) return why;
      }
      return {};
    case element_type::ARRAY: {
      if (!actual.is_array()) return differs();
      const simdjson::dom::array wanted(expected);
      const simdjson::dom::array found(actual);
      if (wanted.size() != found.size()) return differs();
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (std::string why = compare(fmt::format("{}[{}]", path, i), wanted.at(i), found.at(i)); !why.empty()) {
          return why;
        }
      }
      return {};
    }
    case element_type::STRING:
      if (!actual.is_string() || !same_text(std::string_view(expected), std::string_view(actual))) return differs();
      return {};
    default:
      return simdjson::minify(expected) == simdjson::minify(actual) ? std::string() : differs();
  }
}

}  // namespace

std::string mismatch(std::string_view expected, std::string_view actual) {
  simdjson::dom::parser first;
  simdjson::dom::parser second;
  return compare("", parse(first, expected), parse(second, actual));
}

std::string member(std::string_view event, std::string_view name) {
  simdjson::dom::parser parser;
  const element object = parse(parser, event);
  element found;
  element data;
  const bool in_data = object["data"].get(data) == simdjson::SUCCESS && data[name].get(found) == simdjson::SUCCESS;
  if (!in_data && object[name].get(found) != simdjson::SUCCESS) return {};
  return simdjson::minify(found);
}

}  // namespace projections_test
