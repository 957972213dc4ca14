#include <fmt/format.h>

#include <algorithm>

#include "ops/cli/nearest.h"
#include "ops/import/mapping.h"
#include "ops/import/toml_sections.h"

namespace ops {
namespace {

// Reads the sections of a mapping file, and collects all that is wrong.
class MappingFile : public TomlSections {
 public:
  explicit MappingFile(Mapping& mapping) : TomlSections(mapping.path), mapping_(mapping) {}

  void read(const toml::table& root) {
    check_keys(root, "the mapping",
               {"city", "source", "time", "subject", "column", "placeholder", "level", "event", "quirk"});
    for_each(root, "column", [&](const toml::table& table) { read_column(table); });
    read_city(section(root, "city"));
    read_source(section(root, "source"));
    read_time(section(root, "time"));
    read_subject(section(root, "subject"));
    for_each(root, "placeholder", [&](const toml::table& table) { read_placeholder(table); });
    for_each(root, "level", [&](const toml::table& table) { read_level(table); });
    for_each(root, "event", [&](const toml::table& table) { read_event(table); });
    for_each(root, "quirk", [&](const toml::table& table) { read_quirk(table); });
    for (const MappedColumn& column : described_) {
      if (std::ranges::find(mapping_.columns, column.name, &MappedColumn::name) != mapping_.columns.end()) continue;
      problem(column.line, fmt::format("column \"{}\" is not used", column.name));
    }
    if (mapping_.events.empty() && problems().empty())
      problem(1, "no [[event]] section: the rows would produce no events");
  }

 private:
  ColumnNumber column(std::string_view name, std::size_t line) {
    const auto found = std::ranges::find(mapping_.columns, name, &MappedColumn::name);
    if (found != mapping_.columns.end()) return static_cast<ColumnNumber>(found - mapping_.columns.begin());
    const auto described = std::ranges::find(described_, name, &MappedColumn::name);
    mapping_.columns.push_back(described != described_.end() ? *described : MappedColumn{std::string(name), line});
    return static_cast<ColumnNumber>(mapping_.columns.size() - 1);
  }

  ColumnNumber column_of(const toml::table& table, std::string_view key) {
    return column(text(table, key), line_of(table, key));
  }

  ColumnNumber time_column_of(const toml::table& table, std::string_view key) {
    const ColumnNumber number = column_of(table, key);
    mapping_.columns[number].is_time = true;
    return number;
  }

  TextTemplate template_of(std::string_view text, std::size_t line) {
    auto parsed = TextTemplate::parse(text, [&](std::string_view name) { return column(name, line); });
    if (parsed) return *std::move(parsed);
    problem(line, parsed.error().message);
    return {};
  }

  void read_city(const toml::table& table) {
    check_keys(table, "[city]", {"id", "name", "zone"});
    mapping_.levels.push_back({.name = "city",
                               .id = TextTemplate::literal(text(table, "id")),
                               .title = TextTemplate::literal(text(table, "name")),
                               .parent = {}});
    const std::string zone = text(table, "zone");
    if (zone.empty()) return;
    auto loaded = Zone::load(zone);
    if (!loaded) return problem(line_of(table, "zone"), loaded.error().message);
    mapping_.zone = *std::move(loaded);
  }

  void read_source(const toml::table& table) {
    check_keys(table, "[source]", {"name", "encoding", "delimiter", "trim", "sheet", "header_rows"});
    mapping_.source = text(table, "name");
    const bool plain = std::ranges::all_of(mapping_.source, [](char c) { return c > ' ' && c != 127; });
    if (!plain || mapping_.source.size() > 128) {
      problem(line_of(table, "name"), "the name of a source must have at most 128 bytes and no blanks");
    }
    if (table.contains("encoding")) read_encoding(text(table, "encoding"), line_of(table, "encoding"));
    if (table.contains("delimiter")) {
      const std::string delimiter = text(table, "delimiter");
      if (delimiter.size() == 1 && delimiter != "\"" && delimiter != "\n" && delimiter != "\r") {
        mapping_.format.delimiter = delimiter[0];
      } else {
        problem(line_of(table, "delimiter"),
                "the delimiter must be one ASCII character other than a quote or line end");
      }
    }
    mapping_.trims = flag(table, "trim");
    if (table.contains("sheet")) mapping_.format.sheet = text(table, "sheet");
    if (const toml::node* rows = table.get("header_rows")) {
      const bool fits = rows->is_integer() && rows->as_integer()->get() >= 1 && rows->as_integer()->get() <= 10;
      if (!fits) problem(line_of(*rows), "\"header_rows\" is a whole number from 1 to 10");
      mapping_.format.header_rows = fits ? static_cast<std::size_t>(rows->as_integer()->get()) : 1;
    }
  }

  void read_encoding(const std::string& name, std::size_t line) {
    Encoding& encoding = mapping_.format.encoding;
    if (name == "utf-8") {
      encoding = Encoding::utf8;
    } else if (name == "utf-8-bom") {
      encoding = Encoding::utf8_bom;
    } else if (name == "gb18030") {
      encoding = Encoding::gb18030;
    } else {
      problem(line,
              fmt::format("encoding \"{}\" is not supported; use utf-8, utf-8-bom or gb18030, or convert the file, "
                          "for example with iconv -t utf-8",
                          name));
    }
  }

  void read_column(const toml::table& table) {
    check_keys(table, "[[column]]", {"name", "also", "optional"});
    MappedColumn column{.name = text(table, "name"), .line = line_of(table, "name")};
    if (table.contains("also")) column.also = texts(table, "also");
    column.is_optional = flag(table, "optional");
    for (const MappedColumn& other : described_) {
      if (other.name == column.name) problem(column.line, fmt::format("column \"{}\" appears twice", column.name));
    }
    described_.push_back(std::move(column));
  }

  void read_time(const toml::table& table) {
    check_keys(table, "[time]", {"formats"});
    if (table.empty()) return;
    for (const std::string& format : texts(table, "formats")) {
      auto parsed = TimeFormat::parse(format);
      if (parsed) {
        mapping_.time_formats.push_back(*std::move(parsed));
      } else {
        problem(line_of(table, "formats"), parsed.error().message);
      }
    }
  }

  void read_subject(const toml::table& table) {
    check_keys(table, "[subject]", {"column", "prefix"});
    if (table.empty()) return;
    mapping_.subject = column_of(table, "column");
    mapping_.subject_prefix = text(table, "prefix", false);
  }

  void read_placeholder(const toml::table& table) {
    check_keys(table, "[[placeholder]]", {"name", "explanation", "columns", "values"});
    PlaceholderRule rule{text(table, "name"), text(table, "explanation"), {}};
    const std::vector<std::string> columns = texts(table, "columns");
    const std::vector<std::string> values = texts(table, "values");
    if (columns.size() != values.size()) {
      return problem(line_of(table), "\"columns\" and \"values\" must have the same length");
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      rule.values.emplace_back(column(columns[i], line_of(table, "columns")), values[i]);
    }
    claim_name(rule.name, table);
    mapping_.placeholders.push_back(std::move(rule));
  }

  void read_level(const toml::table& table) {
    check_keys(table, "[[level]]", {"name", "id", "title", "parent"});
    LevelRule rule{.name = text(table, "name"), .id = {}, .title = {}, .parent = {}};
    const auto same_name = [&](std::string_view name) {
      return std::ranges::find(mapping_.levels, name, &LevelRule::name);
    };
    if (same_name(rule.name) != mapping_.levels.end()) {
      problem(line_of(table, "name"), fmt::format("level \"{}\" appears twice", rule.name));
    }
    rule.id = template_of(text(table, "id"), line_of(table, "id"));
    rule.title = template_of(text(table, "title"), line_of(table, "title"));
    const std::string parent = table.contains("parent") ? text(table, "parent") : "city";
    const auto found = same_name(parent);
    if (found == mapping_.levels.end()) {
      problem(line_of(table, "parent"), fmt::format("level \"{}\" must be defined before its children", parent));
    }
    rule.parent = static_cast<std::size_t>(found - mapping_.levels.begin());
    mapping_.levels.push_back(std::move(rule));
  }

  void read_event(const toml::table& table) {
    check_keys(table, "[[event]]", {"type", "time", "when", "fields"});
    EventRule rule;
    const std::string name = text(table, "type");
    const topics::TypeSpec* spec = topics::find_type(name);
    if (spec == nullptr) {
      if (!name.empty()) unknown_type(name, line_of(table, "type"));
      return;
    }
    if (spec->family == topics::Family::directory) {
      return problem(line_of(table, "type"),
                     fmt::format("\"{}\" is a rule; rows can only become events of cases", name));
    }
    rule.type = spec->type;
    rule.time = time_column_of(table, "time");
    rule.when = conditions(table, false);
    if (const toml::node* fields = table.get("fields")) {
      if (!fields->is_table()) return problem(line_of(*fields), "\"fields\" must be a table of fields");
      for (const auto& [key, value] : *fields->as_table()) read_field(*spec, key, value, rule);
    }
    for (const topics::FieldSpec& field : spec->fields) {
      if (field.required && std::ranges::find(rule.fields, field.field, &FieldRule::field) == rule.fields.end()) {
        problem(line_of(table), fmt::format("{} needs the field \"{}\"", spec->name, topics::name(field.field)));
      }
    }
    // The catalogue's order, so that lines read alike whatever the order of the mapping.
    std::ranges::sort(rule.fields, {}, [&](const FieldRule& field) { return topics::find(*spec, field.field); });
    mapping_.events.push_back(std::move(rule));
  }

  void unknown_type(const std::string& name, std::size_t line) {
    Names names;
    for (const topics::TypeSpec& type : topics::catalogue()) names.push_back(type.name);
    const auto other = nearest(name, names);
    problem(line, fmt::format("unknown event type \"{}\"{}", name,
                              other ? fmt::format("; the nearest is \"{}\"", *other) : std::string()));
  }

  void read_field(const topics::TypeSpec& spec, const toml::key& key, const toml::node& value, EventRule& event) {
    const topics::FieldMeaning* meaning = topics::find_field(key.str());
    if (meaning == nullptr || topics::find(spec, meaning->field) == nullptr) {
      Names names;
      for (const topics::FieldSpec& field : spec.fields) names.push_back(topics::name(field.field));
      const auto other = nearest(key.str(), names);
      return problem(key.source().begin.line, fmt::format("{} has no field \"{}\"; {}", spec.name, key.str(),
                                                          other ? fmt::format("the nearest is \"{}\"", *other)
                                                                : fmt::format("it has {}", fmt::join(names, ", "))));
    }
    FieldRule rule;
    rule.field = meaning->field;
    const std::size_t line = line_of(value);
    if (value.is_string()) {
      rule.text = template_of(value.as_string()->get(), line);
    } else if (value.is_boolean()) {
      rule.text = template_of(value.as_boolean()->get() ? "true" : "false", line);
    } else if (value.is_integer()) {
      rule.text = template_of(std::to_string(value.as_integer()->get()), line);
    } else if (value.is_table()) {
      read_field_table(*value.as_table(), rule);
    } else {
      problem(line, fmt::format("field \"{}\" must be a text, true, false, a whole number or a table", key.str()));
    }
    const bool wants_time = meaning->kind == topics::FieldKind::instant;
    if (wants_time != (rule.origin == FieldRule::Origin::time)) {
      problem(line, wants_time ? fmt::format("field \"{}\" is a time: write {{ time = \"COLUMN\" }}", key.str())
                               : fmt::format("field \"{}\" is not a time", key.str()));
    }
    if (rule.origin == FieldRule::Origin::deepest_level && meaning->kind != topics::FieldKind::string) {
      problem(line, fmt::format("field \"{}\" cannot hold an area", key.str()));
    }
    if (rule.origin == FieldRule::Origin::condition && meaning->kind != topics::FieldKind::boolean) {
      problem(line, fmt::format("field \"{}\" is not true or false", key.str()));
    }
    event.fields.push_back(std::move(rule));
  }

  void read_field_table(const toml::table& table, FieldRule& rule) {
    check_keys(table, "a field", {"text", "map", "otherwise", "time", "deepest_level", "when"});
    const std::size_t line = line_of(table);
    int origins = 0;
    for (const std::string_view key : {"text", "time", "deepest_level", "when"}) origins += table.contains(key) ? 1 : 0;
    if (origins != 1) return problem(line, "a field needs one of \"text\", \"time\", \"deepest_level\" and \"when\"");
    if (!table.contains("text") && (table.contains("map") || table.contains("otherwise"))) {
      problem(line, "\"map\" and \"otherwise\" require \"text\"");
    }
    if (table.contains("time")) {
      rule.origin = FieldRule::Origin::time;
      rule.time = time_column_of(table, "time");
      return;
    }
    if (const toml::node* deepest = table.get("deepest_level")) {
      rule.origin = FieldRule::Origin::deepest_level;
      if (!deepest->is_boolean() || !deepest->as_boolean()->get())
        problem(line_of(*deepest), "write deepest_level = true");
      return;
    }
    if (table.contains("when")) {
      rule.origin = FieldRule::Origin::condition;
      rule.when = conditions(table, true);
      return;
    }
    rule.text = template_of(text(table, "text"), line_of(table, "text"));
    if (const toml::node* map = table.get("map")) read_value_map(*map, rule);
    if (table.contains("otherwise")) {
      rule.otherwise = text(table, "otherwise", false);
      if (!rule.mapped) problem(line_of(table, "otherwise"), "\"otherwise\" requires \"map\"");
    }
  }

  void read_value_map(const toml::node& node, FieldRule& rule) {
    rule.mapped = true;
    if (!node.is_table()) return problem(line_of(node), "\"map\" must be a table of values");
    for (const auto& [key, value] : *node.as_table()) {
      if (value.is_string()) {
        rule.values.emplace_back(key.str(), value.as_string()->get());
      } else if (value.is_boolean()) {
        rule.values.emplace_back(key.str(), value.as_boolean()->get() ? "true" : "false");
      } else if (value.is_integer()) {
        rule.values.emplace_back(key.str(), std::to_string(value.as_integer()->get()));
      } else {
        problem(line_of(value), fmt::format("\"{}\" must become a text, true, false or a whole number", key.str()));
      }
    }
    std::ranges::sort(rule.values);
  }

  void read_quirk(const toml::table& table) {
    check_keys(table, "[[quirk]]", {"name", "explanation", "when"});
    QuirkRule rule{text(table, "name"), text(table, "explanation"), conditions(table, true)};
    claim_name(rule.name, table);
    mapping_.quirks.push_back(std::move(rule));
  }

  // Placeholders and quirks are counted under their names.
  void claim_name(const std::string& name, const toml::table& table) {
    if (std::ranges::find(claimed_, name) != claimed_.end()) {
      problem(line_of(table, "name"), fmt::format("the name \"{}\" appears twice", name));
    }
    claimed_.push_back(name);
  }

  std::vector<Condition> conditions(const toml::table& table, bool demanded) {
    std::vector<Condition> result;
    const toml::node* node = table.get("when");
    if (node == nullptr) {
      if (demanded) problem(line_of(table), "\"when\" is missing");
      return result;
    }
    if (node->is_table()) {
      result.push_back(condition(*node->as_table()));
    } else if (node->is_array() && !node->as_array()->empty() && node->is_array_of_tables()) {
      for (const toml::node& part : *node->as_array()) result.push_back(condition(*part.as_table()));
    } else {
      problem(line_of(*node), "\"when\" must be a condition or a list of them");
    }
    return result;
  }

  Condition condition(const toml::table& table) {
    using Kind = Condition::Kind;
    check_keys(table, "a condition",
               {"column", "present", "one_of", "contains", "before", "after", "same_time_as", "within_seconds",
                "at_midnight", "number_as_text"});
    Condition result;
    result.column = column_of(table, "column");
    const auto compare = [&](Kind kind, std::string_view key) {
      result.kind = kind;
      result.other = time_column_of(table, key);
      mapping_.columns[result.column].is_time = true;
    };
    std::size_t tests = 0;
    for (const std::string_view key :
         {"present", "one_of", "contains", "before", "after", "same_time_as", "at_midnight", "number_as_text"}) {
      if (table.contains(key)) ++tests;
    }
    if (tests != 1) {
      problem(line_of(table),
              "a condition needs one of present, one_of, contains, before, after, same_time_as, at_midnight, "
              "number_as_text");
      return result;
    }
    if (table.contains("present")) {
      result.kind = flag(table, "present") ? Kind::present : Kind::absent;
    } else if (table.contains("one_of")) {
      result.kind = Kind::one_of;
      result.values = texts(table, "one_of");
    } else if (table.contains("contains")) {
      result.kind = Kind::contains;
      result.values = texts(table, "contains");
    } else if (table.contains("before")) {
      compare(Kind::before, "before");
    } else if (table.contains("after")) {
      compare(Kind::after, "after");
    } else if (table.contains("same_time_as")) {
      compare(Kind::same_time, "same_time_as");
    } else if (table.contains("at_midnight")) {
      result.kind = Kind::midnight;
      mapping_.columns[result.column].is_time = true;
      if (!flag(table, "at_midnight")) problem(line_of(table), "write at_midnight = true");
    } else {
      result.kind = Kind::number_as_text;
      if (!flag(table, "number_as_text")) problem(line_of(table), "write number_as_text = true");
    }
    if (const toml::node* within = table.get("within_seconds")) {
      const bool fits = within->is_integer() && within->as_integer()->get() > 0 && result.kind == Kind::after;
      if (!fits) problem(line_of(*within), "\"within_seconds\" is a positive whole number beside \"after\"");
      result.kind = Kind::soon_after;
      result.within = std::chrono::seconds(fits ? within->as_integer()->get() : 0);
    }
    return result;
  }

  Mapping& mapping_;
  std::vector<std::string> claimed_;
  std::vector<MappedColumn> described_;  // by [[column]]
};

}  // namespace

engine::Result<Mapping> parse_mapping(const std::string& path, std::string text) {
  Mapping mapping;
  mapping.path = path;
  mapping.text = std::move(text);
  const toml::parse_result parsed = toml::parse(mapping.text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return engine::fail(engine::Action::invalid, fmt::format("{}:{}: {}", path, error.source().begin.line,
                                                             std::string_view(error.description())));
  }
  MappingFile file(mapping);
  file.read(parsed.table());
  if (!file.problems().empty()) {
    return engine::fail(engine::Action::invalid, fmt::format("{}", fmt::join(file.problems(), "\n")));
  }
  return mapping;
}

}  // namespace ops
