#include "topics/contract/reference.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "topics/catalogue.h"
#include "topics/codec/event.h"
#include "topics/outputs/counters.h"
#include "topics/topology.h"

namespace topics {

namespace {

std::string fields_of(const TypeSpec& type) {
  std::string text;
  for (const FieldSpec& field : type.fields) {
    text += fmt::format("{}{}{}{}", text.empty() ? "" : ", ", field.required ? "**" : "", name(field.field),
                        field.required ? "**" : "");
  }
  return text;
}

std::string types_table() {
  std::string text;
  std::optional<Family> family;
  for (const TypeSpec& type : catalogue()) {
    if (type.family != family) {
      family = type.family;
      text += fmt::format("{}### {}\n\n| type | subject | | meaning | data fields |\n|---|---|---|---|---|\n",
                          text.empty() ? "" : "\n", name(*family));
    }
    text +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", type.name, type.subject, type.chinese, type.doc, fields_of(type));
  }
  return text;
}

std::string fields_table() {
  std::string text = "| field | kind | unit | personal | meaning |\n|---|---|---|---|---|\n";
  for (const FieldMeaning& field : fields()) {
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", field.name, name(field.kind), field.unit,
                        field.personal ? "personal" : "", field.doc);
  }
  return text;
}

std::string aliases_table() {
  std::string text = "| type as written | read as |\n|---|---|\n";
  for (const Alias& alias : aliases()) text += fmt::format("| `{}` | `{}` |\n", alias.alias, spec(alias.type).name);
  text += "\n| field as written | read as |\n|---|---|\n";
  for (const FieldAlias& alias : field_aliases()) {
    text += fmt::format("| `{}` | `{}` |\n", alias.alias, name(alias.field));
  }
  return text;
}

std::string topics_table() {
  std::string text =
      "| topic | kind | key | written by | holds | partitions | kept | because |\n|---|---|---|---|---|---|---|---|\n";
  for (const TopicDoc& topic : topology()) {
    text += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", topic_name(kDefaultPrefix, topic.suffix),
                        name(topic.kind), topic.key, topic.written_by, topic.holds, topic.partitioned ? "many" : "one",
                        kept(topic), topic.kept_because);
  }
  return text;
}

std::string reasons_table() {
  std::string text = "| code | when |\n|---|---|\n";
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    text += fmt::format("| `{}` | {} |\n", code(reason), doc(reason));
  }
  return text;
}

std::string counters_table() {
  std::string text = "| counter | counted by | unit | meaning |\n|---|---|---|---|\n";
  for (const CounterSpec& counter : counters()) {
    std::string buckets;
    for (const auto& [kind, name] : {std::pair(BucketKind::day, "day"), std::pair(BucketKind::month, "month"),
                                     std::pair(BucketKind::now, "now")}) {
      if (counter.counts_by(kind)) buckets += fmt::format("{}{}", buckets.empty() ? "" : ", ", name);
    }
    text += fmt::format("| `{}` | {} | {} | {} |\n", counter.code, buckets, counter.unit, counter.doc);
  }
  return text;
}

std::string indicators_table() {
  std::string text = "| indicator | numerator | denominator | meaning |\n|---|---|---|---|\n";
  for (const IndicatorSpec& indicator : indicators()) {
    text += fmt::format("| `{}` | `{}` | `{}` | {} |\n", indicator.code, name(indicator.numerator),
                        name(indicator.denominator), indicator.doc);
  }
  return text;
}

std::string limits_table() {
  const Limits limits;
  return fmt::format(
      "| what | limit |\n|---|---|\n"
      "| a record: value and headers | {} bytes |\n"
      "| an id, source, type, subject, correlation or causation id | {} bytes each |\n"
      "| a string in the data | {} bytes |\n"
      "| nesting | {} levels |\n"
      "| an array of strings | {} strings |\n"
      "| `time` after the time of the record | {} seconds |\n",
      limits.max_event_bytes, limits.max_id_bytes, limits.max_string_bytes, limits.max_depth, limits.max_list,
      limits.max_ahead.count() / 1000);
}

std::optional<std::string> table(std::string_view name) {
  if (name == "types") return types_table();
  if (name == "fields") return fields_table();
  if (name == "aliases") return aliases_table();
  if (name == "topics") return topics_table();
  if (name == "reasons") return reasons_table();
  if (name == "limits") return limits_table();
  if (name == "counters") return counters_table();
  if (name == "indicators") return indicators_table();
  return std::nullopt;
}

}  // namespace

std::string with_reference(std::string_view readme) {
  constexpr std::string_view kBegin = "<!-- generated: ";
  constexpr std::string_view kBeginEnd = " -->\n";
  constexpr std::string_view kEnd = "<!-- end -->";
  std::string out;
  while (true) {
    const std::size_t begin = readme.find(kBegin);
    const std::size_t name_end = readme.find(kBeginEnd, begin);
    const std::size_t end = readme.find(kEnd, name_end);
    if (end == std::string_view::npos) return out += readme;
    const std::size_t name_begin = begin + kBegin.size();
    const std::size_t body = name_end + kBeginEnd.size();
    out += readme.substr(0, body);
    out +=
        table(readme.substr(name_begin, name_end - name_begin)).value_or(std::string(readme.substr(body, end - body)));
    out += kEnd;
    readme.remove_prefix(end + kEnd.size());
  }
}

}  // namespace topics
