#include <utility>

#include "topics/codec/json.h"
#include "topics/codec/output_reader.h"
#include "topics/codec/output_writer.h"
#include "topics/outputs/output_text.h"
#include "topics/outputs/outputs.h"

namespace topics {
namespace {

constexpr std::string_view kStage = "cases";
constexpr std::string_view kChild = "child";
constexpr std::string_view kParent = "parent";

}  // namespace

void append(std::string& out, const CaseLink& link) {
  const std::string_view relation = link.child ? kChild : kParent;
  std::string id = link.from;
  id.append("|").append(relation).append("|").append(link.to).append("|");
  append_integer(id, link.version);
  OutputWriter(out, kStage, id, kLinkType, link.to, link.time)
      .string("from", link.from)
      .string("relation", relation)
      .integer("version", link.version)
      .boolean("holds", link.holds)
      .texts("via", link.via)
      .instant("start", link.start)
      .instant("start_judged", link.start_judged)
      .instant("since", link.since)
      .instant("closed", link.closed)
      .instant("closed_judged", link.closed_judged)
      .end();
}

std::expected<CaseLink, Rejection> decode_case_link(std::string_view value) {
  OutputReader reader(value, kLinkType);
  CaseLink link;
  if (!reader.failed()) {
    const OutputReader::Object data = reader.data();
    link.to = reader.text(reader.event(), "subject");
    link.time = reader.instant(reader.event(), "time");
    link.from = reader.text(data, "from");
    const std::string relation = reader.text(data, "relation");
    link.child = relation == kChild;
    if (!link.child && relation != kParent) reader.reject(Reason::wrong_type, "relation: neither child nor parent");
    link.version = reader.integer(data, "version");
    link.holds = reader.boolean_or_false(data, "holds");
    link.via = reader.texts_or_none(data, "via");
    link.start = reader.instant_if_any(data, "start");
    link.start_judged = reader.instant_if_any(data, "start_judged");
    link.since = reader.instant_if_any(data, "since");
    link.closed = reader.instant_if_any(data, "closed");
    link.closed_judged = reader.instant_if_any(data, "closed_judged");
  }
  return reader.finish(std::move(link));
}

}  // namespace topics
