#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "ops/lab/bench/events.h"

namespace ops::bench {

// Events from files, each line "case TAB CloudEvents JSON", each file in the order of event time. The files are merged;
// of equal times the file that was named first comes first.
//
// The lines are taken apart by searching for the members that are needed, not by the decoder of topics/, so that the
// totals do not depend on it: only `"name":value` without white space is understood.
class RecordedEvents final : public EventSource {
 public:
  // Errors: fatal when a file cannot be read.
  static engine::Result<std::unique_ptr<RecordedEvents>> open(const std::vector<std::string>& files);

  // Errors: invalid (with file and line) when a line is not such an event, when a file is out of order, and when a case
  // does not have its four events.
  engine::Result<bool> next(SourceEvent& event) override;
  const Totals& totals() const override { return totals_; }

 private:
  struct File {
    std::string path;
    std::vector<char> buffer;  // of `in`
    std::ifstream in;
    std::uint64_t line_number = 0;
    std::string line;
    bool has_line = false;
    engine::Instant time;  // of `line`
  };
  struct Open {
    engine::Instant opened;
    std::int64_t priority = 0;
    int to_come = 0;  // of the events after the first one
  };

  engine::Result<> advance(File& file);
  engine::Result<> count(const File& file, std::string_view type, const SourceEvent& event);
  std::unexpected<engine::Error> refuse(const File& file, std::string_view what) const;

  std::vector<std::unique_ptr<File>> files_;
  std::unordered_map<std::string, Open> open_;  // cases that are not complete
  Totals totals_;
};

}  // namespace ops::bench
