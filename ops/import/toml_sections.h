#pragma once

#define TOML_EXCEPTIONS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ops/cli/nearest.h"

namespace ops {

// Reads values from the tables of a TOML file, and collects all that is wrong with them, each with its line.
class TomlSections {
 public:
  explicit TomlSections(std::string path) : path_(std::move(path)) {}

  const std::vector<std::string>& problems() const { return problems_; }
  void problem(std::size_t line, std::string what) { problems_.push_back(fmt::format("{}:{}: {}", path_, line, what)); }

 protected:
  using Names = std::vector<std::string_view>;

  static std::size_t line_of(const toml::node& node) { return node.source().begin.line; }

  void check_keys(const toml::table& table, std::string_view where, const Names& known) {
    for (const auto& [key, value] : table) {
      if (std::ranges::find(known, key.str()) != known.end()) continue;
      const auto other = nearest(key.str(), known);
      problem(
          key.source().begin.line,
          other ? fmt::format("unknown key \"{}\" in {}; the nearest is \"{}\"", key.str(), where, *other)
                : fmt::format("unknown key \"{}\" in {}; known keys are {}", key.str(), where, fmt::join(known, ", ")));
    }
  }

  const toml::table& section(const toml::table& root, std::string_view name) {
    static const toml::table kNone;
    const toml::node* node = root.get(name);
    if (node != nullptr && node->is_table() && !node->as_table()->empty()) return *node->as_table();
    problem(node != nullptr ? line_of(*node) : 1, fmt::format("section [{}] is missing or empty", name));
    return kNone;
  }

  void for_each(const toml::table& root, std::string_view name, const std::function<void(const toml::table&)>& read) {
    const toml::node* node = root.get(name);
    if (node == nullptr) return;
    if (!node->is_array_of_tables()) return problem(line_of(*node), fmt::format("write it as [[{}]]", name));
    for (const toml::node& table : *node->as_array()) read(*table.as_table());
  }

  // The text under `key`; empty when it is missing, which is a problem if it is `demanded`.
  std::string text(const toml::table& table, std::string_view key, bool demanded = true) {
    const toml::node* node = table.get(key);
    if (node == nullptr) {
      // An empty table is a section that is missing as a whole, which has been told.
      if (demanded && !table.empty()) problem(line_of(table), fmt::format("\"{}\" is missing", key));
      return {};
    }
    if (!node->is_string()) {
      problem(line_of(*node), fmt::format("\"{}\" must be a text in quotes", key));
      return {};
    }
    std::string value = node->as_string()->get();
    if (demanded && value.empty()) problem(line_of(*node), fmt::format("\"{}\" is empty", key));
    return value;
  }

  std::vector<std::string> texts(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr || !node->is_array() || node->as_array()->empty()) {
      problem(line_of(node != nullptr ? *node : table), fmt::format("\"{}\" must be a list of texts", key));
      return {};
    }
    std::vector<std::string> values;
    for (const toml::node& value : *node->as_array()) {
      if (value.is_string()) {
        values.push_back(value.as_string()->get());
      } else {
        problem(line_of(value), fmt::format("\"{}\" must be a list of texts in quotes", key));
      }
    }
    return values;
  }

  // Whether `key` is true; false when it is missing.
  bool flag(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return false;
    if (!node->is_boolean()) problem(line_of(*node), fmt::format("\"{}\" must be true or false", key));
    return node->is_boolean() && node->as_boolean()->get();
  }

  std::size_t line_of(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    return line_of(node != nullptr ? *node : table);
  }

 private:
  std::string path_;
  std::vector<std::string> problems_;
};

}  // namespace ops
