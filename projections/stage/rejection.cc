#include "projections/stage/rejection.h"

namespace projections {

void Rejections::reject(const engine::Message& message, const topics::Rejection& rejection, engine::Context& context) {
  inputs_.reject(message, rejection, output_, context);
  tallies_.add(std::string("dead_letters.").append(topics::code(rejection.reason)));
}

}  // namespace projections
