#include "ops/import/xml_parser.h"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace ops {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::uint64_t kMaxTagBytes = 1u << 20;

std::string_view without_prefix(std::string_view name) {
  return name.substr(name.find(':') + 1);  // npos + 1 is 0
}

}  // namespace

struct XmlParser::State {
  XML_Parser parser = XML_ParserCreate(nullptr);
  XmlEvents events;
  int depth = 0;
  std::uint64_t fed_bytes = 0;
  std::string problem;

  void stop(std::string why) {
    if (problem.empty()) problem = std::move(why);
    XML_StopParser(parser, XML_FALSE);
  }

  engine::Result<> feed(std::string_view piece, bool is_last) {
    fed_bytes += piece.size();
    const XML_Status status = XML_Parse(parser, piece.data(), static_cast<int>(piece.size()), is_last ? 1 : 0);
    if (status == XML_STATUS_OK) {
      const auto understood = static_cast<std::uint64_t>(std::max<XML_Index>(XML_GetCurrentByteIndex(parser), 0));
      if (is_last || fed_bytes - understood <= kMaxTagBytes + piece.size()) return {};
      problem = "a tag is too long";
    }
    if (problem.empty()) problem = XML_ErrorString(XML_GetErrorCode(parser));
    return engine::fail(engine::Action::invalid,
                        fmt::format("{} (line {})", problem, XML_GetCurrentLineNumber(parser)));
  }

  static void on_begin(void* data, const XML_Char* name, const XML_Char** attributes) {
    auto& state = *static_cast<State*>(data);
    if (++state.depth > kMaxDepth) return state.stop("elements are nested too deeply");
    state.events.begin(without_prefix(name), [&](std::string_view wanted) -> std::string_view {
      for (const XML_Char** at = attributes; *at != nullptr; at += 2) {
        if (without_prefix(at[0]) == wanted) return at[1];
      }
      return {};
    });
  }
  static void on_end(void* data, const XML_Char* name) {
    auto& state = *static_cast<State*>(data);
    --state.depth;
    state.events.end(without_prefix(name));
  }
  static void on_text(void* data, const XML_Char* text, int size) {
    static_cast<State*>(data)->events.text({text, static_cast<std::size_t>(size)});
  }
  static void on_document_type(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    static_cast<State*>(data)->stop("it contains a document type declaration");
  }
};

XmlParser::XmlParser(XmlEvents events) : state_(std::make_unique<State>()) {
  CHECK(state_->parser != nullptr);
  state_->events = std::move(events);
  XML_SetUserData(state_->parser, state_.get());
  XML_SetElementHandler(state_->parser, State::on_begin, State::on_end);
  XML_SetCharacterDataHandler(state_->parser, State::on_text);
  XML_SetStartDoctypeDeclHandler(state_->parser, State::on_document_type);
}

XmlParser::~XmlParser() {
  XML_ParserFree(state_->parser);
}

engine::Result<> XmlParser::feed(std::string_view piece) {
  return state_->feed(piece, false);
}

engine::Result<> XmlParser::finish() {
  return state_->feed({}, true);
}

void XmlParser::stop(std::string why) {
  state_->stop(std::move(why));
}

}  // namespace ops
