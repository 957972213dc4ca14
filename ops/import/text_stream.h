#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/result.h"

namespace ops {

// What could not be decoded of a text; U+FFFD stands in its place.
struct Undecodable {
  std::uint64_t bytes = 0;
  std::size_t first_line = 0;  // of the text, on which the first of them stands; the first line is 1
};

// A text that comes in pieces, from its beginning on.
//
// Threads: confined to one thread.
class TextStream {
 public:
  virtual ~TextStream() = default;

  // Appends the next piece to `out`; false when nothing is left. A piece may be empty.
  // Errors: invalid (the file is damaged or of another format), fatal (unreadable); messages begin with its path.
  virtual engine::Result<bool> read(std::string& out) = 0;

  virtual Undecodable undecodable() const { return {}; }
};

}  // namespace ops
