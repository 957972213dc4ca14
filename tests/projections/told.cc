#include "tests/projections/told.h"

#include <ostream>

#include "topics/catalogue.h"
#include "topics/codec/encode.h"
#include "topics/codec/rfc3339.h"
#include "topics/topology.h"

namespace projections_test {

std::string Told::topic_suffix() const {
  if (!topic.empty()) return topic;
  const topics::TypeSpec* spec = topics::find_type(type);
  return spec == nullptr ? "requests" : std::string(topics::topic_of(spec->family));
}

std::string Told::value() const {
  std::string out;
  topics::append_event(out, {.id = id, .source = source, .type = type, .subject = subject, .time = time}, data);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Told& told) {
  out << "at " << topics::format_rfc3339(told.time, 8 * 3600) << ' ' << told.type << ' ' << told.subject;
  if (told.data != "{}") out << ' ' << told.data;
  out << " source " << told.source << " id " << told.id;
  if (!told.topic.empty()) out << " topic " << told.topic;
  if (!told.key.empty()) out << " key " << told.key;
  if (told.partition) out << " partition " << *told.partition;
  return out;
}

}  // namespace projections_test
