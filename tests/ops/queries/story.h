#pragma once

#include "tests/ops/queries/town.h"

namespace questions_test {

// A hole in the road over Spring Festival of 2026. The case `c1` is to be handled within five work days, and closed
// within twenty natural days, to the end of the day. It is suspended from before the holiday until after it, gets one
// work day more, gets another one that the policy does not allow, is late, is suspended when it is late, and is handled
// on 2026-03-02 at 11:00. A clerk resumes it on
// the first day of the suspension, and may not.
const Town& holiday_town();

}  // namespace questions_test
