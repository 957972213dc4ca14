#pragma once

#include <string_view>

#include "engine/result.h"

namespace engine::kafka {

// Where in a call an error came up.
enum class Phase : std::uint8_t {
  opening,    // a writer: before anything of it could be appended
  producing,  // before the commit was asked for: nothing is appended
  ending,     // the commit was asked for: it may have happened
  querying,   // reading, metadata, administration
};

// What librdkafka says of an error beside its code.
struct ErrorTraits {
  bool fatal = false;           // the producer is of no use any more
  bool requires_abort = false;  // the transaction cannot be committed
};

// The caller's duty for the error `code` (rd_kafka_resp_err_t). The one place where Kafka's errors become Actions.
Action action_of(int code, Phase phase, ErrorTraits traits = {});

// What a person can do about the error; empty when there is nothing to say.
std::string_view advice_for(int code);

// "Kafka: WHAT: REASON; ADVICE", with the action of the code. Without `reason` it is librdkafka's text for the code.
Error error_of(int code, Phase phase, std::string_view what, ErrorTraits traits = {}, std::string_view reason = {});

}  // namespace engine::kafka
