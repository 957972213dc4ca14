#pragma once

#include <string>
#include <string_view>

#include "engine/json.h"
#include "projections/clocks/limit_trace.h"

// How days and lengths of time are written, and why days did not count.

namespace ops {

std::string day_text(projections::LocalDay day);  // "2026-02-13"
std::string_view weekday(projections::LocalDay day);
std::string_view weekday(unsigned of_week);  // of std::chrono::weekday::c_encoding(); REQUIRES: below 7

// "15 h", "2 h 30 min"; with seconds where there are some.
std::string length_text(engine::Milliseconds length);

// Why a day did not count: a code, and words.
std::string_view reason(const projections::SkippedDay& skipped);
std::string reason_text(const projections::SkippedDay& skipped);

// An empty line and a table, in which days in a row that were skipped for one reason are one row; empty when there are
// none.
std::string skipped_text(const projections::LimitTrace& trace);
// An empty line and the make-up days in one line; empty when there are none.
std::string make_up_text(const projections::LimitTrace& trace);
// "skipped_cut", "skipped" and "make_up_days".
void put_skipped(engine::JsonWriter& json, const projections::LimitTrace& trace);

}  // namespace ops
