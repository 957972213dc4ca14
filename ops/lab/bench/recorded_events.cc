#include "ops/lab/bench/recorded_events.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "topics/codec/rfc3339.h"

namespace ops::bench {

using engine::Action;
using engine::fail;
using engine::Result;

namespace {

// What follows `name` in `json` up to a comma, a quote or a brace; empty when it is not there.
std::string_view member(std::string_view json, std::string_view name) {
  const std::size_t found = json.find(name);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = json.substr(found + name.size());
  return rest.substr(0, rest.find_first_of(",\"}"));
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<std::unique_ptr<RecordedEvents>> RecordedEvents::open(const std::vector<std::string>& files) {
  constexpr std::size_t kBufferBytes = 1u << 20;
  auto events = std::make_unique<RecordedEvents>();
  for (const std::string& path : files) {
    auto file = std::make_unique<File>();
    file->path = path;
    file->buffer.resize(kBufferBytes);
    file->in.rdbuf()->pubsetbuf(file->buffer.data(), kBufferBytes);
    file->in.open(path);
    if (!file->in) return fail(Action::fatal, fmt::format("cannot read {}", path));
    TRY(events->advance(*file));
    events->files_.push_back(std::move(file));
  }
  return events;
}

std::unexpected<engine::Error> RecordedEvents::refuse(const File& file, std::string_view what) const {
  return fail(Action::invalid, fmt::format("{}:{}: {}", file.path, file.line_number, what));
}

Result<> RecordedEvents::advance(File& file) {
  file.has_line = static_cast<bool>(std::getline(file.in, file.line));
  if (!file.has_line) {
    if (file.in.bad()) return fail(Action::fatal, fmt::format("cannot read {} to the end", file.path));
    return {};
  }
  const engine::Instant before = file.line_number == 0 ? engine::kMinInstant : file.time;
  ++file.line_number;
  const auto time = topics::parse_rfc3339(member(file.line, R"("time":")"));
  if (!time) return refuse(file, "missing time such as \"time\":\"2026-03-01T00:00:00+08:00\"");
  if (*time < before) return refuse(file, "the time is earlier than in the line before; lines must be sorted by time");
  file.time = *time;
  return {};
}

Result<bool> RecordedEvents::next(SourceEvent& event) {
  File* first = nullptr;
  for (const auto& file : files_) {
    if (file->has_line && (first == nullptr || file->time < first->time)) first = file.get();
  }
  if (first == nullptr) {
    if (open_.empty()) return false;
    return fail(Action::invalid, fmt::format("{} cases are not complete, {} among them: each has request.opened, "
                                             "dispatch.assigned, dispatch.completed and visit.follow_up",
                                             open_.size(), open_.begin()->first));
  }
  const std::string_view line = first->line;
  const std::size_t tab = line.find('\t');
  if (tab == std::string_view::npos) return refuse(*first, "missing TAB after the case");
  event.subject = line.substr(0, tab);
  event.value = line.substr(tab + 1);
  event.time = first->time;
  event.grid = member(event.value, R"("grid":")");
  const std::string_view type = member(event.value, R"("type":")");
  const topics::TypeSpec* spec = topics::find_type(type);
  if (spec == nullptr) return refuse(*first, fmt::format("unknown type {}", type));
  event.family = spec->family;
  TRY(count(*first, type, event));
  TRY(advance(*first));
  return true;
}

Result<> RecordedEvents::count(const File& file, std::string_view type, const SourceEvent& event) {
  ++totals_.events;
  if (type == "request.opened") {
    const auto priority = number(member(event.value, R"("priority":)"));
    if (!priority || *priority < 1 || *priority > kPriorities) return refuse(file, "priority is not 1, 2 or 3");
    if (!open_.try_emplace(event.subject, Open{event.time, *priority, 3}).second) {
      return refuse(file, fmt::format("case {} is already open", event.subject));
    }
    ++totals_.opened;
    return {};
  }
  const auto found = open_.find(event.subject);
  if (found == open_.end()) return refuse(file, fmt::format("case {} is not open", event.subject));
  Open& known = found->second;
  if (type == "dispatch.assigned") {
    if (event.time - known.opened > sign_limit(known.priority)) ++totals_.sign_breached;
  } else if (type == "dispatch.completed") {
    ++totals_.handled;
    if (event.time - known.opened > handle_limit(known.priority)) ++totals_.handle_breached;
  } else if (type == "visit.follow_up") {
    ++totals_.called_back;
    if (member(event.value, R"("resolved":)") == "true") ++totals_.resolved;
    if (number(member(event.value, R"("satisfaction":)")).value_or(0) >= 4) ++totals_.satisfied;
  } else {
    return refuse(file, fmt::format("type {} is not used by the benchmark", type));
  }
  if (--known.to_come == 0) open_.erase(found);
  return {};
}

}  // namespace ops::bench
