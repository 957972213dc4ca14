#include <utility>

#include "engine/json.h"
#include "topics/outputs/members.h"
#include "topics/outputs/outputs.h"

namespace topics {
namespace {

constexpr std::string_view kStage = "cases";
constexpr std::string_view kChild = "child";
constexpr std::string_view kParent = "parent";

std::string_view relation_of(const CaseLink& link) {
  return link.child ? kChild : kParent;
}

template <class Visitor, class Link>
void members(Visitor& visit, Link& link) {
  visit("from", kAlways, link.from, "the case that sends it");
  visit.derived(
      "relation", kAlways, link, relation_of,
      [](auto& read, const std::string& relation, OutputReader& reader) {
        read.child = relation == kChild;
        if (!read.child && relation != kParent) reader.reject(Reason::wrong_type, "relation: neither child nor parent");
      },
      "child: the sender is merged into the case; parent: the other way round");
  visit("version", kAlways, link.version, "the highest one counts");
  visit("holds", kAlways, link.holds, "false: no longer");
  visit("via", kIfAny, link.via, "the cases from which it comes, the sender last");
  visit("start", kIfAny, link.start, "of a child: when it was accepted, or one merged into it");
  visit("start_judged", kIfAny, link.start_judged, "its judged time");
  visit("since", kIfAny, link.since, "of a child: judged time of the merge");
  visit("closed", kIfAny, link.closed, "of a parent: when it was closed");
  visit("closed_judged", kIfAny, link.closed_judged, "its judged time");
}

}  // namespace

void append(std::string& out, const CaseLink& link) {
  std::string id = link.from;
  id.append("|").append(relation_of(link)).append("|").append(link.to).append("|");
  engine::append_integer(id, link.version);
  OutputWriter event(out, kStage, id, kLinkType, link.to, link.time);
  MemberWriter writer(event);
  members(writer, link);
  event.end();
}

std::expected<CaseLink, Rejection> decode_case_link(std::string_view value) {
  OutputReader reader(value, kLinkType);
  CaseLink link;
  if (!reader.failed()) {
    link.to = reader.text(reader.event(), "subject");
    link.time = reader.instant(reader.event(), "time");
    MemberReader data(reader, reader.data());
    members(data, link);
  }
  return reader.finish(std::move(link));
}

}  // namespace topics
