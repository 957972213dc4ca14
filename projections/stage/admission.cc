#include "projections/stage/admission.h"

#include <array>
#include <string>

#include <fmt/format.h>

#include "projections/areas/area_tree.h"
#include "topics/topology.h"

namespace projections {
namespace {

using engine::Context;
using engine::Message;
using topics::Family;
using topics::Reason;

std::optional<Family> family_of(std::string_view topic) {
  constexpr std::array kFamilies = {Family::requests,   Family::dispatches, Family::visits,
                                    Family::judgements, Family::sensors,    Family::directory};
  for (const Family family : kFamilies) {
    if (topics::topic_of(family) == topic) return family;
  }
  return std::nullopt;
}

}  // namespace

Admission::Admission(const engine::StageSpec& spec, const topics::StageContract& contract, std::size_t inbox_input,
                     std::size_t inbox_output, EventInputs& inputs, Rejections& rejections, Tallies& tallies)
    : spec_(spec),
      inbox_input_(inbox_input),
      inbox_output_(inbox_output),
      inputs_(inputs),
      rejections_(rejections),
      tallies_(tallies) {
  for (const std::string_view topic : contract.inputs) families_.push_back(family_of(topic));
}

std::size_t Admission::origin_of(const Message& message, const EventInputs::Item& item) const {
  for (std::size_t input = 0; item.forwarded && input < families_.size(); ++input) {
    if (families_[input] && spec_.inputs[input].topic == item.origin.topic) return input;
  }
  return message.input;
}

std::optional<topics::Rejection> Admission::refuse(const topics::Event& event, std::size_t origin) const {
  if (event.spec() != nullptr && event.spec()->family != families_[origin]) {
    return topics::Rejection{Reason::wrong_topic,
                             fmt::format("events of type {} belong to topic {}", event.spec()->name,
                                         topics::topic_of(event.spec()->family))};
  }
  if (const auto area = event.text(topics::Field::area); area && !is_identifier(*area)) {
    return topics::Rejection{Reason::bad_identifier, "area: an id has 1 to 256 bytes and no control characters"};
  }
  return std::nullopt;
}

std::optional<Admission::Admitted> Admission::admit(const Message& message, Context& context) {
  EventInputs::Item& item = inputs_.item(message);
  const auto reject = [&](const topics::Rejection& rejection) {
    rejections_.reject(message, rejection, context);
    return std::nullopt;
  };
  if (item.rejected) return reject(*item.rejected);
  const topics::Event& event = item.event;
  const bool misplaced = message.record.key != event.subject() ||
                         engine::partition_of(event.subject(), context.partitions()) != context.partition();
  if (misplaced && message.input == inbox_input_) {
    return reject({Reason::wrong_partition, "it was forwarded, and is in the wrong place still"});
  }
  if (misplaced) {
    inputs_.forward(message, inbox_output_, context);
    tallies_.add("forwarded");
    return std::nullopt;
  }
  const std::size_t origin = origin_of(message, item);
  if (const auto refused = refuse(event, origin)) return reject(*refused);
  if (message.input == inbox_input_ && !item.forwarded) return Admitted{item, origin, true};
  if (event.spec() == nullptr) tallies_.add("unknown_types");
  if (event.extra_fields() > 0) tallies_.add("extra_fields", event.extra_fields());
  return Admitted{item, origin, false};
}

}  // namespace projections
