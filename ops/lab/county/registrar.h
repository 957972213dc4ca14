#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "ops/lab/county/outbox.h"

namespace ops::simulate {

// Who enters things into the directory: one after the other, a millisecond apart.
//
// Threads: one. The outbox outlives it.
class Registrar {
 public:
  // The first is told after `time`; `run` is part of the ids.
  Registrar(Outbox& out, engine::Instant time, std::string run) : out_(out), time_(time), run_(std::move(run)) {}

  // Tells an event of the directory, or a registration; `fill(fields)` writes its data.
  template <class Fill>
  void say(topics::Type type, std::string_view subject, const Fill& fill, std::string_view source = "admin/registry") {
    using topics::Field;
    const std::string id = fmt::format("{}/{}/{}", topics::spec(type).name, subject, run_);
    time_ += engine::Milliseconds(1);
    out_.tell({.type = type,
               .source = source,
               .subject = subject,
               .id = id,
               .time = time_,
               .happened = time_,
               .in_order = true},
              [&](topics::FieldWriter& fields) {
                fill(fields);
                if (topics::find(topics::spec(type), Field::actor) == nullptr) return;
                fields.text(Field::actor, "a-0001").text(Field::role, role_).text(Field::by_unit, "command-centre");
              });
  }

  // The role under which the next things are told.
  void as(std::string_view role) { role_ = role; }

 private:
  Outbox& out_;
  engine::Instant time_;
  std::string run_;
  std::string_view role_ = "administrator";
};

}  // namespace ops::simulate
