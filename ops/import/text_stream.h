#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/result.h"

namespace ops {

// The undecodable bytes of a text; U+FFFD replaces them.
struct Undecodable {
  std::uint64_t bytes = 0;
  std::size_t first_line = 0;  // the line of the first such byte; the first line is 1
};

// A text that arrives in pieces, from its beginning on.
//
// Threads: confined to one thread.
class TextStream {
 public:
  virtual ~TextStream() = default;

  // Appends the next piece to `out`; false at the end. A piece may be empty.
  // Errors: invalid (the file is damaged or of another format), fatal (unreadable); messages begin with its path.
  virtual engine::Result<bool> read(std::string& out) = 0;

  virtual Undecodable undecodable() const { return {}; }
};

}  // namespace ops
