#include <span>
#include <utility>

#include "engine/json.h"
#include "topics/outputs/members.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

constexpr std::string_view kType = "area.counted";

// One object for each area and bucket: {"area":"8","bucket":"2015-06-01","opened":3,"closed":1}
struct WrittenGroup {
  std::string_view area;
  Bucket bucket;
  std::span<const CounterDelta> counts;
};

std::vector<WrittenGroup> groups_of(std::span<const CounterDelta> deltas) {
  std::vector<WrittenGroup> groups;
  for (std::size_t begin = 0, end = 0; begin < deltas.size(); begin = end) {
    const CounterDelta& first = deltas[begin];
    while (end < deltas.size() && deltas[end].area == first.area && deltas[end].bucket == first.bucket) ++end;
    groups.push_back({first.area, first.bucket, deltas.subspan(begin, end - begin)});
  }
  return groups;
}

// Appends what is read of each group to a list of deltas.
class ReadGroups {
 public:
  explicit ReadGroups(std::vector<CounterDelta>& deltas) : group_{.counts = {deltas, group_}} {}
  ReadGroups(const ReadGroups&) = delete;
  ReadGroups& operator=(const ReadGroups&) = delete;

  struct Group {
    struct Counts {
      std::vector<CounterDelta>& deltas;
      const Group& group;
      void push_back(Count count) { deltas.push_back({group.area, group.bucket, count.counter, count.n}); }
    };
    std::string area = {};
    Bucket bucket = {};
    Counts counts;
  };
  Group& emplace_back() { return group_; }

 private:
  Group group_;
};

template <class Visitor, class Deltas, class Groups>
void members(Visitor& visit, Deltas& deltas, Groups& groups) {
  visit("task", kAlways, deltas.task, "task that counted");
  visit("step", kAlways, deltas.step, "its step");
  visit("part", kAlways, deltas.part, "part of the step, from 0");
  visit("freeze", kAlways, deltas.freeze, "freeze number of the sender");
  visit("rules_version", kAlways, deltas.rules_version,
        "how many changes of rules all rows of the sender have been folded by");
  visit("behind", kAlways, deltas.behind, "the sender is catching up: more is to come soon");
  visit.offsets("positions", deltas.positions, "next offset that the sender reads of each topic");
  visit.objects(
      "areas", kAlways, groups,
      [](auto& visit_one, auto& group) {
        visit_one("area", kAlways, group.area, "id of the area");
        visit_one("bucket", kAlways, group.bucket, "a day (2015-06-01), a month (2015-06) or now");
        visit_one.counters(group.counts);
      },
      "one object for each area and bucket");
}

}  // namespace

void append(std::string& out, const AreaDeltas& deltas) {
  if (!is_combined(deltas.deltas)) {
    AreaDeltas combined = deltas;
    combine(combined.deltas);
    return append(out, combined);
  }
  std::string id = deltas.task + "/";
  engine::append_integer(id, deltas.step);
  id += '/';
  engine::append_integer(id, deltas.part);
  OutputWriter event(out, stage_of(deltas.task), id, kType, deltas.city, deltas.time);
  MemberWriter writer(event);
  const std::vector<WrittenGroup> groups = groups_of(deltas.deltas);
  members(writer, deltas, groups);
  event.end();
}

std::expected<AreaDeltas, Rejection> decode_area_deltas(std::string_view value) {
  OutputReader reader(value, kType);
  AreaDeltas deltas;
  if (!reader.failed()) {
    deltas.city = reader.text(reader.event(), "subject");
    deltas.time = reader.instant(reader.event(), "time");
    MemberReader data(reader, reader.data());
    ReadGroups groups(deltas.deltas);
    members(data, deltas, groups);
  }
  return reader.finish(std::move(deltas));
}

std::vector<OutputType> area_delta_types() {
  const auto list = [](auto& visit, const AreaDeltas& deltas) {
    const std::vector<WrittenGroup> groups;
    members(visit, deltas, groups);
  };
  return {{kType, "area-deltas", "city", "What one step changed in the counters of the areas.",
           members_listed<AreaDeltas>(list)}};
}

}  // namespace topics
