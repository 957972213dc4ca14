#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/result.h"

namespace ops {

// The callbacks for the parts of a document, in document order. Names come without their namespace prefix.
struct XmlEvents {
  // An element begins; `attribute` gives the value of an attribute, or "".
  using Attributes = std::function<std::string_view(std::string_view name)>;
  std::function<void(std::string_view name, const Attributes& attribute)> begin;
  std::function<void(std::string_view name)> end;
  std::function<void(std::string_view text)> text;  // perhaps in several pieces
};

// Reads an XML document piece by piece.
//
// It refuses document types, and thereby all attacks with entities, elements nested more than 64 deep, and tags longer
// than 1 MiB.
// Threads: confined to one thread.
// Errors:  invalid, with the fault and its line.
class XmlParser {
 public:
  explicit XmlParser(XmlEvents events);
  ~XmlParser();
  XmlParser(XmlParser&&) = delete;

  engine::Result<> feed(std::string_view piece);
  engine::Result<> finish();

  // Called from a callback: stops with this as the error.
  void stop(std::string why);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ops
