#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/result.h"
#include "topics/codec/output_reader.h"
#include "topics/codec/output_writer.h"
#include "topics/outputs/output_types.h"
#include "topics/outputs/outputs.h"

// An output lists its members once, in a function that takes a visitor; the order is that of the JSON:
//
//   template <class Visitor, class Storm>  // Storm: SlaStorm, const when it is written
//   void visit_members(Visitor& visit, Storm& storm) {
//     visit("task", kAlways, storm.task, "task that announced them");
//     visit("unit", kIfAny, storm.unit, "id of the unit; absent when there is none");
//   }
//
// MemberWriter writes them, MemberReader reads them, MemberList describes them. The kind of a member follows from its
// C++ type. All of it is resolved when it is compiled: writing a member costs what OutputWriter costs.
namespace topics {

// When a member is written, and what it means when it is missing from what is read.
struct Always {};  // a record without it is refused; a boolean that is missing is false
struct Added {};   // always written, by newer versions: in older records it may be missing
struct IfAny {};   // written unless it is empty, 0, false or nothing
inline constexpr Always kAlways;
inline constexpr Added kAdded;
inline constexpr IfAny kIfAny;

namespace detail {

template <class Value>
bool is_empty(const Value& value) {
  if constexpr (requires { value.empty(); }) {
    return value.empty();
  } else if constexpr (requires { value.has_value(); }) {
    return !value.has_value();
  } else {
    return value == Value{};
  }
}

template <class Value>
consteval MemberKind kind_of() {
  using engine::Instant;
  if constexpr (std::is_same_v<Value, bool>) return MemberKind::boolean;
  if constexpr (std::is_integral_v<Value>) return MemberKind::integer;
  if constexpr (std::is_same_v<Value, std::optional<std::int64_t>>) return MemberKind::integer;
  if constexpr (std::is_same_v<Value, engine::Milliseconds>) return MemberKind::integer;
  if constexpr (std::is_same_v<Value, Instant> || std::is_same_v<Value, std::optional<Instant>>) {
    return MemberKind::instant;
  }
  if constexpr (std::is_same_v<Value, std::vector<std::string>> ||
                std::is_same_v<Value, std::vector<std::string_view>>) {
    return MemberKind::texts;
  }
  if constexpr (std::is_same_v<Value, Reason>) return MemberKind::reason;
  return MemberKind::text;
}

}  // namespace detail

class MemberWriter {
 public:
  explicit MemberWriter(OutputWriter& out) : out_(out) {}

  template <class Name, class Presence, class Value>
  void operator()(const Name& name, Presence, const Value& value, std::string_view) {
    if constexpr (std::is_same_v<Presence, IfAny>) {
      if (detail::is_empty(value)) return;
    }
    write(name, value);
  }
  // A member that the output holds in another form: get(output) is what is written, set(output, value, reader) takes
  // what was read.
  template <class Name, class Presence, class Output, class Get, class Set>
  void derived(const Name& name, Presence presence, const Output& output, const Get& get, const Set&,
               std::string_view doc) {
    (*this)(name, presence, get(output), doc);
  }
  // Bytes: under `name` when they are UTF-8, else under `name_base64`.
  template <class Name, class Coded, class Output, class Get, class Set>
  void bytes(const Name& name, const Coded& name_base64, const Output& output, const Get& get, const Set&,
             std::string_view, std::string_view) {
    const std::string_view value = get(output);
    if (is_utf8(value)) {
      out_.string(name, value);
    } else {
      out_.string(name_base64, to_base64_text(value));
    }
  }
  // An array of objects: each(visitor, element) visits the members of one. A reader calls emplace_back() of `range`.
  template <class Name, class Presence, class Range, class Each>
  void objects(const Name& name, Presence, const Range& range, const Each& each, std::string_view) {
    if constexpr (std::is_same_v<Presence, IfAny>) {
      if (detail::is_empty(range)) return;
    }
    out_.begin_array(name);
    for (const auto& element : range) {
      out_.begin_object();
      each(*this, element);
      out_.end_object();
    }
    out_.end_array();
  }
  // An object: topic -> offset.
  template <class Name>
  void offsets(const Name& name, const std::vector<std::pair<std::string, std::int64_t>>& offsets, std::string_view) {
    out_.begin_object(name);
    for (const auto& [topic, offset] : offsets) out_.text_integer(topic, offset);
    out_.end_object();
  }
  // Members as they were written before.
  void written(std::string_view json) { out_.members(json); }
  // A member for each counter of `counts`, whose elements have a `counter` and an `n`.
  template <class Counts>
  void counters(const Counts& counts) {
    for (const auto& count : counts) out_.integer(topics::name(count.counter), count.n);
  }
  // The same: those that are counted by day.
  template <class Counts>
  void day_counters(const Counts& counts) {
    counters(counts);
  }

 private:
  static bool is_utf8(std::string_view bytes);
  static std::string to_base64_text(std::string_view bytes);

  template <class Name>
  void write(const Name& name, std::string_view value) {
    out_.string(name, value);
  }
  template <class Name>
  void write(const Name& name, const std::string& value) {
    out_.string(name, value);
  }
  template <class Name>
  void write(const Name& name, std::int64_t value) {
    out_.integer(name, value);
  }
  template <class Name>
  void write(const Name& name, std::int32_t value) {
    out_.integer(name, value);
  }
  template <class Name>
  void write(const Name& name, bool value) {
    out_.boolean(name, value);
  }
  template <class Name>
  void write(const Name& name, engine::Instant value) {
    out_.instant(name, value);
  }
  template <class Name>
  void write(const Name& name, engine::Milliseconds value) {
    out_.integer(name, value.count());
  }
  template <class Name>
  void write(const Name& name, AlertKind kind) {
    out_.string(name, topics::name(kind));
  }
  template <class Name>
  void write(const Name& name, Reason reason) {
    out_.string(name, code(reason));
  }
  template <class Name>
  void write(const Name& name, Bucket bucket) {
    out_.string(name, to_string(bucket));
  }
  template <class Name>
  void write(const Name& name, const Ratio& ratio) {
    out_.string(name, to_string(ratio));
  }
  template <class Name, class Text>
  void write(const Name& name, const std::vector<Text>& values) {
    out_.texts(name, values);
  }
  template <class Name>
  void write(const Name& name, std::span<const std::string> values) {
    out_.texts(name, values);
  }
  template <class Name, class Value>
  void write(const Name& name, const std::optional<Value>& value) {
    if (value) write(name, *value);
  }

  OutputWriter& out_;
};

class MemberReader {
 public:
  MemberReader(OutputReader& reader, const OutputReader::Object& object) : reader_(reader), object_(object) {}

  template <class Presence, class Value>
  void operator()(std::string_view name, Presence, Value& value, std::string_view) {
    if (visited_ < kMaxVisited) names_[visited_++] = name;
    read(name, std::is_same_v<Presence, Always>, value);
  }
  template <class Presence, class Output, class Get, class Set>
  void derived(std::string_view name, Presence presence, Output& output, const Get& get, const Set& set,
               std::string_view doc) {
    using Given = std::remove_cvref_t<decltype(get(output))>;
    std::conditional_t<std::is_same_v<Given, std::string_view>, std::string, Given> value{};
    (*this)(name, presence, value, doc);
    if (!reader_.failed()) set(output, std::move(value), reader_);
  }
  template <class Output, class Get, class Set>
  void bytes(std::string_view name, std::string_view name_base64, Output& output, const Get&, const Set& set,
             std::string_view, std::string_view) {
    set(output, read_bytes(name, name_base64));
  }
  template <class Presence, class Range, class Each>
  void objects(std::string_view name, Presence, Range& range, const Each& each, std::string_view) {
    const auto array =
        std::is_same_v<Presence, Always> ? reader_.array(object_, name) : reader_.array_if_any(object_, name);
    if (!array) return;
    for (const simdjson::dom::element element : *array) {
      OutputReader::Object object;
      if (element.get(object) != simdjson::SUCCESS) {
        return reader_.reject(Reason::wrong_type, std::string(name) + " is not an array of objects");
      }
      MemberReader one(reader_, object);
      each(one, range.emplace_back());
    }
  }
  void offsets(std::string_view name, std::vector<std::pair<std::string, std::int64_t>>& offsets, std::string_view);
  // Each member that no call before has read is a counter; counts.push_back({counter, n}) takes it.
  template <class Counts>
  void counters(Counts& counts) {
    for (const auto& [name, value] : object_) {
      if (const auto counter = find_counter(name)) {
        counts.push_back({*counter, reader_.integer(object_, name)});
      } else if (!was_read(name)) {
        return reader_.reject(Reason::wrong_type, "there is no counter " + std::string(name));
      }
    }
  }

 private:
  static constexpr std::size_t kMaxVisited = 8;  // an object with counters has fewer other members

  bool was_read(std::string_view name) const;
  std::string read_bytes(std::string_view name, std::string_view name_base64);

  void read(std::string_view name, bool required, std::string& value) {
    value = required ? reader_.text(object_, name) : reader_.text_or_empty(object_, name);
  }
  void read(std::string_view name, bool required, std::int64_t& value) {
    value = required ? reader_.integer(object_, name) : reader_.integer_if_any(object_, name).value_or(0);
  }
  void read(std::string_view name, bool required, std::int32_t& value) {
    CHECK(required);
    value = reader_.small<std::int32_t>(object_, name);
  }
  void read(std::string_view name, bool, bool& value) { value = reader_.boolean_or_false(object_, name); }
  void read(std::string_view name, bool required, engine::Instant& value) {
    CHECK(required);
    value = reader_.instant(object_, name);
  }
  void read(std::string_view name, bool required, engine::Milliseconds& value) {
    std::int64_t n = 0;
    read(name, required, n);
    value = engine::Milliseconds(n);
  }
  void read(std::string_view name, bool, std::optional<std::int64_t>& value) {
    value = reader_.integer_if_any(object_, name);
  }
  void read(std::string_view name, bool, std::optional<engine::Instant>& value) {
    value = reader_.instant_if_any(object_, name);
  }
  void read(std::string_view name, bool, std::vector<std::string>& value) {
    value = reader_.texts_or_none(object_, name);
  }
  void read(std::string_view name, bool required, AlertKind& value);
  void read(std::string_view name, bool required, Reason& value);
  void read(std::string_view name, bool required, Bucket& value);

  OutputReader& reader_;
  OutputReader::Object object_;
  std::string_view names_[kMaxVisited];
  std::size_t visited_ = 0;
};

class MemberList {
 public:
  template <class Presence, class Value>
  void operator()(std::string_view name, Presence, const Value&, std::string_view doc) {
    add<Presence>(name, detail::kind_of<Value>(), doc);
  }
  template <class Presence, class Output, class Get, class Set>
  void derived(std::string_view name, Presence, const Output& output, const Get& get, const Set&,
               std::string_view doc) {
    add<Presence>(name, detail::kind_of<std::remove_cvref_t<decltype(get(output))>>(), doc);
  }
  template <class Output, class Get, class Set>
  void bytes(std::string_view name, std::string_view name_base64, const Output&, const Get&, const Set&,
             std::string_view doc, std::string_view doc_base64) {
    add<IfAny>(name, MemberKind::text, doc);
    add<IfAny>(name_base64, MemberKind::text, doc_base64);
  }
  template <class Presence, class Range, class Each>
  void objects(std::string_view name, Presence, const Range&, const Each& each, std::string_view doc) {
    MemberList one;
    const typename Range::value_type element{};
    each(one, element);
    add<Presence>(name, MemberKind::objects, doc);
    members_.back().members = std::move(one.members_);
  }
  template <class Offsets>
  void offsets(std::string_view name, const Offsets&, std::string_view doc) {
    add<Always>(name, MemberKind::offsets, doc);
  }
  template <class Counts>
  void counters(const Counts&) {
    add<IfAny>("", MemberKind::counters, "");
  }
  template <class Counts>
  void day_counters(const Counts&) {
    add<IfAny>("", MemberKind::day_counters, "");
  }

  std::vector<Member> take() { return std::move(members_); }

 private:
  template <class Presence>
  void add(std::string_view name, MemberKind kind, std::string_view doc) {
    members_.push_back({.name = name, .kind = kind, .required = !std::is_same_v<Presence, IfAny>, .doc = doc});
  }

  std::vector<Member> members_;
};

// The stage of a task: "cases" of "cases-3".
std::string_view stage_of(std::string_view task);

// The members that `visit_members` lists for an Output.
template <class Output, class Visit>
std::vector<Member> members_listed(const Visit& visit_members) {
  MemberList list;
  const Output output{};
  visit_members(list, output);
  return list.take();
}

}  // namespace topics
